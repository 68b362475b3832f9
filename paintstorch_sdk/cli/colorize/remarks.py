"""One line on a colored picture: remarks that its user should know."""

from collections.abc import Sequence
from pathlib import Path

from ...renderer import Colored

MAX_NAMED = 5  # files of hints that are named; the others are counted


def remark_on(colored: Colored, hint_file: Path | None) -> str:
    """Findings on the line art and its hints; "" where nothing is unusual.

    Args:
        colored: The picture.
        hint_file: Where its hints came from, if that was a file.
    """
    remarks = [text for text in colored.sheet.drawing.report if not (colored.look.clean_paper and "--clean" in text)]
    if hint_file is not None and not colored.prepared.marks.sizes.any():
        remarks.append(f"{hint_file} holds no hint for it")
    elif outside := colored.hints.find_outside(colored.sheet.geometry.width, colored.sheet.geometry.height):
        remarks.append(f"{len(outside)} of {len(colored.hints.strokes)} strokes lie outside the picture")
    return "; ".join(remarks)


def remark_on_unused(files: Sequence[Path]) -> str:
    """Names hint files that no picture has taken; "" where there are none."""
    if not files:
        return ""
    names = ", ".join(map(str, files[:MAX_NAMED]))
    more = f" and {len(files) - MAX_NAMED} more" if len(files) > MAX_NAMED else ""
    return f"hints not used, no picture has their name: {names}{more}"
