"""Models without local features: exported from a checkpoint whose F1 died, and run by every backend."""

import copy
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from safetensors.numpy import load_file

from paintstorch_sdk.backends.registry import open_backend, open_drawer
from paintstorch_sdk.bundle import ENCODER, G2, PAINTER, WEIGHTS
from paintstorch_sdk.export.bundle_writer import drop_idle_features, write_bundle
from paintstorch_sdk.export.fp16.half import to_half
from paintstorch_sdk.export.triton import write_repository
from paintstorch_sdk.networks import checkpoint as checkpoints
from paintstorch_sdk.networks import model
from support.cli import hint_layer, line_art
from support.gpu import machine, with_engines


@pytest.fixture(scope="module")
def dead(tiny_checkpoint):
    """A checkpoint with G2 whose F1 gives zeros, though its weights are there."""
    features = copy.deepcopy(tiny_checkpoint.features)
    torch.nn.init.constant_(features.convs[-1].bias, -1e4)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        g2 = tiny_checkpoint.architecture.build_g2().eval()
    return replace(tiny_checkpoint, features=features, g2=g2)


@pytest.fixture(scope="module")
def lean(dead, tmp_path_factory):
    return write_bundle(
        dead,
        tmp_path_factory.mktemp("lean") / "bundle",
        name="lean",
        license="CC0-1.0",
        working_size=64,
        examples=[(line_art(), hint_layer())],
    )


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(5)
    shapes = {"line_art": (2, 1, 32, 96), "hints": (2, 4, 8, 24), "picture": (2, 3, 32, 96)}
    return {name: rng.uniform(-1, 1, shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
@torch.inference_mode()
def painted(dead, inputs):
    """What the whole checkpoint paints."""
    x, h = (torch.from_numpy(inputs[name]) for name in ("line_art", "hints"))
    return dead.generator(x, h, dead.features(x)).numpy()


def test_the_bundle_has_nothing_of_f1_and_says_so(lean):
    assert lean.manifest["architecture"] == {"width": 8, "feature_width": 0}
    left_out = lean.manifest["features_left_out"]
    assert (left_out["width"], left_out["pictures"]) == (8, 1)
    assert left_out["psnr"] >= 120  # 200 where not a bit differs; on some processors sums are rounded another way
    assert "stage4" not in lean.partial_sums
    for name in (ENCODER, PAINTER, G2):
        graph = onnx.load(str(lean.file(name)), load_external_data=False).graph
        described = lean.manifest["graphs"][name.removesuffix(".onnx")]
        assert {value.name for value in graph.input} == set(described["inputs"])
        assert {value.name for value in graph.output} == set(described["outputs"])
        assert "stage4" not in {*described["inputs"], *described["outputs"]}
    assert not [name for name in load_file(lean.file(WEIGHTS)) if "features" in name or "to_stage4" in name]


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino", "eager"])
def test_every_backend_paints_what_the_whole_checkpoint_painted(lean, inputs, painted, backend):
    with open_backend(lean, backend, "fp32", threads=1) as opened:
        color = opened.paint(opened.encode(inputs["line_art"]), inputs["hints"])
    assert painted.std() > 0.02
    assert np.abs(color - painted).max() < 2e-3  # the weights are rounded to fp16


def test_engines_without_the_sum_are_run(lean, inputs, painted, monkeypatch, tmp_path):
    monkeypatch.setenv("PAINTSTORCH_CACHE", str(tmp_path / "cache"))
    with (
        machine(monkeypatch, ("rtx",)),
        open_backend(with_engines(lean, tmp_path / "rtx", "rtx"), "tensorrt") as opened,
    ):
        color = opened.paint(opened.encode(inputs["line_art"]), inputs["hints"])
    assert np.abs(color - painted).max() < 2e-3


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_g2_draws_without_features(lean, dead, inputs, backend):
    given = [inputs[name] for name in ("picture", "hints", "line_art")]
    drawn = open_drawer(lean, backend, "fp32", threads=1).draw(*given)
    with torch.inference_mode():
        picture, hints, lines = map(torch.from_numpy, given)
        expected = dead.g2(picture, hints, dead.features(lines)).numpy()
    assert np.abs(drawn - expected).max() < 2e-3


def test_fp16_graphs_and_the_repository_of_triton_have_no_such_tensor(lean, tmp_path):
    half = to_half(onnx.load(str(lean.file(ENCODER)), load_external_data=False))
    types = {value.name: value.type.tensor_type.elem_type for value in half.graph.output}
    assert types == dict.fromkeys(lean.partial_sums, onnx.TensorProto.FLOAT16)
    write_repository(lean, tmp_path / "repository")
    assert "stage4" not in "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.pbtxt"))


def test_a_lean_model_is_loaded_and_saved_as_it_is(lean, tmp_path):
    loaded = model.load_networks(lean.path)
    assert loaded.architecture == checkpoints.Architecture(8, 0)
    checkpoints.save(tmp_path / "c.safetensors", loaded.generator, loaded.features, {}, loaded.g2)
    again = checkpoints.load(tmp_path / "c.safetensors")
    assert again.architecture == loaded.architecture
    assert torch.equal(again.generator.stage4.entry.weight, loaded.generator.stage4.entry.weight)


def test_an_f1_that_answers_stays(tiny_checkpoint, caplog):
    kept, record = drop_idle_features(tiny_checkpoint, [(line_art(), None)], 64)
    assert kept is tiny_checkpoint
    assert (record, caplog.text) == ({}, "")
