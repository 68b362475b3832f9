"""Line art with hints that comes with the package: for the demo, the tests, and the verification of exports."""

from pathlib import Path

FOLDER = Path(__file__).parent


def examples() -> list[tuple[Path, Path]]:
    """Line art and its hints, for each example: NAME.png with NAME.hints.png or NAME.hints.json."""
    hints = sorted([*FOLDER.glob("*.hints.png"), *FOLDER.glob("*.hints.json")])
    return [(path.with_name(path.name.split(".")[0] + ".png"), path) for path in hints]
