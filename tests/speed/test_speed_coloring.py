"""The way of a color around the network, at 512 pixels, 1080p and 4K: once per drawing, and after each stroke."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from paintstorch_sdk.hints.flow import flow_hints
from paintstorch_sdk.hints.marks import draw_marks
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.hints.vote import count_votes
from paintstorch_sdk.imaging.compose import find_ways
from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.images import load_line_art
from paintstorch_sdk.imaging.regions import find_regions
from paintstorch_sdk.look import Look
from paintstorch_sdk.painting import prepare_hints
from paintstorch_sdk.renderer import Colored
from paintstorch_sdk.sheet import Sheet
from tests.support.figures import draw_figure

WORKING = 512
SIZES = [(512, 512), (1920, 1080), (3840, 2160)]

sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@functools.lru_cache
def open_sheet(size: tuple[int, int]) -> Sheet:
    """Figures side by side on a page of that size."""
    width, height = size
    figure = draw_figure(height / 512)
    page = np.full((height, width), 255, np.uint8)
    for left in range(0, width - height + 1, height):
        page[:, left : left + height] = figure
    sheet = Sheet.load(load_line_art(page), WORKING)
    sheet.tensor, sheet.enlarger  # noqa: B018
    return sheet


def make_hints(size: tuple[int, int], count: int = 30) -> Hints:
    """Short strokes of three colors, on a page of that size."""
    rng = np.random.default_rng(0)
    scale = size[1] / 512
    starts = rng.uniform(0, size, (count, 1, 2))
    points = starts + rng.uniform(0, 60 * scale, (count, 3, 2))
    colors = ("#5060c0", "#f6d5c3", "#b03040")
    return Hints(tuple(Stroke(p, colors[i % 3], 12 * scale) for i, p in enumerate(points.tolist())))


@sizes
def test_analyze(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    drawing = timed(analyze, open_sheet(size).line_art)
    assert drawing.walls.any()


@sizes
def test_find_regions(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    regions = timed(find_regions, open_sheet(size).drawing)
    assert len(regions) >= 8


@sizes
def test_find_ways(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    sheet = open_sheet(size)
    enlarger = timed(find_ways, sheet.regions, sheet.geometry)
    assert enlarger.clear.any()


@sizes
def test_count_votes(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    regions = open_sheet(size).regions
    marks = draw_marks(make_hints(size), regions.labels.shape[::-1], 1.0 / regions.factor)
    votes = timed(count_votes, regions, marks)
    assert (votes.leaders >= 0).any()


@pytest.mark.parametrize("count", [1000, 100_000])
def test_count_votes_of_many(timed: Callable[..., Any], count: int) -> None:
    regions = open_sheet((1920, 1080)).regions
    marks = draw_marks(make_hints((1920, 1080), count), regions.labels.shape[::-1], 1.0 / regions.factor)
    votes = timed(count_votes, regions, marks, fewest=1)
    assert (votes.leaders >= 0).any()


@sizes
def test_flow_hints(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    sheet = open_sheet(size)
    prepared = prepare_hints(make_hints(size), sheet.regions, sheet.geometry, 0.0)
    flowed = timed(flow_hints, prepared.hint_map, prepared.votes, prepared.marks, sheet.regions, sheet.geometry, 0.4)
    assert flowed[3].sum() > prepared.hint_map[3].sum()


@sizes
def test_prepare_hints(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    """All that is done with strokes before the network runs."""
    sheet = open_sheet(size)
    prepared = timed(prepare_hints, make_hints(size), sheet.regions, sheet.geometry, 0.4)
    assert prepared.hint_map[3].any()


@sizes
@pytest.mark.parametrize("style", ["paint", "flat", "soft"])
def test_finish(timed: Callable[..., Any], size: tuple[int, int], style: Any) -> None:
    """From what the network painted to a picture."""
    sheet, hints = open_sheet(size), make_hints(size)
    prepared = prepare_hints(hints, sheet.regions, sheet.geometry, 0.4)
    painted = np.zeros((3, *sheet.geometry.padded[::-1]), np.float32)
    picture = timed(lambda: Colored(sheet, hints, prepared, painted, Look(style)).pixels)
    assert picture.shape == (size[1], size[0], 3)
    assert len(np.unique(picture[::7, ::7].reshape(-1, 3), axis=0)) > 3
