"""A picture composed anew where something changed is the picture composed at once."""

import cv2
import numpy as np
import pytest

from paintstorch_sdk import composition as compositions
from paintstorch_sdk.composition import Composition, Lines, Recipe
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.imaging.compose import find_ways
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.packed import as_bytes
from paintstorch_sdk.look import Look
from paintstorch_sdk.painting import plan_colors, prepare_hints
from support.figures import draw_figure, stroke, understand


class Bench:
    """A figure, strokes on it one by one, and what is composed of them."""

    def __init__(self, rng, scale, size):
        self.page = draw_figure(scale)
        self.drawing, self.regions = understand(self.page)
        side = self.page.shape[0]
        self.geometry = Geometry.fit(side, side, size)
        self.enlarger = find_ways(self.regions, self.geometry)
        self.painted = rng.integers(0, 256, (*self.geometry.working[::-1], 3), np.uint8)
        self.strokes = [
            stroke(f"#{rng.integers(0, 2**24):06x}", float(rng.uniform(0.02, 0.06) * side), *map(tuple, points))
            for points in rng.uniform(0.1 * side, 0.9 * side, (6, 1, 2)) + rng.uniform(0, 0.1 * side, (6, 2, 2))
        ]

    def plan(self, number, before=None, **look):
        hints = Hints(tuple(self.strokes[:number]))
        prepared = prepare_hints(hints, self.regions, self.geometry, 0.4, before)
        parts = prepared, self.drawing, self.regions, self.enlarger
        return plan_colors(lambda: self.painted, *parts, Look(**look)), prepared

    def start(self):
        return Composition(self.enlarger, self.regions.factor, self.page.shape[::-1])


@pytest.mark.parametrize("style", ["paint", "flat", "soft"])
@pytest.mark.parametrize(("scale", "size"), [(1, 512), (2, 512), (1.3, 500)])
def test_step_by_step_it_is_the_same_to_the_byte(rng, style, scale, size):
    bench, before = Bench(rng, scale, size), None
    composition, lines = bench.start(), Lines(bench.page, False)
    for number in (1, 2, 3, 4, 5, 6, 4):
        plan, before = bench.plan(number, before, style=style)
        assert np.array_equal(composition.compose(plan, lines), bench.start().compose(plan, lines))
    assert np.array_equal(composition.compose(plan, None), bench.start().compose(plan, None))


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("bands", [1, 3])
def test_lines_laid_place_by_place_are_those_laid_over_all_of_it(rng, monkeypatch, bands, inverted):
    bench = Bench(rng, 1, 512)
    page = cv2.bitwise_not(bench.page) if inverted else bench.page
    lines = page if bands == 1 else cv2.merge([page, page, cv2.blur(page, (3, 3))])
    plan, _ = bench.plan(6)
    pictures = []
    for most in (0, 1):
        monkeypatch.setattr(compositions, "SPARSE", most)
        laid = Lines(lines, inverted)
        assert (laid.ink is None) == (not most)
        pictures.append(bench.start().compose(plan, laid))
    assert np.array_equal(*pictures)


def test_only_what_changed_is_written(rng):
    bench = Bench(rng, 2, 512)
    composition, lines = bench.start(), Lines(bench.page, False)
    plan, _ = bench.plan(6, style="flat")
    composition.compose(plan, lines)[:] = 7
    picture = composition.compose(Recipe(plan.colors, plan.rest, plan.dabs[1:], plan.inks, True), lines)
    assert 0 < np.mean(picture != 7) < 0.2


@pytest.mark.parametrize(
    ("small", "full"), [((288, 512), (1080, 1920)), ((320, 512), (720, 1152)), ((60, 99), (97, 400))]
)
def test_parts_are_enlarged_as_the_whole(rng, small, full):
    """Of noise, whose every byte would tell of another weight."""
    colors = rng.integers(0, 2**32, small, np.uint32)
    nothing = np.zeros(0, np.uint32)
    bench = Bench(rng, 1, 512)
    enlarger = find_ways(bench.regions, bench.geometry)
    enlarger.__dict__.update(size=full[::-1], rest=np.zeros(0, np.int64))
    composition = Composition(enlarger, 1, full[::-1])
    for _ in range(3):
        picture = composition.compose(Recipe(colors, nothing, [], nothing, True), None)
        whole = cv2.resize(as_bytes(colors), full[::-1], interpolation=cv2.INTER_LINEAR)
        assert np.array_equal(as_bytes(picture), whole)
        colors = colors.copy()
        y, x = rng.integers(0, small[0] - 20), rng.integers(0, small[1] - 40)
        colors[y : y + 20, x : x + 40] = rng.integers(0, 2**32, (20, 40), np.uint32)
