"""Color one picture: line art and hints in, a picture of the same size out.

python examples/01_one_picture.py
"""

from pathlib import Path

import paintstorch_sdk as pts

EXAMPLES = Path(__file__).parent
OUT = Path("out")
OUT.mkdir(exist_ok=True)

# Hints may be a transparent picture, a JSON file, strokes, or nothing. The model stays loaded for the next call.
picture = pts.colorize(EXAMPLES / "sylvie.png", hints=EXAMPLES / "sylvie.hints.png")
picture.save(OUT / "sylvie.png")
print(f"{OUT / 'sylvie.png'}: {picture.width} x {picture.height}")

# Everything that goes wrong because of its input is one class of errors, and one line.
try:
    pts.colorize(EXAMPLES / "nothing.png")
except pts.PaintsTorchError as error:
    print(f"as expected: {error}")
