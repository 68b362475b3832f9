import dataclasses

import pytest

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.imaging.geometry import Geometry


@pytest.mark.parametrize(
    ("size", "long_side", "working", "padded"),
    [
        ((512, 512), 512, (512, 512), (512, 512)),
        ((1920, 1080), 768, (768, 432), (768, 448)),
        ((1080, 1920), 768, (432, 768), (448, 768)),
        ((1000, 700), 512, (512, 358), (512, 384)),
        ((300, 200), 512, (300, 200), (320, 224)),  # smaller line art keeps its size
        ((1, 1), 512, (1, 1), (32, 32)),
        ((10_000, 3), 512, (8192, 2), (8192, 32)),  # no side vanishes
        ((3, 10_000), 32, (1, 512), (32, 512)),
        ((800, 12_000), 512, (128, 1920), (128, 1920)),  # a strip is no narrower than a quarter of the working size
        ((12_000, 800), 512, (1920, 128), (1920, 128)),
        ((500, 20_000), 512, (128, 5120), (128, 5120)),
        ((800, 60_000), 512, (109, 8192), (128, 8192)),  # up to sixteen times as long as the working size
        ((60, 4000), 512, (60, 4000), (64, 4000)),
        ((7016, 9921), 512, (362, 512), (384, 512)),
        ((33, 32), 33, (33, 32), (64, 32)),
    ],
)
def test_working_and_padded_size(size, long_side, working, padded):
    geometry = Geometry.fit(*size, long_side)
    assert (geometry.width, geometry.height) == size
    assert geometry.working == working
    assert geometry.padded == padded
    assert geometry.hint_map == (padded[0] // 4, padded[1] // 4)


def test_invariants():
    for width in (1, 2, 31, 32, 33, 100, 767, 768, 769, 1080, 4001):
        for height in (1, 5, 64, 511, 769, 2160):
            for long_side in (32, 100, 512, 769):
                g = Geometry.fit(width, height, long_side)
                assert g.working_width <= width
                assert g.working_height <= height
                scale = min(1.0, long_side / max(width, height))
                if max(width, height) > 4 * min(width, height):  # a strip
                    assert max(g.working) <= 16 * long_side
                    if min(g.working) < min(min(width, height), long_side // 4):
                        assert max(g.working) == 16 * long_side
                    scale = max(scale, max(g.working) / max(width, height))
                else:
                    assert max(g.working) == min(long_side, max(width, height))
                assert abs(g.working_width - width * scale) <= max(0.5, 1 - width * scale) + 1e-9
                assert abs(g.working_height - height * scale) <= max(0.5, 1 - height * scale) + 1e-9
                for working, padded in zip(g.working, g.padded, strict=True):
                    assert padded % 32 == 0
                    assert working <= padded < working + 32


def test_factors_to_the_hint_map():
    """The corner of the line art lies where the scaled picture ends, not where the padding does."""
    geometry = Geometry.fit(1920, 1080, 768)
    x, y = geometry.to_hint_map
    assert (1920 * x, 1080 * y) == pytest.approx((768 / 4, 432 / 4))
    assert geometry.hint_map == (192, 112)


def test_each_axis_has_its_own_factor():
    geometry = Geometry.fit(10_000, 3, 512)
    assert geometry.to_hint_map == pytest.approx((8192 / 40_000, 2 / 12))


def test_a_strip_stays_within_what_an_engine_takes():
    assert Geometry.fit(800, 12_000, 512, most=(1920, 1088)).working == (73, 1088)
    assert Geometry.fit(800, 12_000, 512, most=(400, 400)).working == (34, 512)  # what no strip would be refused, too
    assert Geometry.fit(1000, 1000, 512, most=(100, 100)).working == (512, 512)  # that is for the engine to refuse


@pytest.mark.parametrize("long_side", [31, 0, -5])
def test_refuses_a_working_size_under_one_cell(long_side):
    with pytest.raises(InputError, match=f"working size: expected at least 32 pixels, received {long_side}"):
        Geometry.fit(100, 100, long_side)


def test_is_a_value():
    geometry = Geometry.fit(100, 50, 64)
    assert geometry == Geometry(100, 50, 64, 32)
    assert hash(geometry) == hash(Geometry(100, 50, 64, 32))
    with pytest.raises(dataclasses.FrozenInstanceError):
        geometry.width = 3
