"""Draw strokes on a canvas: the line art is read once, a new stroke costs what it changes.

python examples/02_canvas_and_strokes.py
"""

import time
from pathlib import Path

import paintstorch_sdk as pts

EXAMPLES = Path(__file__).parent
OUT = Path("out")
OUT.mkdir(exist_ok=True)

STROKES = (  # points are pixels of the line art
    pts.Stroke(((180, 20), (235, 30)), color="#e8a0b4", width=9),  # hair
    pts.Stroke(((70, 620), (160, 600), (290, 620)), color="#7fbf9a", width=12),  # skirt
    pts.Stroke(((200, 160), (218, 163)), color="#f7d9c4", width=8),  # face
)

with pts.Colorizer() as colorizer:
    print(colorizer)
    canvas = colorizer.canvas(EXAMPLES / "sylvie.png")
    for number, stroke in enumerate(STROKES, 1):
        begin = time.perf_counter()
        canvas.add(stroke)
        picture = canvas.render()
        print(f"stroke {number}: {1000 * (time.perf_counter() - begin):.0f} ms")
        picture.save(OUT / f"canvas_{number}.png")
    canvas.undo()
    canvas.render().save(OUT / "canvas_undone.png")
