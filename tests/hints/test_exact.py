"""The user's colors, exactly where the user put them.

Counted are the pixels of a stroke, where it lies on top, off the lines, in the regions that it means. Where a stroke
spilled into a region that it does not mean, it is not painted, and not counted; how much that is, is bounded.
"""

import numpy as np
import pytest

from paintstorch_sdk.hints.exact import find_dabs
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.imaging.compose import find_ways
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.metrics import ciede2000, srgb_to_lab
from paintstorch_sdk.look import STYLES, Look
from paintstorch_sdk.painting import paint_colors, prepare_hints
from support.drawings import draw_scene
from support.figures import BLUSH, EYES, SKIN, draw_figure, stroke, understand, vote


class Table:
    """A drawing, ready to be painted on by a network that paints at random."""

    def __init__(self, page, size=512):
        self.page = page
        self.drawing, self.regions = understand(page)
        self.geometry = Geometry.fit(page.shape[1], page.shape[0], size)
        self.enlarger = find_ways(self.regions, self.geometry)

    def paint(self, rng, strokes, prepared=None, **look):
        prepared = prepared or prepare_hints(Hints(tuple(strokes)), self.regions, self.geometry, 0.4)
        width, height = self.geometry.working
        painted = rng.integers(0, 256, (height, width, 3), np.uint8)
        size = self.page.shape[1], self.page.shape[0]
        colors = paint_colors(painted, prepared, self.drawing, self.regions, self.enlarger, Look(**look), size)
        return colors, prepared

    def differences(self, colors, prepared):
        """CIEDE2000 of what counts, and the share of the strokes' pixels off the lines that does."""
        marks, votes = prepared.marks, prepared.votes
        drawn = (marks.top >= 0) & ~self.regions.walls
        keys = marks.top[drawn].astype(np.int64) * len(self.regions) + self.regions.labels[drawn]
        meant = np.isin(keys, votes.owned)
        wanted = marks.colors[marks.top[drawn][meant]]
        return ciede2000(srgb_to_lab(colors[drawn][meant]), srgb_to_lab(wanted)), float(np.mean(meant))


def random_strokes(rng, side):
    return [
        stroke(
            f"#{rng.integers(0, 2**24):06x}",
            float(rng.uniform(0.01, 0.08) * side),
            *map(tuple, rng.uniform(0, side, (1, 2)) + rng.uniform(0, 0.2 * side, (rng.integers(1, 4), 2))),
        )
        for _ in range(rng.integers(1, 15))
    ]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("scale", "size"), [(1, 512), (2, 1024), (2, 512), (3, 512)])
def test_random_strokes_in_every_style_at_every_size(rng, style, scale, size):
    """With the three styles and four sizes, 204 sets of strokes."""
    table = Table(draw_figure(scale), size)
    shares = []
    for _ in range(17):
        colors, prepared = table.paint(rng, random_strokes(rng, 512 * scale), style=style)
        if prepared.votes.owned.size:
            differences, share = table.differences(colors, prepared)
            assert np.median(differences) < 0.5
            assert np.percentile(differences, 90) < 1
            shares.append(share)
    assert np.mean(shares) > 0.5  # the strokes are random: many lie across lines, or end on the page


def test_strokes_as_people_place_them_count_whole(rng):
    table = Table(draw_figure())
    strokes = [stroke(SKIN, 18, (230, 285), (285, 288)), stroke(BLUSH, 24, (190, 250)), stroke(EYES, 10, (215, 212))]
    differences, share = table.differences(*table.paint(rng, strokes))
    assert share == 1
    assert differences.max() < 0.5


def test_off_they_are_not_laid(rng):
    table = Table(draw_figure())
    strokes = [stroke("#ff0000", 20, (230, 285), (285, 288)), stroke("#00ff00", 30, (190, 250))]
    colors, _ = table.paint(rng, strokes, exact=False, style="flat")
    assert colors[250, 190].tolist() == [255, 0, 0]  # the region's
    colors, _ = table.paint(rng, strokes, style="flat")
    assert colors[250, 190].tolist() == [0, 255, 0]


def test_spill_is_not_painted(rng):
    table = Table(draw_scene())
    strokes = [stroke("#3060c0", 16, (90, 240), (140, 300)), stroke("#3060c0", 16, (50, 256), (110, 256))]
    colors, _ = table.paint(rng, strokes, style="flat")
    assert colors[256, 55].tolist() == [255, 255, 255]  # inside the stroke, on the page
    assert colors[256, 90].tolist() == [0x30, 0x60, 0xC0]


def test_the_rim_is_soft_and_ends_at_lines(rng):
    table = Table(draw_figure())
    colors, _ = table.paint(
        rng, [stroke(SKIN, 18, (230, 285), (285, 288)), stroke(BLUSH, 28, (190, 250))], style="flat"
    )
    row = colors[250, 190:235].astype(int)
    steps = np.abs(np.diff(row, axis=0)).max(1)
    assert steps.max() < 40  # of 54 levels between blush and skin
    assert (row[0] == [0xF5, 0x9F, 0xA8]).all()
    assert (row[-1] == [0xF6, 0xD5, 0xC3]).all()
    edge = table.paint(rng, [stroke(SKIN, 18, (230, 285), (285, 288)), stroke(BLUSH, 28, (175, 225))], style="flat")[0]
    hair = table.regions.labels == table.regions.labels[100, 256]
    assert len(np.unique(edge[hair], axis=0)) == 1  # nothing of the blush beyond the face's outline


@pytest.mark.parametrize("style", STYLES)
def test_strokes_one_by_one_paint_what_they_paint_at_once(rng, style):
    """What is kept between the renders of a drawing changes nothing, when strokes go, too."""
    page, strokes = draw_figure(1), (random_strokes(rng, 512) + random_strokes(rng, 512))[:5]
    table, before = Table(page), None
    numbers = [*range(1, len(strokes) + 1), len(strokes) - 2]
    for number in numbers:
        before = prepare_hints(Hints(tuple(strokes[:number])), table.regions, table.geometry, 0.4, before)
        colors, _ = table.paint(np.random.default_rng(7), strokes[:number], before, style=style)
    fresh, prepared = Table(page).paint(np.random.default_rng(7), strokes[: numbers[-1]], style=style)
    assert np.array_equal(before.hint_map, prepared.hint_map)
    assert np.array_equal(colors, fresh)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 13, 40])
def test_marks_on_ink_are_painted_on_all_of_it_whatever_their_width(width):
    page = draw_figure()
    page[100:140, 0:12] = page[225:240, 200:212] = 0
    for place in ((5, 120), (0, 110), (206, 232), (201, 238)):
        regions, marks, votes = vote(page, stroke(SKIN, 18, (230, 285), (285, 288)), stroke(EYES, width, place))
        on_ink = marks.places[1][regions.walls.ravel()[marks.places[1]]]
        dabs = {dab.mark: dab.places for dab in find_dabs(votes, marks, regions)}
        if 1 in votes.inked:
            assert np.isin(on_ink, dabs[1]).all()
        assert 1 in votes.inked or width > 5
