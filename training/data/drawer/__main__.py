"""python -m paintstorch_sdk.training.data.drawer FIRST END FOLDER [--size 512] [--hand N] [--workers 1] [--sheet]"""

import argparse
import sys
from pathlib import Path

import cv2
from PIL import Image

from paintstorch_sdk.errors import PaintsTorchError

from ..check import contact_sheet
from .drawing import draw
from .hands import HANDS
from .writing import write_drawings


def main() -> int:
    """Write the layers of the drawings of the seeds FIRST to END - 1 into FOLDER; can be stopped and run again.

    With --sheet FOLDER is a picture file instead, a contact sheet of these drawings.
    """
    parser = argparse.ArgumentParser(prog="python -m paintstorch_sdk.training.data.drawer", description=main.__doc__)
    parser.add_argument("first", type=int, metavar="FIRST")
    parser.add_argument("end", type=int, metavar="END")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--size", type=int, default=512, help="pixels")
    names = ", ".join(f"{i} {hand.name}" for i, hand in enumerate(HANDS))
    parser.add_argument("--hand", type=int, default=None, help=f"one hand for all: {names}")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--sheet", action="store_true", help="write one contact sheet instead of layers")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    try:
        if options.sheet:
            drawings = [draw(seed, options.size, options.hand) for seed in range(options.first, options.end)]
            sheet = contact_sheet([(Image.fromarray(d.picture), Image.fromarray(d.line)) for d in drawings])
            sheet.save(options.folder, quality=80, method=6)
            return 0
        write_drawings(
            options.folder,
            options.first,
            options.end,
            size=options.size,
            hand=options.hand,
            workers=options.workers,
            report=_show,
        )
    except PaintsTorchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _show(done: int, count: int) -> None:
    if done % 100 == 0 or done == count:
        sys.stderr.write(f"{done} of {count}\n")


if __name__ == "__main__":
    sys.exit(main())
