"""A figure as people draw one, and hints on it, without the network."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.hints.marks import Marks, draw_marks
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.hints.vote import REASONS, Votes, count_votes
from paintstorch_sdk.imaging.drawing import Drawing, analyze
from paintstorch_sdk.imaging.regions import Regions, find_regions

HAIR, SKIN, BLUSH, EYES, COAT = "#5060c0", "#f6d5c3", "#f59fa8", "#30a060", "#b03040"
AT = {  # a place in each part, x and y
    "page": (40, 60),
    "hair": (256, 95),
    "face": (200, 255),
    "eye": (215, 212),
    "other eye": (297, 212),
    "mouth": (256, 250),
    "coat": (256, 450),
    "pocket": (330, 445),
}


def draw_figure(scale: float = 1.0, gaps: int = 0, width: float = 3.0) -> NDArray[np.uint8]:
    """A bust: hair around a face with eyes and mouth, a coat that the page's border cuts off, with a pocket.

    Args:
        scale: Times 512 pixels.
        gaps: Pixels of 512 that are missing in the outlines of hair, eyes and coat.
        width: Width of the lines, pixels of 512.
    """
    side = round(512 * scale)
    page = np.full((side, side), 255, np.uint8)
    thick = max(1, round(width * scale))

    def ellipse(x: int, y: int, a: int, b: int, start: int = 0, end: int = 360) -> None:
        t = np.radians(np.arange(start, end + 1, 2))
        draw([(x + a * np.cos(angle), y + b * np.sin(angle)) for angle in t])

    def draw(points: list[tuple[float, float]]) -> None:
        cv2.polylines(page, [np.rint(np.array(points) * scale * 16).astype(np.int32)], False, 0, thick, cv2.LINE_AA, 4)

    def erase(x: int, y: int) -> None:
        half = gaps / 2 + width / 2
        (x0, x1), (y0, y1) = ((round((v - half) * scale), round((v + half) * scale)) for v in (x, y))
        page[y0 : y1 + 1, x0 : x1 + 1] = 255

    ellipse(256, 190, 140, 140)  # hair
    ellipse(256, 225, 95, 95)  # face
    ellipse(215, 212, 20, 13)
    ellipse(297, 212, 20, 13)
    ellipse(256, 250, 24, 9)
    draw([(90, 511), (130, 370), (196, 317)])
    draw([(316, 317), (385, 370), (420, 511)])
    draw([(196, 317), (256, 345), (316, 317)])
    draw([(300, 415), (360, 415), (360, 475), (300, 475), (300, 415)])
    if gaps:
        for x, y in ((256, 50), (350, 225), (215, 199), (330, 475), (111, 437)):
            erase(x, y)
    return page


def stroke(color: str, width: float, *points: tuple[float, float]) -> Stroke:
    """One stroke of a round brush."""
    return Stroke(points, color, width)


def understand(page: NDArray[np.uint8]) -> tuple[Drawing, Regions]:
    """A drawing and its regions."""
    drawing = analyze(page)
    return drawing, find_regions(drawing)


def vote(
    page: NDArray[np.uint8], *strokes: Stroke, layer: NDArray[np.uint8] | None = None
) -> tuple[Regions, Marks, Votes]:
    """What strokes, and a painted layer below them, decide on a page."""
    _, regions = understand(page)
    marks = draw_marks(Hints(strokes, layer), regions.labels.shape[::-1], 1.0 / regions.factor)
    return regions, marks, count_votes(regions, marks)


def colors_of(page: NDArray[np.uint8], *strokes: Stroke, layer: NDArray[np.uint8] | None = None) -> dict[str, str]:
    """The color that each part of the figure has: "#rrggbb", "paper" or "network"."""
    regions, _, votes = vote(page, *strokes, layer=layer)
    scale = page.shape[1] / 512 / regions.factor
    found = {}
    for part, (x, y) in AT.items():
        number = regions.labels[int(y * scale), int(x * scale)]
        reason = REASONS[votes.reasons[number]]
        found[part] = reason if reason in ("paper", "network") else "#" + bytes(votes.colors[number]).hex()
    return found
