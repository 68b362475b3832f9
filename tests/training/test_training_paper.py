"""Samples as in the paper, section 3.2."""

from pathlib import Path

import numpy as np
import pytest

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.hints.raster import draw, empty_map
from paintstorch_sdk.imaging.xdog import XDoG, xdog
from paintstorch_sdk.training import paper
from paintstorch_sdk.training.paper import PaperConfig, PaperSamples
from paintstorch_sdk.training.pictures import Pictures, read_manifest
from support.training import scene, write_data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("paper") / "data", trained=5, side=96)


def samples(data: Path, config: PaperConfig | None = None, crop: int = 64, count: int = 100) -> PaperSamples:
    pictures = Pictures(read_manifest(data, "train"), 512, 10**8)
    return PaperSamples(pictures, config or PaperConfig(), crop, range(count), seed=1)


def test_an_epoch_has_each_picture_once(data: Path) -> None:
    some = samples(data)
    epochs = [[some.index(5 * epoch + i) for i in range(5)] for epoch in range(4)]
    assert all(sorted(epoch) == [0, 1, 2, 3, 4] for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1, "in another order each time"


def test_a_sample_depends_on_its_number_alone(data: Path) -> None:
    one, other = samples(data), samples(data)
    other[50]
    for a, b in zip(one[7], other[7], strict=True):
        np.testing.assert_array_equal(a, b)


def test_shapes_and_ranges(data: Path) -> None:
    for number in range(12):
        line_art, hints, target = samples(data)[number]
        assert (line_art.shape, hints.shape, target.shape) == ((1, 64, 64), (4, 16, 16), (3, 64, 64))
        assert line_art.dtype == hints.dtype == target.dtype == np.float32
        assert set(np.unique(line_art)) <= {-1.0, 1.0}
        assert np.abs(target).max() <= 1.0
        assert hints[3].min() >= 0.0
        assert np.all(np.abs(hints[:3]) <= hints[3] + 1e-4), "mid gray where there is no hint"


@pytest.mark.parametrize(("height", "width"), [(300, 100), (100, 300), (512, 512), (700, 900)])
def test_the_short_side_fills_the_crop(height: int, width: int) -> None:
    """The shape is kept: a ramp along the long side keeps its slope, scaled."""
    picture = np.zeros((height, width, 3), np.uint8)
    long = max(height, width)
    ramp = np.linspace(0, 255, long)
    picture[:] = (ramp[:, None, None] if height == long else ramp[None, :, None]).astype(np.uint8)
    crop = paper.cut_square(picture, 64, np.random.default_rng(0)).astype(float)
    assert crop.shape == (64, 64, 3)
    share = 64 / round(64 * long / min(height, width))
    expected = 255.0 * share * 62 / 64  # between the centers of the second and the last but one row
    along = crop[..., 0].mean(1) if height == long else crop[..., 0].mean(0)
    assert abs(along[-2] - along[1]) == pytest.approx(expected * 61 / 62, abs=4.0)


def test_half_of_the_pictures_are_flipped() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:, :32] = 255
    left = [paper.cut_square(picture, 64, np.random.default_rng(seed))[0, 0, 0] > 127 for seed in range(200)]
    assert 0.4 < np.mean(left) < 0.6


def test_lines_are_xdog_with_one_of_the_papers_sigmas() -> None:
    picture = scene(3, 128)
    known = [xdog(picture, XDoG(sigma)) / 127.5 - 1.0 for sigma in (0.3, 0.4, 0.5)]
    found = set()
    for seed in range(12):
        lines = paper.make_sample(picture, PaperConfig(), np.random.default_rng(seed)).line_art[0]
        matches = [i for i, expected in enumerate(known) if np.array_equal(lines, expected.astype(np.float32))]
        assert matches
        found.add(matches[0])
    assert len(found) > 1


def test_half_of_the_hints_are_empty(data: Path) -> None:
    """Half by the rule, and one in 121 of the rest by having no stroke."""
    picture = scene(0, 64)
    empty = [not paper.make_sample(picture, PaperConfig(), np.random.default_rng(i)).hints.any() for i in range(300)]
    assert 0.42 < np.mean(empty) < 0.59


def test_strokes_are_within_the_papers_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[np.ndarray, np.ndarray, float]] = []
    monkeypatch.setattr(paper.strokes, "draw", lambda _, points, color, radius: drawn.append((points, color, radius)))
    small = np.random.default_rng(5).uniform(-1.0, 1.0, (128, 128, 3)).astype(np.float32)
    counts = []
    for seed in range(200):
        before = len(drawn)
        paper.draw_strokes(empty_map(128, 128), small, PaperConfig(), np.random.default_rng(seed))
        counts.append(len(drawn) - before)
    assert min(counts) <= 3
    assert max(counts) >= 117
    assert max(counts) <= 120
    assert 52 < np.mean(counts) < 68, "uniform in 0..120"
    assert {2.0 * radius for _, _, radius in drawn} == {1.0, 2.0, 3.0, 4.0}
    assert {len(points) for points, _, _ in drawn} == {1, 2, 3, 4, 5}
    widest = max(np.abs(points - points[0]).max() for points, _, _ in drawn)
    assert 4.5 < widest <= 5.0, "within a square of width 10 around the start"
    for points, color, _ in drawn[:200]:
        x, y = points[0].astype(int)
        np.testing.assert_array_equal(color, small[y, x])


def test_strokes_are_drawn_by_the_runtimes_rasterizer_and_softened() -> None:
    picture = np.full((64, 64, 3), (200, 40, 90), np.uint8)
    config = PaperConfig(empty=0.0, count=(1, 1), waypoints=(1, 1), thickness=(4, 4))
    hints = paper.make_sample(picture, config, np.random.default_rng(2)).hints
    sharp = paper.make_sample(picture, PaperConfig(**{**_fields(config), "soft": 1.0}), np.random.default_rng(2)).hints
    y, x = (index.mean() for index in np.nonzero(sharp[3] > 0.99))
    again = empty_map(16, 16)
    spot = sharp[3].sum()
    draw(again, [(x + 0.5, y + 0.5)], picture[0, 0] / np.float32(127.5) - np.float32(1.0), 2.0)
    assert again[3].sum() == pytest.approx(spot, rel=0.1)
    assert (hints[3] > 0.0).sum() > (sharp[3] > 0.0).sum(), "soft edges are wider"
    assert hints[3].max() <= 1.0


def _fields(config: PaperConfig) -> dict[str, object]:
    return {name: getattr(config, name) for name in PaperConfig.__slots__}


def test_random_hints_are_as_rare_as_in_the_paper() -> None:
    small = np.random.default_rng(0).uniform(-1.0, 1.0, (128, 128, 3)).astype(np.float32)
    shares = []
    for seed in range(200):
        hints = empty_map(128, 128)
        paper.draw_pixels(hints, small, PaperConfig(hints="random"), np.random.default_rng(seed))
        shares.append(hints[3].mean())
        inside = hints[3] == 1.0
        np.testing.assert_array_equal(hints[:3, inside].T, small[inside])
        assert not hints[:3, ~inside].any()
    # The half of a normal distribution that is left has the mean sigma * sqrt(2 / pi).
    assert np.mean(shares) == pytest.approx(0.005 * (2.0 / np.pi) ** 0.5, rel=0.15)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"hints": "dots"}, "hints: expected one of strokes, random"),
        ({"empty": 1.5}, "empty: expected a number in 0..1"),
        ({"count": (5, 2)}, "count: expected 0 <= low <= high"),
        ({"thickness": (0, 2)}, "thickness: expected 1 <= low"),
    ],
)
def test_numbers_out_of_range_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PaperConfig(**values)
