"""Graphs rewritten when they are loaded: packed groups, and int8."""

import json

import numpy as np
import pytest

from paintstorch_sdk.backends.openvino import CORE, OpenVinoBackend, ops, ov, read_graph
from paintstorch_sdk.backends.openvino_layers import Quantization, find_convolutions, pack_groups, spread_range
from paintstorch_sdk.backends.tuning import APART, WIDE, Plan
from paintstorch_sdk.bundle import ENCODER, PAINTER
from paintstorch_sdk.errors import BackendError, BundleError
from paintstorch_sdk.export.int8 import choose_layers, spread_channels
from paintstorch_sdk.imaging.metrics import psnr


def paint(bundle, rng_seed=0, **options):
    rng = np.random.default_rng(rng_seed)
    line_art = rng.uniform(-1, 1, (1, 1, 64, 96)).astype(np.float32)
    hints = rng.uniform(-1, 1, (1, 4, 16, 24)).astype(np.float32)
    with OpenVinoBackend(bundle, **options) as backend:
        return backend.paint(backend.encode(line_art), hints)


@pytest.mark.parametrize("channels", [APART, 2, 8, 12, WIDE])
def test_packed_groups_paint_the_same_within_rounding(tiny_bundle, channels):
    usual = paint(tiny_bundle, precision="fp32", plan=Plan({}))
    packed = paint(tiny_bundle, precision="fp32", plan=Plan(dict.fromkeys((1, 2, 4, 8), channels)))
    np.testing.assert_allclose(packed, usual, atol=2e-5)


@pytest.mark.parametrize(("channels", "kind"), [(APART, "1, 1, 3, 3"), (4, "4, 4, 3, 3"), (WIDE, "12, 12, 3, 3")])
def test_groups_of_two_come_apart_or_together_and_compute_the_same(channels, kind):
    rng = np.random.default_rng(0)
    read = ops.parameter([1, 12, 9, 11], np.float32)
    weights = ops.constant(rng.normal(size=(6, 2, 2, 3, 3)).astype(np.float32))
    model = ov.Model([ops.group_convolution(read, weights, [1, 1], [2, 2], [2, 2], [2, 2])], [read], "pairs")
    picture, colors = rng.normal(size=(1, 12, 9, 11)).astype(np.float32), []
    for packing in ({}, {2: channels}):
        pack_groups(model, packing)
        colors.append(CORE.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([picture])[0])
    np.testing.assert_allclose(*colors, atol=2e-5)
    assert any(kind in str([*node.input_value(1).get_shape()]) for _, node in find_convolutions(model))


def test_rewritten_graphs_paint_the_same_within_rounding(tiny_bundle):
    rng = np.random.default_rng(0)
    line_art = rng.uniform(-1, 1, (2, 1, 64, 96)).astype(np.float32)
    hints = rng.uniform(-1, 1, (2, 4, 16, 24)).astype(np.float32)
    colors = []
    for read in (read_graph, lambda bundle, name: CORE.read_model(bundle.file(name))):
        models = [read(tiny_bundle, name) for name in (ENCODER, PAINTER)]
        encode, color = (CORE.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}) for model in models)
        sums = {name: value for port, value in encode([line_art]).items() for name in port.names}
        colors.append(color({"hints": hints, **sums})["color"])
    assert sums["exit"].shape == (2, 3, 64, 96)
    np.testing.assert_allclose(*colors, atol=2e-5)


def test_rewritten_graphs_move_runs_of_channels_and_exit_at_half_the_size(tiny_bundle):
    model = read_graph(tiny_bundle, PAINTER)
    assert dict(find_convolutions(model))["painter.exit"].get_output_partial_shape(0)[1] == 12
    shuffles = [node for node in model.get_ordered_ops() if node.get_type_name() == "DepthToSpace"]
    assert [node.get_attributes()["mode"] for node in shuffles] == ["blocks_first"] * 5


@pytest.mark.parametrize("without_bf16", ["", "1"])
def test_int8_is_near_fp32_and_is_not_fp32(tiny_bundle, tmp_path, monkeypatch, without_bf16):
    monkeypatch.setenv("PTS_NO_BF16", without_bf16)
    names = [
        name
        for graph in (ENCODER, PAINTER)
        for name, _ in find_convolutions(CORE.read_model(tiny_bundle.file(graph)))
        if "exit" not in name
    ]
    sums = frozenset(name for name in names if "stage4" in name and name.endswith("reduce"))
    Quantization(dict.fromkeys(names, (-4.0, 4.0)), sums).write(tmp_path / "int8.json")
    quantization = Quantization.read(tmp_path / "int8.json")
    assert quantization.sums == sums
    exact = paint(tiny_bundle, precision="fp32")
    found = paint(tiny_bundle, precision="int8", quantization=quantization)
    assert 20 < psnr(found, exact, peak=2.0) < 70


def test_a_bundle_without_int8_says_how_to_add_it(tiny_bundle):
    with pytest.raises(BackendError, match=r"pts export .* --int8"):
        OpenVinoBackend(tiny_bundle, "int8")


@pytest.mark.parametrize(
    "text",
    [
        '{"layers": {"a": {"low": 0, "high": 1, "scales": [1, 0]}}}',
        "",
        "{}",
        '{"layers": []}',
        '{"layers": {"a": {"low": 1, "high": 2}}}',
        '{"layers": {"a": {"low": 0}}}',
    ],
)
def test_ranges_that_are_none_are_refused(tmp_path, text):
    (tmp_path / "int8.json").write_text(text)
    with pytest.raises(BundleError, match="expected"):
        Quantization.read(tmp_path / "int8.json")


def test_a_scale_for_each_channel_keeps_what_one_range_loses(tiny_bundle):
    """Scales change the steps, not the picture; those of another model are refused."""
    name = "painter.enc3"
    exact = paint(tiny_bundle, precision="fp32")
    channels = tiny_bundle.width
    scales = {name: np.linspace(0.5, 2.0, channels).tolist()}
    for found in ({}, scales):
        painted = paint(tiny_bundle, precision="int8", quantization=Quantization({name: (-2.0, 8.0)}, scales=found))
        assert 30 < psnr(painted, exact, peak=2.0) < 120
    with pytest.raises(BackendError, match="cannot load"):
        paint(tiny_bundle, precision="int8", quantization=Quantization({name: (-2.0, 8.0)}, scales={name: [1.0] * 7}))


def test_the_range_of_all_channels_covers_each():
    low, high = np.array([-1.0, 0.0, -5.0], np.float32), np.array([10.0, 0.1, 2.0], np.float32)
    (below, above), scales = spread_channels(low, high)
    assert (np.multiply(scales, below) <= low * 0.999).all()
    assert (np.multiply(scales, above) >= high * 0.999).all()
    assert scales[1] < scales[0]


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (-0.2, 3.1), (-9.0, 0.01), (0.0, 5.0)])
def test_zero_is_a_step_of_every_range(low, high):
    below, above = spread_range(low, high)
    assert below <= low + 1e-9
    assert above >= high - 1e-9
    zero = -below / (above - below) * 255
    assert abs(zero - round(zero)) < 1e-9


class Costs:
    """A calibration in which each layer costs a noise of its own, and noises add up.

    Args:
        harmful: A layer that spoils colors which decibels do not tell of.
    """

    def __init__(self, harmful=""):
        self.harmful = harmful
        self.noise = {
            "painter.exit": 1e-3,
            "painter.stage4.body.0.reduce": 1e-6,
            "painter.stage4.body.1.reduce": 1e-6,
        }
        self.ranges = dict.fromkeys(self.noise, (0.0, 1.0))
        self.operations = dict.fromkeys(self.noise, 100)

    def quantize(self, layers, sums=()):
        return Quantization(dict.fromkeys(layers, (0.0, 1.0)), frozenset(sums))

    def measure(self, quantization):
        return -10 * np.log10(sum(self.noise[name] for name in quantization.ranges) / 4)

    def keeps(self, min_psnr, quantization):
        return self.measure(quantization) >= min_psnr and self.harmful not in quantization.ranges


def test_the_layer_that_costs_most_is_left_out_and_named():
    quantization, left_out = choose_layers(Costs(), 42.0)
    assert left_out == {"painter.exit": 36.0}
    assert set(quantization.ranges) == {"painter.stage4.body.0.reduce", "painter.stage4.body.1.reduce"}
    assert quantization.sums == frozenset(quantization.ranges)


def test_what_was_left_out_before_the_layer_that_mattered_is_put_back():
    costs = Costs(harmful="painter.enc4")
    costs.noise = {"painter.exit": 1e-5, "painter.enc4": 1e-6, "painter.enc3": 1e-7}
    costs.ranges = dict.fromkeys(costs.noise, (0.0, 1.0))
    costs.operations = dict.fromkeys(costs.noise, 100)
    quantization, left_out = choose_layers(costs, 42.0)
    assert set(left_out) == {"painter.enc4"}
    assert set(quantization.ranges) == {"painter.exit", "painter.enc3"}


def test_the_default_model_in_int8_passes_the_gate_that_its_manifest_names():
    from paintstorch_sdk.bundle import Bundle

    bundle = Bundle.open()
    proof = bundle.manifest["int8"]["verification"]
    assert proof["psnr"] >= proof["min_psnr"] == 42.0
    assert proof["p99_ciede2000"] <= proof["max_p99"] == 2.0
    assert bundle.bytes < 20e6
    assert set(json.loads(bundle.file("int8.json").read_text())["layers"]) >= {"painter.stage4.entry"}
