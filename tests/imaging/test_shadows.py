"""Shadows as a brush draws them."""

import numpy as np
import pytest

from paintstorch_sdk.hints.kinship import TINTS, Kinship
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.imaging.compose import find_ways
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.packed import as_bytes
from paintstorch_sdk.imaging.shadows import BRUSH, CRISP, SURE, draw_shadows
from paintstorch_sdk.look import Look
from paintstorch_sdk.painting import plan_colors, prepare_hints
from support.figures import COAT, HAIR, draw_figure, stroke, understand


def average(values):
    """Of each pixel and those around it that are in the picture."""
    inside = np.pad(values, BRUSH // 2, constant_values=np.nan)
    return np.nanmean(np.lib.stride_tricks.sliding_window_view(inside, (BRUSH, BRUSH)), (2, 3))


def test_sure_and_unsure_pixels_are_averaged_alike_up_to_the_border(rng):
    logits = rng.normal(0, 2, (32, 64)).astype(np.float32)
    expected = 255 / (1 + np.exp(-CRISP * average(average(logits.clip(-SURE, SURE)))))
    assert np.abs(draw_shadows(logits) - expected).max() <= 0.501


def test_a_speck_is_no_shadow_and_a_sure_shadow_is_full():
    logits = np.full((32, 32), -9, np.float32)
    logits[10:12, 10:12] = 9
    assert not draw_shadows(logits).any()
    assert (draw_shadows(-logits) >= 254).all()


@pytest.mark.parametrize(
    ("sky", "paper", "darker"),
    [(False, -9.0, True), (False, 9.0, False), (True, -9.0, False)],
    ids=["of the figure by its looks", "paper", "a backdrop with a stroke"],
)
def test_of_the_page_shadows_fall_on_what_is_of_the_figure_alone(sky, paper, darker):
    page = draw_figure()
    drawing, regions = understand(page)
    geometry = Geometry.fit(512, 512, 512)
    strokes = [stroke(HAIR, 20, (180, 95), (320, 90)), *([stroke(COAT, 20, (30, 40), (30, 300))] if sky else [])]
    prepared = prepare_hints(Hints(tuple(strokes)), regions, geometry, 0.0)
    kinds, suits = (np.zeros((len(regions), width), "f4") for width in (2, len(TINTS)))
    alike = Kinship(np.full(len(regions), paper, "f4"), kinds, suits, np.full(len(regions), 9))
    parts = prepared, drawing, regions, find_ways(regions, geometry), Look()
    plan = plan_colors(None, *parts, lambda flats: np.full(flats.shape, 255, np.uint8), lambda: alike)
    flats = {bytes.fromhex(color[1:]) for color in (HAIR, COAT)} | {b"\xff" * 3}
    assert (bytes(as_bytes(plan.colors)[60, 40, :3]) not in flats) == darker
