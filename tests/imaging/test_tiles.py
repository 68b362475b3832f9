"""Drawings too long for one run of the network."""

import cv2
import numpy as np
import pytest

from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.hints.model import Stroke
from paintstorch_sdk.imaging import tiles
from paintstorch_sdk.imaging.tiles import MARGIN, TILE, cut_tiles


@pytest.mark.parametrize("length", [32, TILE, TILE + 32, 5120, 8192, 8192 + 32])
def test_tiles_are_kept_once_and_have_margins(length):
    cut = cut_tiles(length)
    assert [tile.first for tile in cut] == [0, *(tile.last for tile in cut[:-1])]
    assert cut[-1].last == length
    for tile in cut:
        assert tile.stop - tile.start <= TILE
        assert tile.start % 32 == tile.stop % 32 == 0
        assert tile.start in (0, tile.first - MARGIN)
        assert tile.stop == min(length, tile.last + MARGIN)


@pytest.mark.parametrize("upright", [True, False])
def test_tiles_have_no_seam(rng, monkeypatch, upright):
    """Checked on the network alone: the other styles average its picture by regions."""
    page = np.full((1408, 128), 255, np.uint8)
    for y in range(0, len(page), 96):
        cv2.circle(page, (int(rng.integers(30, 98)), y + 48), int(rng.integers(15, 40)), 0, 2)
    points = rng.uniform(0, page.shape[::-1], (60, 2))
    strokes = [Stroke([point if upright else point[::-1]], f"#{rng.integers(0, 2**24):06x}", 12) for point in points]
    page = page if upright else np.ascontiguousarray(page.T)
    with Colorizer(precision="fp32") as colorizer:
        whole = np.asarray(colorizer.colorize(page, strokes, style="soft", exact=False))
        monkeypatch.setattr(tiles, "TILE", 1024)
        assert len(cut_tiles(1408)) == 3
        tiled = np.asarray(colorizer.colorize(page, strokes, style="soft", exact=False)).astype(int)
    assert np.abs(tiled - whole).max() <= 1
    assert np.ptp(whole.reshape(-1, 3), 0).min() > 100
