"""Shadows as a brush draws them."""

import numpy as np

from paintstorch_sdk.imaging.shadows import BRUSH, CRISP, SURE, draw_shadows


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
