"""Drawings whose regions are known: a circle, and a box with an ellipse in it, on a page."""

import io
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paintstorch_sdk.bench.cases.sheet import make_page
from paintstorch_sdk.imaging.drawing import Drawing, analyze
from paintstorch_sdk.imaging.regions import Regions, find_regions

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]

SIDE = 512  # pixels that the coordinates below count from; larger drawings are scaled
PLACES = {"page": (10, 10), "circle": (160, 256), "box": (312, 340), "ellipse": (375, 250)}  # x, y in each region
OUTLINES = {
    "circle": [(160 + 90 * np.cos(t), 256 + 90 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 241)],
    "box": [(300, 150), (450, 150), (450, 360), (300, 360), (300, 150)],
    "ellipse": [(375 + 40 * np.cos(t), 250 + 25 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 121)],
}


def draw_scene(
    side: int = SIDE, width: int = 3, paper: int = 255, line: int = 0, shift: tuple[float, float] = (0.0, 0.0)
) -> Pixels:
    """The scene, gray, uint8 side,side; `width` and `shift` are pixels."""
    page = np.full((side, side), paper, np.uint8)
    for outline in OUTLINES.values():
        points = np.array(outline) * (side / SIDE) + shift
        cv2.polylines(page, [np.rint(points * 16).astype(np.int32)], False, line, width, cv2.LINE_AA, 4)
    return page


def draw_broken(
    dash: int, gap: int, width: int = 3, rng: np.random.Generator | None = None, parts: int | None = None
) -> Pixels:
    """The scene in broken lines: `dash` pixels of line, `gap` pixels without.

    Args:
        dash: Pixels along the line from the center of its first dot to that of the last.
        gap: Pixels of paper between.
        width: Width of the line, pixels.
        rng: Moves each dash off its line by about a pixel.
        parts: Gaps in each outline; None is as many as there is room for.
    """
    page = np.full((SIDE, SIDE), 255, np.uint8)
    for outline in OUTLINES.values():
        points = follow(np.array(outline))
        period = dash + gap + width if parts is None else len(points) // parts
        dash_length = dash if parts is None else period - gap - width
        for first in range(0, len(points) - 1, period):
            piece = points[first : first + dash_length + 1]
            piece = piece if rng is None else piece + rng.normal(0, 0.8, 2)
            cv2.polylines(page, [np.rint(piece * 16).astype(np.int32)], False, 0, width, cv2.LINE_AA, 4)
    return page


def follow(outline: Points) -> Points:
    """Points along a polyline, a pixel apart."""
    steps = np.hypot(*np.diff(outline, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.arange(0.0, along[-1])
    return np.stack([np.interp(at, along, outline[:, axis]) for axis in (0, 1)], 1)


def fill_box(page: Pixels, paint: int | Pixels) -> Pixels:
    """The scene with a level, or a pattern, in the box around the ellipse; lines stay."""
    mask = np.zeros((page.shape[0] + 2, page.shape[1] + 2), np.uint8)
    cv2.floodFill(page.copy(), mask, PLACES["box"], 0, 40, 40)
    inside = mask[1:-1, 1:-1].view(bool)
    filled = page.copy()
    filled[inside] = np.minimum(page, np.broadcast_to(np.asarray(paint, np.uint8), page.shape))[inside]
    return filled


def dot_tone(step: int, radius: int) -> Pixels:
    """A screentone of black dots in rows, each row half a step further."""
    page = np.full((SIDE, SIDE), 255, np.uint8)
    for row, y in enumerate(range(0, SIDE, step)):
        for x in range(row % 2 * step // 2, SIDE, step):
            cv2.circle(page, (x, y), radius, 0, -1)
    return page


def in_color(page: Pixels, ink: tuple[int, int, int], paper: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    """Gray lines as ink of a color on paper of a color."""
    share = page[..., None].astype(np.float64) / 255
    mixed: Pixels = np.rint(share * paper + (1 - share) * np.array(ink)).astype(np.uint8)
    return mixed


def part(page: Pixels) -> tuple[Drawing, Regions, Callable[[str], int]]:
    """The drawing, its regions, and the room that each of `PLACES` lies in."""
    drawing = analyze(page)
    regions = find_regions(drawing)
    scale = page.shape[1] / SIDE / regions.factor

    def room_of(place: str) -> int:
        x, y = PLACES[place]
        return int(regions.rooms[regions.labels[int(y * scale), int(x * scale)]])

    return drawing, regions, room_of


def assert_parted(page: Pixels) -> tuple[Drawing, Regions]:
    """Assert that circle, box, ellipse and page are rooms of their own, and that the page is known; returns both."""
    drawing, regions, room_of = part(page)
    rooms = {place: room_of(place) for place in PLACES}
    assert len({*rooms.values()}) == len(PLACES), f"rooms: {rooms}"
    assert regions.page[rooms["page"]], "the page is not known"
    assert not any(regions.outer[rooms[place]] for place in PLACES if place != "page"), "a figure reaches the border"
    return drawing, regions


def encode_page(width: int, height: int) -> bytes:
    """The line art that `pts bench` times as the bytes of a PNG file."""
    file = io.BytesIO()
    Image.fromarray(make_page(width, height)[0]).save(file, "PNG")
    return file.getvalue()
