"""The model repository, read with Triton's own protobuf definition."""

import json
import shutil

import onnx
import pytest
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import DataType, ModelConfig

from paintstorch_sdk.bundle import ENCODER, MANIFEST, PAINTER, WEIGHTS, Bundle, sha256, write_manifest
from paintstorch_sdk.errors import BundleError, InputError
from paintstorch_sdk.export.extend import extend_bundle
from paintstorch_sdk.export.triton import write_repository
from paintstorch_sdk.gpu.engine_key import HALF, EngineKey, Profile, this_system
from support.cli import Runner, hint_layer, line_art

TYPES = {onnx.TensorProto.FLOAT: DataType.TYPE_FP32, onnx.TensorProto.FLOAT16: DataType.TYPE_FP16}


@pytest.fixture(scope="module")
def half_bundle(tiny_bundle, tmp_path_factory):
    """`tiny_bundle` with FP16 graphs."""
    examples = [(line_art(), hint_layer())]
    return extend_bundle(tiny_bundle, tmp_path_factory.mktemp("triton") / "half", examples=examples, size=64)


def configs(folder):
    return {
        path.parent.name: text_format.Parse(path.read_text(), ModelConfig()) for path in folder.glob("*/config.pbtxt")
    }


def check_like_graph(config, path):
    graph = onnx.load(str(path), load_external_data=False).graph
    for listed, values in ((config.input, graph.input), (config.output, graph.output)):
        assert [(t.name, t.data_type, list(t.dims)) for t in listed] == [
            (
                value.name,
                TYPES[value.type.tensor_type.elem_type],
                [-1 if d.dim_param else d.dim_value for d in value.type.tensor_type.shape.dim][1:],
            )
            for value in values
        ]


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_models_are_those_of_the_graphs(tiny_bundle, half_bundle, tmp_path, precision):
    bundle = half_bundle if precision == "fp16" else tiny_bundle
    write_repository(bundle, tmp_path / "repository")
    found = configs(tmp_path / "repository")
    assert set(found) == {"tiny", "tiny_encoder", "tiny_painter"}
    for graph in (ENCODER, PAINTER):
        name = f"tiny_{graph.removesuffix('.onnx')}"
        config, place = found[name], tmp_path / "repository" / name / "1"
        served = HALF[graph] if precision == "fp16" else graph
        assert (config.name, config.backend, config.max_batch_size) == (name, "onnxruntime", 8)
        assert sha256(place / config.default_model_filename) == sha256(bundle.file(served))
        onnx.checker.check_model(str(place / "model.onnx"))  # finds the weights beside it
        check_like_graph(config, place / "model.onnx")
        assert config.HasField("dynamic_batching")
        assert [group.count for group in config.instance_group] == [1]
        (warm_up,) = config.model_warmup
        for value in config.input:
            warm = warm_up.inputs[value.name]
            assert (warm.data_type, warm.zero_data) == (value.data_type, True)
            assert all(asked in (-1, given) for asked, given in zip(value.dims, warm.dims, strict=True))


def test_the_ensemble_leads_from_line_art_and_hints_to_color(half_bundle, tmp_path):
    write_repository(half_bundle, tmp_path / "repository", "mine")
    found = configs(tmp_path / "repository")
    ensemble = found["mine"]
    assert (tmp_path / "repository" / "mine" / "1").is_dir()
    assert ensemble.platform == "ensemble"
    assert [(value.name, value.data_type) for value in ensemble.input] == [
        ("line_art", DataType.TYPE_FP32), ("hints", DataType.TYPE_FP32),
    ]  # fmt: skip
    assert [(value.name, list(value.dims)) for value in ensemble.output] == [("color", [3, -1, -1])]
    known = {value.name for value in ensemble.input}
    for step in ensemble.ensemble_scheduling.step:
        model = found[step.model_name]
        assert set(step.input_map) == {value.name for value in model.input}
        assert set(step.input_map.values()) <= known  # every tensor was made before it is read
        assert set(step.output_map) == {value.name for value in model.output}
        known |= set(step.output_map.values())
    assert "color" in known


def with_engines(bundle, folder, content=b"plan"):
    """A bundle that lists engines of flavor tensorrt for two GPUs, as built on those machines."""
    shutil.copytree(bundle.path, folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    for graph in ("encoder", "painter"):
        for target in ("sm89", "sm120"):
            key = EngineKey(
                graph,
                manifest["files"][HALF[f"{graph}.onnx"]]["sha256"],
                manifest["files"][WEIGHTS]["sha256"],
                *("tensorrt", "11.0", target, this_system(), "fp16", str(Profile()), 1 << 30),
            )
            (folder / key.file).write_bytes(b"plan")
            manifest["engines"].append({"key": vars(key), "file": key.file, "sha256": sha256(folder / key.file)})
            (folder / key.file).write_bytes(content)
    write_manifest(folder, manifest)
    return Bundle.open(folder)


def test_plans_are_named_by_compute_capability(half_bundle, tmp_path):
    write_repository(with_engines(half_bundle, tmp_path / "bundle"), tmp_path / "repository")
    for name, config in configs(tmp_path / "repository").items():
        if name != "tiny":
            assert config.backend == "tensorrt"
            assert dict(config.cc_model_filenames) == {"8.9": "sm89.plan", "12.0": "sm120.plan"}
            place = tmp_path / "repository" / name / "1"
            assert sorted(path.name for path in place.iterdir()) == ["sm120.plan", "sm89.plan"]


def test_a_tampered_plan_is_not_served(half_bundle, tmp_path):
    bundle = with_engines(half_bundle, tmp_path / "bundle", b"other")
    with pytest.raises(BundleError, match="will not be loaded"):
        write_repository(bundle, tmp_path / "repository")
    assert not (tmp_path / "repository").exists()


@pytest.mark.parametrize("name", ["../out", "a b", ".hidden"])
def test_names_that_are_no_folder(half_bundle, tmp_path, name):
    with pytest.raises(InputError, match="Triton model name"):
        write_repository(half_bundle, tmp_path / "repository", name)


def test_the_command(tiny_bundle, tmp_path, monkeypatch, capsys):
    result = Runner(monkeypatch, capsys)("export", tiny_bundle.path, "--triton", tmp_path / "repository")
    assert (result.code, result.err) == (0, "")
    assert set(configs(tmp_path / "repository")) == {"tiny", "tiny_encoder", "tiny_painter"}


def test_the_command_takes_a_bundled_model_by_its_name(tmp_path, monkeypatch, capsys):
    result = Runner(monkeypatch, capsys)("export", "default", "--triton", tmp_path / "repository")
    assert (result.code, result.err) == (0, "")
    assert "default" in configs(tmp_path / "repository")
