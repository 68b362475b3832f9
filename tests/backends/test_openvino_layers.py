"""Graphs rewritten when they are loaded: packed groups, and int8."""

import json

import numpy as np
import pytest

from paintstorch_sdk.backends.openvino import OpenVinoBackend
from paintstorch_sdk.backends.openvino_layers import Quantization, find_convolutions, shuffle_last, spread_range
from paintstorch_sdk.backends.tuning import WIDE, Plan
from paintstorch_sdk.bundle import ENCODER, PAINTER
from paintstorch_sdk.errors import BackendError, BundleError
from paintstorch_sdk.export.int8 import choose_layers
from paintstorch_sdk.imaging.metrics import psnr


def paint(bundle, rng_seed=0, **options):
    rng = np.random.default_rng(rng_seed)
    line_art = rng.uniform(-1, 1, (1, 1, 64, 96)).astype(np.float32)
    hints = rng.uniform(-1, 1, (1, 4, 16, 24)).astype(np.float32)
    with OpenVinoBackend(bundle, **options) as backend:
        return backend.paint(backend.encode(line_art), hints)


@pytest.mark.parametrize("channels", [2, 8, 12, WIDE])
def test_packed_groups_paint_the_same_within_rounding(tiny_bundle, channels):
    usual = paint(tiny_bundle, precision="fp32", plan=Plan({}))
    packed = paint(tiny_bundle, precision="fp32", plan=Plan(dict.fromkeys((1, 2, 4, 8), channels)))
    np.testing.assert_allclose(packed, usual, atol=2e-5)


def test_the_exit_is_computed_before_the_last_shuffle_and_paints_the_same(tiny_bundle):
    from paintstorch_sdk.backends.openvino import CORE

    rng = np.random.default_rng(0)
    models = [CORE.read_model(tiny_bundle.file(PAINTER)) for _ in range(2)]
    shuffle_last(models[1])
    inputs = {
        port.get_any_name(): rng.normal(size=(1, port.get_partial_shape()[1].get_length(), *size)).astype(np.float32)
        for port, size in zip(models[0].inputs, [(16, 24), (8, 12), (4, 6), (16, 24), (32, 48), (64, 96)], strict=True)
    }
    usual, shuffled = (CORE.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}) for model in models)
    assert dict(find_convolutions(models[1]))["painter.exit"].get_output_partial_shape(0)[1] == 12
    np.testing.assert_allclose(shuffled(inputs)["color"], usual(inputs)["color"], atol=2e-5)


@pytest.mark.parametrize("without_bf16", ["", "1"])
def test_int8_is_near_fp32_and_is_not_fp32(tiny_bundle, tmp_path, monkeypatch, without_bf16):
    monkeypatch.setenv("PTS_NO_BF16", without_bf16)
    from paintstorch_sdk.backends.openvino import CORE

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
    "text", ["", "{}", '{"layers": []}', '{"layers": {"a": {"low": 1, "high": 2}}}', '{"layers": {"a": {"low": 0}}}']
)
def test_ranges_that_are_none_are_refused(tmp_path, text):
    (tmp_path / "int8.json").write_text(text)
    with pytest.raises(BundleError, match="expected"):
        Quantization.read(tmp_path / "int8.json")


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
