"""Color a folder of frames: decoding, network and finishing overlap, and frames of one size share a run.

python examples/03_folder_in_batches.py [FOLDER]

`pts colorize FOLDER -o out/` does the same, goes on after a kill (--resume), and skips broken frames.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paintstorch_sdk as pts
from paintstorch_sdk.hints.files import HintFiles, is_hint_file

FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
OUT = Path("out")
OUT.mkdir(exist_ok=True)

frames = [path for path in sorted(FOLDER.glob("*.png")) if not is_hint_file(path)]


def read_hints() -> Iterator[Path | None]:
    """The hints of each frame: NAME.hints.png or NAME.hints.json beside NAME.png, or none."""
    files = HintFiles()
    for frame in frames:
        yield files.find(frame)


begin = time.perf_counter()
with pts.Colorizer() as colorizer:
    pictures = colorizer.stream(frames, read_hints(), batch_size=4)  # lazy, in order
    for frame, picture in zip(frames, pictures, strict=True):
        picture.save(OUT / frame.name)
        print(f"{OUT / frame.name}: {picture.width} x {picture.height}")
print(f"{len(frames)} frames in {time.perf_counter() - begin:.1f} s")
