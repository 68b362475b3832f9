"""Draw the pictures of docs/figures.md: the paper's figures 11, 12, 14 and 15, with the bundled model.

python examples/draw_figures.py docs/images/
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

import paintstorch_sdk as pts

HERE = Path(__file__).parent
SIDE = 384  # pixels of a panel

Pixels = NDArray[np.uint8]
Spot = tuple[float, float]


def stroke(color: str, width: float, *points: Spot) -> pts.Stroke:
    """One stroke of a round brush."""
    return pts.Stroke(points, color, width)


def draw_circle() -> Pixels:
    """A circle in the middle of a page, uint8 384,384."""
    page = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.circle(page, (192, 192), 130, 0, 3, cv2.LINE_AA)
    return page


def load_sylvie() -> Pixels:
    """A girl on white paper, uint8 700,456."""
    image = Image.open(HERE / "sylvie.png").convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    return np.asarray(paper.convert("L"))


ALONG_THE_EDGE = (
    stroke("#3a7bd5", 22, (80, 160), (95, 120), (130, 88), (170, 70)),
    stroke("#3a7bd5", 22, (300, 270), (322, 225), (325, 180)),
)
MESSY = (
    stroke("#e4572e", 20, (90, 120), (110, 210), (85, 250)),
    stroke("#e4572e", 16, (105, 170), (125, 150)),
    stroke("#f3a712", 20, (190, 90), (180, 180), (200, 290)),
    stroke("#2e86ab", 20, (290, 130), (280, 200), (300, 260)),
    stroke("#2e86ab", 14, (270, 150), (285, 240)),
)
PLAIN = (
    stroke("#c8763a", 10, (150, 40), (210, 30)),
    stroke("#c8763a", 10, (300, 190), (335, 260)),
    stroke("#fbe0cf", 10, (165, 140), (185, 145)),
    stroke("#fbe0cf", 10, (130, 330), (190, 345)),
    stroke("#fbe0cf", 10, (100, 385), (180, 395)),
    stroke("#fdfdf6", 9, (125, 240), (115, 260)),
    stroke("#8a3b5c", 12, (150, 480), (120, 600)),
    stroke("#8a3b5c", 12, (220, 600), (230, 670)),
    stroke("#8a3b5c", 12, (330, 520), (395, 570)),
)
EYES = (stroke("#ff8fb3", 7, (154, 102)), stroke("#ff8fb3", 7, (211, 100)))
SATURATED = (
    stroke("#ff0040", 11, (150, 40), (205, 30), (240, 50)),
    stroke("#ff0040", 10, (300, 190), (335, 260)),
    stroke("#ff0040", 8, (140, 110), (142, 160)),
    stroke("#ffd000", 10, (165, 140), (185, 145)),
    stroke("#ffd000", 10, (130, 330), (190, 345)),
    stroke("#ffd000", 10, (100, 385), (180, 395)),
    stroke("#ffd000", 8, (250, 380), (240, 400)),
    stroke("#00c853", 9, (125, 240), (115, 260)),
    stroke("#00c853", 9, (285, 215), (295, 245)),
    stroke("#2962ff", 13, (150, 480), (120, 600), (90, 640)),
    stroke("#2962ff", 13, (220, 600), (230, 670)),
    stroke("#aa00ff", 13, (330, 520), (395, 570)),
    stroke("#aa00ff", 12, (140, 520), (150, 650)),
    stroke("#00e5ff", 7, (154, 102)),
    stroke("#00e5ff", 7, (211, 100)),
    stroke("#ff6d00", 8, (205, 470), (195, 520)),
    stroke("#ff6d00", 8, (265, 490), (270, 510)),
    stroke("#76ff03", 8, (170, 300), (190, 320)),
)


def scale_widths(strokes: tuple[pts.Stroke, ...], factor: float) -> tuple[pts.Stroke, ...]:
    """The same strokes with a thinner or thicker brush."""
    return tuple(pts.Stroke(s.points, s.color, s.width * factor) for s in strokes)


FIGURES: dict[str, list[tuple[Callable[[], Pixels], tuple[pts.Stroke, ...]]]] = {
    "figure11": [(draw_circle, ()), (draw_circle, ALONG_THE_EDGE), (draw_circle, MESSY)],
    "figure12": [
        (load_sylvie, scale_widths(PLAIN, 0.4)),
        (load_sylvie, PLAIN),
        (load_sylvie, scale_widths(PLAIN, 1.6)),
    ],
    "figure14": [(load_sylvie, SATURATED)],
    "figure15": [(load_sylvie, (*PLAIN, *EYES))],
}


def show_strokes(page: Pixels, strokes: tuple[pts.Stroke, ...]) -> Pixels:
    """The line art with its strokes, uint8 H,W,3."""
    layer = pts.Hints(strokes).draw(page.shape[1], page.shape[0])
    alpha = layer[..., 3:] / 255
    shown: Pixels = np.rint(alpha * layer[..., :3] + (1 - alpha) * page[..., None]).astype(np.uint8)
    return shown


def main() -> None:
    folder = Path(sys.argv[1])
    with pts.Colorizer() as colorizer:
        for name, panels in FIGURES.items():
            columns = []
            for draw, strokes in panels:
                page = draw()
                columns.append(
                    np.concatenate([show_strokes(page, strokes), np.asarray(colorizer.colorize(page, strokes))])
                )
            if len(columns) == 1:  # one pair reads side by side
                columns = np.split(columns[0], 2)
            Image.fromarray(np.concatenate(columns, 1)).save(folder / f"{name}.webp", quality=88, method=6)


if __name__ == "__main__":
    main()
