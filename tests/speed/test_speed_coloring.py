"""The way of a color around the network, at 512 pixels, 1080p and 4K: once per drawing, and after each stroke."""

import functools
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import typer

from paintstorch_sdk import painting, renderer
from paintstorch_sdk import sheet as sheets
from paintstorch_sdk.colorizer import Colorizer
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
from support.figures import draw_figure

WORKING = 512
TURNS = 15  # strokes at each size, one after the other
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
    starts = rng.uniform(0, np.subtract(size, 60 * scale), (count, 1, 2))
    points = starts + rng.uniform(0, 60 * scale, (count, 3 if count <= 1000 else 1, 2))
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
    flowed = timed(flow_hints, prepared.drawn, prepared.votes, prepared.marks, prepared.cells, 0.4)
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


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, float]]:
    """Calls a function, and tells for how long what was named ran within it: seconds, "all" being the whole call."""
    spent: dict[str, float] = {}

    def wrap(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                spent[name] = spent.get(name, 0.0) + time.perf_counter() - begun

        return run

    def call(function: Callable[[], Any], **parts: tuple[object, str]) -> dict[str, float]:
        with monkeypatch.context() as patched:
            for name, (owner, attribute) in parts.items():
                patched.setattr(owner, attribute, wrap(name, getattr(owner, attribute)))
            spent.clear()
            wrap("all", function)()
        return dict(spent)

    return call


def test_a_stroke_in_turns(benchmark: Any, clocked: Callable[..., dict[str, float]], capsys: Any) -> None:
    """Stroke to picture at the three sizes in turns, what of it is no network's, and what opening adds to a run.

    What is no network's is the strokes' (marks, vote and flow) and the picture's: resizing, laying lines, packing. In
    the default style the painter does not run after a stroke (see `hints.kinship`), the shade network does; in "soft"
    the painter runs at every stroke, as each tells it something: their colors change.
    """
    turns = TURNS if benchmark.enabled else 1
    cases: list[tuple[Any, tuple[int, int]]] = [*itertools.product(("paint", "soft"), SIZES)]
    strokes: dict[tuple[Any, tuple[int, int]], list[dict[str, float]]] = {case: [] for case in cases}
    opened: dict[tuple[int, int], list[dict[str, float]]] = {size: [] for size in SIZES}
    with Colorizer() as colorizer:
        network, shader = type(colorizer.backend.serving), type(colorizer.shader)
        canvases = {
            (style, size): colorizer.canvas(open_sheet(size).line_art, make_hints(size)) for style, size in cases
        }
        for (style, _), canvas in canvases.items():
            canvas.render(style=style)
        for turn, (style, size) in itertools.product(range(turns), cases):
            canvas, new = canvases[style, size], make_hints(size, 30 + turn + 1).strokes[-1]

            def stroke() -> None:
                canvas.add(new)  # noqa: B023
                assert canvas.render(style=style).size == canvas.size  # noqa: B023

            parts = {
                "painter": (network, "_paint"),
                "shade": (shader, "_shade"),
                "vote": (renderer, "prepare_hints"),
                "draw": (Hints, "rasterize"),
                "flow": (painting, "flow_hints"),
            }
            strokes[style, size].append(clocked(stroke, **parts))
            canvas.undo()
        for _, size in itertools.product(range(min(turns, 3)), SIZES):

            def open_page() -> None:
                colorizer.colorize(open_sheet(size).line_art, make_hints(size), style="soft")  # noqa: B023

            parts = {
                "encoder": (network, "_encode"),
                "painter": (network, "_paint"),
                "regions": (sheets, "find_regions"),
            }
            opened[size].append(clocked(open_page, **parts))
    benchmark.pedantic(lambda: None)
    with capsys.disabled():
        for style, size in cases:
            times, least = strokes[style, size], statistics.median(one["all"] for one in strokes[style, SIZES[0]])
            whole, painter, flow = (statistics.median(t.get(n, 0.0) for t in times) for n in ("all", "painter", "flow"))
            rest = [t["all"] - t.get("painter", 0.0) - t.get("shade", 0.0) for t in times]
            share = statistics.median(own / t["all"] for own, t in zip(rest, times, strict=True))
            hints = statistics.median(sum(t.get(n, 0.0) for n in ("vote", "draw", "flow")) / t["all"] for t in times)
            typer.echo(
                f"\n{style}, {size[0]} x {size[1]}: a stroke {whole * 1e3:.1f} ms, {whole / least:.2f} of that at 512; "
                f"{statistics.median(rest) * 1e3:.1f} ms, {share:.0%}, no network's: the strokes' {hints:.0%}"
                + (f", flow {flow / painter:.1%} of the painter" if painter else "")
            )
        for size in SIZES:
            once = {
                n: statistics.median(t.get(n, 0.0) for t in opened[size])
                for n in ("all", "encoder", "painter", "regions")
            }
            both = once["encoder"] + once["painter"]
            typer.echo(
                f"\nsoft, {size[0]} x {size[1]}: one shot {once['all'] * 1e3:.0f} ms, encoder and painter "
                f"{both * 1e3:.0f}, regions {once['regions'] / both:.2f} of both"
            )
