"""The supervised stage: configuration, samples, losses, the loop and the measures."""

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from paintstorch_sdk.errors import CheckpointError, InputError
from paintstorch_sdk.hints import raster as strokes
from paintstorch_sdk.networks import checkpoint
from paintstorch_sdk.training import config as configuration
from paintstorch_sdk.training import linework, paper, region_colors, trainer, validation
from paintstorch_sdk.training.config import AdversarialConfig, LossConfig, Phase
from paintstorch_sdk.training.descent import prepare_network
from paintstorch_sdk.training.loading import stack_samples
from paintstorch_sdk.training.losses import compute_terms, hint_colors
from paintstorch_sdk.training.marks import Surface
from paintstorch_sdk.training.paper import PaperConfig
from paintstorch_sdk.training.pictures import Pictures, read_manifest
from paintstorch_sdk.training.samples import (
    Sample,
    SampleConfig,
    TrainingSamples,
    make_sample,
    paint_hints,
    place_marks,
)
from paintstorch_sdk.training.state import Networks
from paintstorch_sdk.training.supervised import Supervised, learning_rate
from paintstorch_sdk.training.team import Team
from support.training import scene, write_config, write_data

FIRST = Path(trainer.__file__).parent / "configs" / "first.toml"


PHASES: list[dict[str, object]] = [
    {"crop": 64, "batch": 2, "steps": 3, "scale": [0.3, 0.6]},
    {"crop": 96, "batch": 2, "steps": 3, "scale": [0.3, 0.6]},
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture
def configure(tmp_path: Path, data: Path) -> Callable[..., Path]:
    """Write a configuration of a tiny run; keywords are added at the top."""
    return lambda name, **values: write_config(tmp_path / f"{name}.toml", data, PHASES, **values)


def samples(data: Path, config: SampleConfig | None = None, crop: int = 64) -> TrainingSamples:
    pictures = Pictures(read_manifest(data, "train"), 512, cache_bytes=10**8)
    return TrainingSamples(pictures, config or SampleConfig(), crop, (0.3, 0.6), range(1000), (0.0, 1.0), seed=3)


# configuration


def test_the_first_configuration_is_read() -> None:
    config = configuration.load_config(FIRST)
    assert config.width == 32
    assert sorted({phase.crop for phase in config.phases}) == [128, 256]
    assert config.samples.bleach == 0.9


@pytest.mark.parametrize("path", sorted(FIRST.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_every_configuration_of_the_package_is_read(path: Path) -> None:
    config = configuration.load_config(path).counted(pictures=1000)
    assert config.steps > 0
    assert config.progress(config.steps) == 1.0


def test_progress_counts_pixels() -> None:
    phases = (Phase(crop=128, batch=8, steps=100, scale=(0.3, 0.5)), Phase(256, 4, 50, (0.5, 1.0)))
    config = replace(configuration.load_config(FIRST), phases=phases)
    assert [config.progress(step) for step in (0, 50, 100, 125, 150)] == [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("color = 1", "unknown key 'color'"),
        ("[loss]\nchrome = 1", "unknown key 'chrome'"),
        ("[samples]\nempty = [0.9, 0.9]\nstrokes = [0.9, 0.9]", "within 0..1"),
        ("[samples]\nsoft = 2.0", "soft: expected a share"),
        ("[samples]\ncount = [0, 3]", "count: expected"),
        ("[[phases]]\ncrop = 100\nbatch = 1\nsteps = 1\nscale = [0.5, 1.0]", "multiple of 32"),
        ("[[phases]]\ncrop = 128\nbatch = 0\nsteps = 1\nscale = [0.5, 1.0]", "positive batch"),
        ("[[phases]]\ncrop = 128\nbatch = 1\nsteps = 1\nscale = [1.0, 0.5]", "low <= high"),
        ("[[phases]]\ncrop = 128", "missing"),
        ("data = 'd'\nout = 'o'", "at least one"),
        ("data =", "expected TOML"),
        ("[adversarial]\ngain = 1", "unknown key 'gain'"),
        ("[adversarial]\npenalty_norm = 'l1'", "penalty_norm: expected one of sample, pixel"),
        ("[samples]\nrecipe = 'theirs'", "recipe: expected one of ours, paper"),
        ("[samples]\nrecipe = 'paper'\nbleach = 0.5", "unknown key 'bleach'"),
        ("[tagger]\ncrop = 50", "tagger crop: expected a multiple of 32"),
        ("[[phases]]\ncrop = 128\nbatch = 2\nscale = [0.5, 1.0]", "either steps or epochs"),
        ("[[phases]]\ncrop = 128\nbatch = 2\nsteps = 1\nstage = 'third'", "stage: expected one of supervised"),
        ("data = 'd'\nout = 'o'\n[[phases]]\ncrop = 64\nbatch = 1\nsteps = 1", "expected one with our samples"),
    ],
)
def test_a_wrong_configuration_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        configuration.load_config(path)


def test_settings_count_in_place_of_the_files(tmp_path: Path) -> None:
    settings = ["samples.hints=random", "adversarial.reconstruction=0", "phases.0.epochs=2", "adversarial.summed=true"]
    config = configuration.load_config(FIRST.with_name("paper.toml"), settings, out=tmp_path)
    assert config.samples == PaperConfig(hints="random")
    assert config.adversarial == AdversarialConfig(reconstruction=0, summed=True)
    assert config.phases == (Phase(crop=512, batch=32, epochs=2, stage="adversarial"),)
    ours = configuration.load_config(FIRST, ["phases.0.scale=[0.5, 1.0]", "data=a = b"])
    assert (ours.phases[0].scale, ours.data) == ((0.5, 1.0), Path("a = b"))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("seed", "--set: expected KEY=VALUE"),
        ("phases.7.steps=1", "--set: expected KEY=VALUE"),
        ("phases.first.steps=1", "--set: expected KEY=VALUE"),
        ("phases.0=1", "--set: expected KEY=VALUE"),
        ("width.of=1", "--set: expected KEY=VALUE"),
        ("color=1", "unknown key 'color'"),
        ("samples.hue=1", "unknown key 'hue'"),
        ("phases.0.crop=100", "multiple of 32"),
    ],
)
def test_a_wrong_setting_is_refused(setting: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        configuration.load_config(FIRST, [setting])


def test_a_missing_configuration_or_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        configuration.load_config(tmp_path / "none.toml")
    with pytest.raises(InputError, match="expected a data folder"):
        read_manifest(tmp_path, "train")


# samples


def test_samples_have_the_networks_shapes_and_ranges(data: Path) -> None:
    for number in range(0, 1000, 40):
        sample = samples(data)[number]
        assert sample.line_art.shape == (1, 64, 64)
        assert sample.hints.shape == (4, 16, 16)
        assert sample.target.shape == (3, 64, 64)
        for array in sample:
            assert array.dtype == np.float32
            assert array.min() >= -1.0001
            assert array.max() <= 1.0001
        mask = sample.hints[3]
        assert mask.min() >= 0.0
        assert np.all(np.abs(sample.hints[:3]) <= mask + 1e-4), "the color is multiplied by the mask"


def test_a_sample_depends_on_its_number_alone(data: Path) -> None:
    one, other = samples(data), samples(data)
    other[5]
    for a, b in zip(one[7], other[7], strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one[7].target, one[8].target)


def test_strokes_stay_within_the_papers_numbers() -> None:
    picture = scene(1, 512)
    surface = Surface(picture.astype(np.float32), picture.max(2) > 0)
    config = SampleConfig(empty=(0.0, 0.0), strokes=(1.0, 1.0), regions=(0.0, 0.0))
    rng = np.random.default_rng(0)
    counts, points, radii = [], [], []
    for _ in range(60):
        marks = place_marks(surface, config, 1.0, 0.5, rng).strokes
        counts.append(len(marks))
        for mark in marks:
            assert np.abs(mark.points - mark.points[0]).max() <= 5.0, "within a square of width 10 around the start"
            points.append(len(mark.points))
            radii.append(mark.radius)
    assert min(counts) >= 1
    assert max(counts) <= 120
    assert np.median(counts) < 30, "few strokes are as likely as many"
    assert max(points) <= 6
    assert max(radii) <= 2.0


def test_the_share_of_empty_hints_is_as_configured(data: Path) -> None:
    config = SampleConfig(empty=(0.5, 0.5), strokes=(0.25, 0.25), regions=(0.1, 0.1))
    drawn = samples(data, config)
    empty = np.mean([not drawn[number].hints.any() for number in range(150)])
    assert 0.38 < empty < 0.64


def test_density_falls_with_progress() -> None:
    picture = scene(2, 256)
    surface = Surface(picture.astype(np.float32), picture.max(2) > 0)
    config = SampleConfig(empty=(0.0, 0.0), strokes=(0.0, 0.0), regions=(0.0, 0.0))
    rng = np.random.default_rng(0)

    def lowest(progress: float) -> float:
        return min(float(place_marks(surface, config, 1.0, progress, rng).cells.mean()) for _ in range(60))

    assert lowest(0.0) > 0.03
    assert lowest(1.0) < 0.01


def test_hints_are_drawn_by_the_runtimes_rasterizer() -> None:
    picture = scene(3, 256)
    surface = Surface(picture.astype(np.float32), picture.max(2) > 0)
    config = SampleConfig(empty=(0.0, 0.0), strokes=(1.0, 1.0), regions=(0.0, 0.0), count=(9, 9))
    rng = np.random.default_rng(1)
    marks = place_marks(surface, config, 1.0, 0.5, rng)
    expected = strokes.empty_map(64, 64)
    for mark in marks.strokes:
        x, y = (mark.points[0] * 4).astype(int)
        strokes.draw(expected, mark.points, picture[y, x] / np.float32(127.5) - np.float32(1.0), mark.radius)
    assert expected[3].any()
    np.testing.assert_allclose(paint_hints(surface, marks, surface.picture, rng), expected, atol=1e-6)


def test_what_no_hint_tells_is_not_recolored() -> None:
    picture = np.full((96, 96, 3), 255.0, np.float32)
    paper = np.ones((96, 96), bool)
    paper[:, [30, 31, 62, 63]] = False
    picture[:, :30], picture[:, 64:] = (200, 60, 60), (60, 60, 200)
    surface = Surface(picture, paper)
    hinted = np.zeros(surface.count, bool)
    hinted[surface.labels[5, 5]] = True
    leaders = region_colors.find_leaders(picture, surface.labels, hinted)
    assert leaders.astype(bool).tolist() == hinted.tolist()
    for seed in range(20):
        result = region_colors.recolor_regions(picture, surface.labels, leaders, np.random.default_rng(seed))
        np.testing.assert_array_equal(result[:, 32:], picture[:, 32:])
    bleached = region_colors.bleach_regions(picture, surface.labels, leaders)
    assert (bleached[:, 64:] == 255.0).all()
    np.testing.assert_array_equal(bleached[:, :30], picture[:, :30])


def test_neighbors_of_one_color_follow_one_hint() -> None:
    picture = np.full((90, 90, 3), (10, 200, 90), np.float32)
    paper = np.ones((90, 90), bool)
    paper[:, [20, 21, 40, 41]] = False
    surface = Surface(picture, paper)
    hinted = np.zeros(surface.count, bool)
    hinted[surface.labels[0, 0]] = True
    leaders = region_colors.find_leaders(picture, surface.labels, hinted)
    assert leaders[surface.labels[0, 30]] == surface.labels[0, 0]
    assert leaders[surface.labels[0, 80]] == 0, "too far away"


def test_shifted_colors_leave_white_white() -> None:
    white = np.full((8, 8, 3), 255.0, np.float32)
    for seed in range(20):
        np.testing.assert_allclose(region_colors.shift_colors(white, np.random.default_rng(seed)), white, atol=0.01)


# losses


def test_colors_beneath_the_lines_give_the_picture_when_the_lines_are_laid_over_them() -> None:
    colors = np.full((24, 48, 3), (40.0, 160.0, 90.0), np.float32)
    colors[:, 24:] = (200.0, 120.0, 60.0)
    lines = np.full((24, 48), 255, np.uint8)
    lines[:, 20:28] = 0
    lines[:, 19], lines[:, 28], lines[:, 40] = 130, 200, 249
    picture = colors * (lines[..., None] / np.float32(255.0))
    found = linework.find_colors_beneath(picture, lines)
    np.testing.assert_allclose(found, colors, atol=1e-3)
    np.testing.assert_array_equal(linework.find_colors_beneath(colors, np.full_like(lines, 255)), colors)
    assert np.isfinite(
        linework.find_colors_beneath(picture, np.zeros_like(lines))
    ).all()  # no paper to take a color from


def test_what_lies_beneath_the_lines_is_the_target_where_that_is_asked_for() -> None:
    with_lines, beneath = flat_sample(), flat_sample(beneath=True)
    np.testing.assert_array_equal(with_lines.line_art, beneath.line_art)
    np.testing.assert_array_equal(with_lines.hints, beneath.hints)
    assert with_lines.target[:, :, 31].max() < -0.9  # the black line
    np.testing.assert_array_equal(beneath.target[:, :, 31], beneath.target[:, :, 8])
    np.testing.assert_array_equal(beneath.target[:, :, 32], beneath.target[:, :, 56])


def test_a_perfect_result_costs_nothing(data: Path) -> None:
    line_art, hints, target = stack_samples([samples(data)[3], samples(data)[4]])
    parts = compute_terms(target, target, line_art, hints, 0.5)
    assert (float(parts.l1), float(parts.chroma), float(parts.gradient)) == (0.0, 0.0, 0.0)


def test_colors_that_bleed_beside_a_line_cost_more() -> None:
    line_art = torch.ones(1, 1, 64, 64)
    line_art[..., 32] = -1.0
    target, hints = torch.zeros(1, 3, 64, 64), torch.zeros(1, 4, 16, 16)

    def cost(column: int, edge_weight: float) -> float:
        output = target.clone()
        output[..., column] = 1.0
        return 64 * float(compute_terms(output, target, line_art, hints, 0.5, edge_weight=edge_weight).l1)

    for column, expected in ((10, 1.0), (25, 1.0), (26, 3.0), (31, 3.0), (32, 0.5), (33, 3.0), (38, 3.0), (39, 1.0)):
        assert cost(column, 2.0) == pytest.approx(expected)
        assert cost(column, 0.0) == pytest.approx(0.5 if column == 32 else 1.0)


def test_hint_colors_are_taken_from_solid_hints_alone() -> None:
    hints = torch.zeros(1, 4, 2, 2)
    hints[0, :, 0, 0] = torch.tensor([0.4, -0.8, 0.0, 0.8])
    hints[0, :, 1, 1] = torch.tensor([0.1, 0.1, 0.1, 0.2])
    color, mask = hint_colors(hints)
    assert color.shape == (1, 3, 8, 8)
    assert mask.sum() == 16
    torch.testing.assert_close(color[0, :, 2, 3], torch.tensor([0.5, -1.0, 0.0]))


# the loop


@pytest.mark.parametrize("size", [64, 128])
def test_gradients_equal_those_of_plain_float32(data: Path, size: int) -> None:
    """What training uses (channels_last, bfloat16 but for grouped convolutions) against fp32 in NCHW."""
    batch = stack_samples([samples(data, crop=size)[number] for number in (3, 4)])

    def gradients(prepared: bool) -> dict[str, Any]:
        torch.manual_seed(0)
        generator, features = checkpoint.Architecture(32, 32).build()
        line_art, hints, target = batch
        if prepared:
            prepare_network(generator, bfloat16=True)
            prepare_network(features, bfloat16=True)
            line_art, hints, target = (t.to(memory_format=torch.channels_last) for t in batch)
        with torch.autocast("cpu", torch.bfloat16, enabled=prepared):
            output = generator(line_art, hints, features(line_art))
        (output.float() - target).abs().mean().backward()
        return {
            name: p.grad
            for network in (generator, features)
            for name, p in network.named_parameters(prefix=type(network).__name__)
        }

    expected, received = gradients(False), gradients(True)
    for name, gradient in expected.items():
        error = float((received[name] - gradient).norm() / gradient.norm())
        assert error < 0.2, f"{name}: relative error {error:.3f}"


def test_eight_pictures_are_learned_by_heart() -> None:
    """The supervised stage as it is, at 32 px: every hint is dense enough that nothing has to be guessed."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    dense = PaperConfig(empty=0.0, count=(20, 40))
    line_art, hints, target = stack_samples([paper.make_sample(scene(i, 32), dense, rng) for i in range(8)])
    steps = 130
    config = replace(
        configuration.load_config(FIRST),
        phases=(Phase(crop=64, batch=8, steps=steps, scale=(1.0, 1.0)),),
        bfloat16=False,
        learning_rate=2.5e-3,
        warmup_steps=18,
        loss=LossConfig(lines=1.0),
    )
    architecture = checkpoint.Architecture(32, 32)
    networks = Networks(*architecture.build(), architecture.build())
    prepare_network(networks.generator, bfloat16=False)
    prepare_network(networks.features, bfloat16=False)
    stage = Supervised(config, networks, None, Team())
    batch = [tensor.to(memory_format=torch.channels_last) for tensor in (line_art, hints, target)]
    for step in range(steps):
        stage.step(*batch, step)
    with torch.no_grad():
        error = ((networks(line_art, hints) - target) / 2.0).square().mean((1, 2, 3))
    assert float((-10.0 * error.log10()).mean()) > 30.0


def test_a_resumed_run_equals_an_uninterrupted_one(
    configure: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trainer.train(configure("whole"))
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "StopRequest", _stop_after(4))
        stopped = trainer.train(configure("parts"))
    assert stopped.name == "step-000004.safetensors"
    resumed = trainer.train(configure("parts"), resume=True)
    assert resumed.name == whole.name == "step-000006.safetensors"
    one, other = checkpoint.load(whole), checkpoint.load(resumed)
    for a, b in zip(one.generator.parameters(), other.generator.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert one.provenance["step"] == 6
    assert one.provenance["seen"] == 12
    assert "psnr" in one.provenance["held_out"]
    assert one.provenance["config"]["phases"][0]["crop"] == 64
    history = json.loads((resumed.parent / "history.json").read_text("utf-8"))
    assert [row["step"] for row in history] == [4, 6]


def _stop_after(steps: int) -> type:
    """A stop request that comes by itself: it is asked once a step, and grants `steps` of them."""

    class Stop(trainer.StopRequest):
        asked = 0

        @property
        def requested(self) -> bool:
            self.asked += 1
            return self.asked >= steps

        @requested.setter
        def requested(self, value: bool) -> None:
            pass

    return Stop


def test_resuming_without_a_state_is_an_error(configure: Callable[..., Path]) -> None:
    with pytest.raises(CheckpointError, match="no state to resume from"):
        trainer.train(configure("nothing"), resume=True)


def test_the_first_signal_asks_and_the_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with trainer.StopRequest() as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_learning_rate_warms_up_and_falls() -> None:
    config = replace(configuration.load_config(FIRST), warmup_steps=10)
    rates = [learning_rate(config, step) for step in (0, 9, config.steps // 2, config.steps)]
    assert rates[0] == pytest.approx(0.1 * config.learning_rate, rel=0.01)
    assert rates[1] == pytest.approx(config.learning_rate, rel=0.01)
    assert rates[1] > rates[2] > rates[3] == pytest.approx(0.02 * config.learning_rate)


# measures


def flat_sample(beneath: bool = False) -> Sample:
    """Two halves, red and white, parted by a line; a red stroke in the left one."""
    picture = np.full((64, 64, 3), 255, np.uint8)
    picture[:, :32] = (220, 30, 30)
    picture[:, 31:33] = 0
    lines = np.full((64, 64), 255, np.uint8)
    lines[:, 31:33] = 0
    config = SampleConfig(
        empty=(0.0, 0.0),
        strokes=(0.0, 0.0),
        regions=(1.0, 1.0),
        shift=0.0,
        recolor=0.0,
        bleach=0.0,
        soft=0.0,
        faint=0.0,
        beneath=beneath,
    )
    return make_sample(picture, lines, config, 1.0, 1.0, np.random.default_rng(0))


def test_the_truth_is_measured_as_perfect_and_a_wrong_color_is_not() -> None:
    sample = flat_sample()
    perfect = validation.measure_model(lambda s: validation.to_bytes(s.target), [sample])
    assert perfect["psnr"] == 60.0
    assert perfect["paper"] == 255.0
    assert perfect.get("adherence", 0.0) < 1.0
    wrong = validation.measure_model(lambda s: np.full((64, 64, 3), 128, np.uint8), [sample])
    assert wrong["psnr"] < 15.0
    assert wrong["paper"] == 128.0
