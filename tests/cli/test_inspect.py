"""`pts inspect`, of everything that can be inspected."""

import json
import shutil

import onnx
import pytest

from paintstorch_sdk.backends.tuning import Plan, Tuning
from paintstorch_sdk.bundle import sha256
from paintstorch_sdk.errors import ModelError
from paintstorch_sdk.export.extend import extend_bundle
from paintstorch_sdk.export.inspection import describe_model
from paintstorch_sdk.gpu import engine_cache as cache_module
from paintstorch_sdk.gpu.engine_cache import Cache
from paintstorch_sdk.gpu.engine_key import HALF
from support.cli import Runner, hint_layer, line_art

RECORD = {
    "key": {"graph": "painter", "flavor": "rtx", "version": "1.0", "target": "sm89"},
    "seconds": 1.5,
    "tensors": {"hints": "fp32"},
    "layers": {"count": 2, "kinds": {"kgen": 2}, "output_types": {"half": 1, "float": 1}, "not_half": ["cast"]},
}


@pytest.fixture(scope="module")
def half_bundle(tiny_bundle, tmp_path_factory):
    """`tiny_bundle` with FP16 graphs."""
    examples = [(line_art(), hint_layer())]
    return extend_bundle(tiny_bundle, tmp_path_factory.mktemp("inspect") / "half", examples=examples, size=64)


@pytest.fixture
def pts(monkeypatch, capsys):
    return Runner(monkeypatch, capsys)


def test_a_bundle(half_bundle, tiny_checkpoint):
    document = describe_model(str(half_bundle.path), 512, 512)
    networks = (tiny_checkpoint.generator, tiny_checkpoint.features)
    assert document["kind"] == "bundle"
    assert document["parameters"] == sum(p.numel() for network in networks for p in network.parameters())
    assert sum(stage["share"] for stage in document["stages"]) == pytest.approx(1)
    assert [stage["stage"] for stage in document["stages"]][-6:] == [
        "enc4", "stage4", "stage3", "stage2", "stage1", "exit",
    ]  # fmt: skip
    assert document["precisions"]["graphs"] == ["fp32", "fp16"]
    assert [graph["fp16_share"] for graph in document["graphs"]] == [0, 0, 1, 1]
    assert document["files"]["encoder.onnx"]["sha256"] == sha256(half_bundle.file("encoder.onnx"))
    assert document["license"] == "Apache-2.0"
    assert document["fp16"]["verification"]["psnr"] > 45
    json.dumps(document)


def test_how_a_bundle_was_tuned_here(tiny_bundle, pts, monkeypatch):
    plans = {"fp32": Plan({2: 16}, 2), "int8": Plan({})}
    found = Tuning("int8", plans, {name: {"milliseconds": 9.5} for name in plans})
    monkeypatch.setattr("paintstorch_sdk.export.inspection.find_tuning", lambda *_: found)
    shown = " ".join(pts("inspect", tiny_bundle.path).out.split())
    assert "fp32: 9.5 ms, groups of 2 to 16, 2 threads, one stream" in shown
    assert "int8, the fastest: 9.5 ms, groups as they are, one stream" in shown


def test_operations_grow_with_the_size(tiny_bundle):
    small, large = (describe_model(str(tiny_bundle.path), *size)["operations"] for size in ((64, 64), (128, 256)))
    assert large == 8 * small


def test_a_graph(half_bundle):
    document = describe_model(str(half_bundle.file(HALF["painter.onnx"])), 64, 96)
    assert document["inputs"]["hints"] == {"type": "fp32", "shape": ["batch", 4, "height/4", "width/4"]}
    assert document["inputs"]["stage4"] == {"type": "fp16", "shape": ["batch", 64, "height/16", "width/16"]}
    assert document["outputs"] == {"color": {"type": "fp32", "shape": ["batch", 3, "height", "width"]}}
    assert document["operators"]["Conv"] == 135
    assert document["not_fp16"] == []


@pytest.mark.parametrize("content", [b"", b"\x08\x01garbage", None])
def test_no_graph_of_ours(tmp_path, content):
    path = tmp_path / "other.onnx"
    if content is None:
        value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n"])
        node = onnx.helper.make_node("Relu", ["x"], ["y"])
        other = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n"])
        onnx.save(onnx.helper.make_model(onnx.helper.make_graph([node], "g", [value], [other])), path)
    else:
        path.write_bytes(content)
    with pytest.raises(ModelError, match="expected a graph that pts export wrote"):
        describe_model(str(path), 64, 64)


def test_an_engine_of_the_cache(monkeypatch, tmp_path, pts):
    monkeypatch.setenv(cache_module.FOLDER_VARIABLE, str(tmp_path))
    with Cache().engine("a", lambda: (b"engine", RECORD)) as entry:
        path = entry.path
    document = describe_model(str(path), 64, 64)
    assert (document["kind"], document["key"]["target"], document["bytes"]) == ("engine", "sm89", 6)
    shown = pts("inspect", path)
    assert (shown.code, shown.err) == (0, "")
    assert "1 half, 1 float" in shown.out
    path.write_bytes(b"enginf")
    with pytest.raises(ModelError, match="damaged or was changed"):
        describe_model(str(path), 64, 64)


def test_an_engine_that_nobody_listed(tmp_path, tiny_bundle):
    shutil.copytree(tiny_bundle.path, tmp_path / "bundle")
    path = tmp_path / "bundle" / "painter.engine"
    with pytest.raises(ModelError, match="no such file"):
        describe_model(str(path), 64, 64)
    path.write_bytes(b"engine")
    with pytest.raises(ModelError, match="nothing is known of it"):
        describe_model(str(path), 64, 64)


def test_the_command_prints_tables_and_json(half_bundle, pts):
    shown = pts("inspect", half_bundle.path, "--size", "64x96")
    assert (shown.code, shown.err) == (0, "")
    for text in ("0.42 M parameters", "stage4", "GFLOP at 64x96", "painter.fp16.onnx", "Apache-2.0", "in fp32"):
        assert text in shown.out
    document = json.loads(pts("inspect", half_bundle.path, "--json", "--size", "64").out)
    assert document["size"] == [64, 64]
    assert "135 Conv" in pts("inspect", half_bundle.file("painter.onnx")).out


@pytest.mark.parametrize(("size", "message"), [("64x64x64", "expected HEIGHTxWIDTH"), ("33", "sides of a multiple")])
def test_sizes_that_are_none(tiny_bundle, pts, size, message):
    result = pts("inspect", tiny_bundle.path, "--size", size)
    assert result.code == 2
    assert message in result.err
