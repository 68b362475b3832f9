"""Engines without weights, engines for more GPUs than one, and TensorRT's timing cache."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from paintstorch_sdk.bundle import MANIFEST, Bundle, sha256, write_manifest
from paintstorch_sdk.errors import BackendError, InputError
from paintstorch_sdk.export.engines.assembly import EngineRequest, keep_engines
from paintstorch_sdk.export.engines.engine_builder import _read_timing, build_engine, import_tensorrt
from paintstorch_sdk.export.engines.refit import refit_engine
from paintstorch_sdk.export.extend import extend_bundle
from paintstorch_sdk.gpu.engine_key import HALF, EngineKey, Profile, engine_file, list_engines, this_system
from support.cli import Runner, hint_layer, line_art

EXAMPLES = [(line_art(), hint_layer())]
TARGET = "sm89"


HERE = Path("/dev/nvidiactl").exists()  # a GPU
NO_GPU = pytest.mark.skipif(HERE, reason="there is a GPU here, which can do it")
GPU = pytest.mark.skipif(not HERE, reason="needs a CUDA device: not yet run")


@pytest.fixture(scope="module")
def half_bundle(tiny_bundle, tmp_path_factory):
    """`tiny_bundle` with FP16 graphs. Not to be written to: copy it."""
    return extend_bundle(tiny_bundle, tmp_path_factory.mktemp("refit") / "half", examples=EXAMPLES, size=64)


def key_of(bundle, request, graph="encoder"):
    return request.key(f"{graph}.onnx", TARGET, bundle.manifest["files"])


def listing(bundle, folder, *keys):
    """A copy of a bundle that lists engines under these keys, whatever is in them."""
    shutil.copytree(bundle.path, folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    for key in keys:
        (folder / key.file).write_bytes(key.file.encode())
        digest = sha256(folder / key.file)
        manifest["engines"].append({"file": key.file, "key": asdict(key), "sha256": digest, "bytes": len(key.file)})
    write_manifest(folder, manifest)
    return Bundle.open(folder)


# Keys


def test_an_engine_without_weights_has_one_key_for_all_weights(half_bundle):
    request = EngineRequest((TARGET,), strip=True)
    files = json.loads(json.dumps(half_bundle.manifest["files"]))
    key = request.key("encoder.onnx", TARGET, files)
    files["weights.safetensors"]["sha256"] = "0" * 64
    assert request.key("encoder.onnx", TARGET, files) == key
    assert key.stripped
    full = EngineRequest((TARGET,))
    assert full.key("encoder.onnx", TARGET, files) != key_of(half_bundle, full)
    assert not key_of(half_bundle, full).stripped
    names = {key_of(half_bundle, one).file for one in (request, full, EngineRequest((TARGET,), refit=True))}
    assert len(names) == 3
    assert all(name.endswith(".engine") for name in names)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": ()}, "expected at least one target"),
        ({"strip": True, "refit": True}, "expected --strip-weights or --refit, received both"),
        ({"compatible": "all", "flavor": "tensorrt"}, "expected one of ampere.*, received 'all'"),
        ({"compatible": "ampere+"}, "expected flavor tensorrt, received rtx"),
    ],
)
def test_requests_that_are_none(options, message):
    with pytest.raises(InputError, match=message):
        EngineRequest(**{"targets": (TARGET,)} | options)


def test_options_that_need_another(half_bundle, tmp_path, monkeypatch, capsys):
    pts = Runner(monkeypatch, capsys)
    for option in ("--strip-weights", "--refit"):
        result = pts("export", half_bundle.path, "-o", tmp_path / "out", "--fp16", option)
        assert (result.code, len(result.errors)) == (2, 1)
        assert "expected --tensorrt with them" in result.err


# Which one runs here


def wanted(bundle):
    return engine_file(bundle, "encoder", flavor="rtx", version=import_tensorrt("rtx").__version__, target=TARGET)


def test_a_stripped_engine_is_not_loaded_but_its_remedy_is_named(half_bundle, tmp_path):
    stripped = key_of(half_bundle, EngineRequest((TARGET,), strip=True))
    with pytest.raises(BackendError, match=r"has no weights; put them in: pts export .* --tensorrt --refit"):
        wanted(listing(half_bundle, tmp_path / "a", stripped))
    filled = key_of(half_bundle, EngineRequest((TARGET,), refit=True))
    both = listing(half_bundle, tmp_path / "b", stripped, filled)
    assert wanted(both) == both.file(filled.file)
    of_others = replace(filled, weights_sha256="0" * 64)
    with pytest.raises(BackendError, match=r"no encoder engine .* it has engines with weights_sha256 0000"):
        wanted(listing(half_bundle, tmp_path / "c", of_others))


def test_engines_for_more_gpus_than_one(half_bundle, tmp_path):
    version = "10.13"
    own = replace(key_of(half_bundle, EngineRequest((TARGET,))), flavor="tensorrt", version=version, target="sm86")
    bundle = listing(half_bundle, tmp_path / "a", replace(own, flags="ampere+"))
    for target in ("sm80", "sm86", "sm89", "sm120"):
        assert engine_file(bundle, "encoder", flavor="tensorrt", version=version, target=target).is_file()
    with pytest.raises(BackendError, match="it has engines with target sm86"):
        engine_file(bundle, "encoder", flavor="tensorrt", version=version, target="sm75")
    plain = listing(half_bundle, tmp_path / "b", own)
    with pytest.raises(BackendError, match="it has engines with target sm86"):
        engine_file(plain, "encoder", flavor="tensorrt", version=version, target="sm89")


def test_a_stripped_engine_goes_along_to_other_weights(half_bundle, store, tmp_path):
    """To a fine-tuned model of the same graphs, and into the cache, where --refit finds it."""
    stripped = key_of(half_bundle, EngineRequest((TARGET,), strip=True))
    full = key_of(half_bundle, EngineRequest((TARGET,)))
    source = listing(half_bundle, tmp_path / "a", stripped, full)
    files = json.loads(json.dumps(source.manifest["files"]))
    files["weights.safetensors"]["sha256"] = "0" * 64
    (tmp_path / "tuned").mkdir()
    kept = keep_engines(source, tmp_path / "tuned", files)
    assert [entry["file"] for entry in kept] == [stripped.file]
    assert [entry.path.stem for entry in store.entries()] == [stripped.digest]


# Building and refitting


@NO_GPU
@pytest.mark.parametrize("graph", ["encoder.onnx", "painter.onnx"])
def test_without_a_gpu_the_library_builds_none_and_we_say_why(half_bundle, graph):
    with pytest.raises(BackendError) as caught:
        build_engine(half_bundle.file(HALF[graph]), "rtx", TARGET, Profile(), flags="stripped")
    assert "cannot build" in str(caught.value)
    assert "an engine without weights can be built only where its GPU is" in str(caught.value)
    assert "\n" not in str(caught.value)


@NO_GPU
def test_the_command_says_it_in_one_line_and_leaves_nothing(half_bundle, store, tmp_path, monkeypatch, capsys):
    pts = Runner(monkeypatch, capsys)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    line_art().save(pictures / "a.png")
    options = ("--tensorrt", "--target", TARGET, "--verify-images", pictures)
    result = pts("export", half_bundle.path, "-o", tmp_path / "out", *options, "--strip-weights")
    assert (result.code, len(result.errors)) == (2, 1)
    assert "or leave --strip-weights out" in result.err
    result = pts("export", half_bundle.path, "-o", tmp_path / "out", *options, "--refit")
    assert (result.code, len(result.errors)) == (2, 1)
    assert "there is no encoder engine without weights for rtx" in result.err
    assert "--tensorrt --strip-weights" in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "pictures"]
    assert store.entries() == []


@NO_GPU
def test_without_a_gpu_nothing_can_be_refitted(half_bundle, tmp_path):
    """The library loads the engine for it, which needs the driver."""
    graph = half_bundle.file(HALF["encoder.onnx"])
    path = tmp_path / "encoder.engine"
    path.write_bytes(build_engine(graph, "rtx", TARGET, Profile()).plan)
    with pytest.raises(
        BackendError, match=r"cannot load encoder.engine to put weights in: .*the GPU that the engine is"
    ):
        refit_engine(path, {}, graph, "rtx")


@GPU
def test_a_stripped_engine_is_smaller_and_refitted(half_bundle, store, tmp_path):
    """Built, filled with the bundle's weights, listed, found."""
    request = EngineRequest(("current",), strip=True)
    stripped = extend_bundle(half_bundle, tmp_path / "stripped", examples=EXAMPLES, size=64, engines=request)
    request = EngineRequest(("current",), refit=True)
    filled = extend_bundle(stripped, tmp_path / "filled", examples=EXAMPLES, size=64, engines=request)
    sizes = {EngineKey(**entry["key"]).flags: entry["bytes"] for entry in list_engines(filled)}
    assert sizes["stripped"] < sizes["refitted"]
    (target,) = {entry["key"]["target"] for entry in list_engines(filled)}
    for graph in ("encoder", "painter"):
        found = engine_file(filled, graph, flavor="rtx", version=import_tensorrt("rtx").__version__, target=target)
        assert "refitted" in found.name


@pytest.mark.filterwarnings("ignore:Use Deprecated in TensorRT-RTX:DeprecationWarning")
def test_the_timing_cache_is_read_where_it_is_of_this_gpu(tmp_path):
    """TensorRT's, on the API that both flavors share; TensorRT-RTX gives it, and does nothing with it."""
    trt = import_tensorrt("rtx")
    builder = trt.Builder(trt.Logger(trt.Logger.INTERNAL_ERROR))
    times = _read_timing(builder.create_builder_config(), tmp_path / "none.bin")
    path = tmp_path / "timing.bin"
    path.write_bytes(bytes(times.serialize()))
    again = _read_timing(builder.create_builder_config(), path)
    assert len(bytes(again.serialize())) == path.stat().st_size > 0


def test_a_timing_cache_of_another_gpu_is_not_used(tmp_path):
    """The library says so when it is attached."""
    path = tmp_path / "timing.bin"
    path.write_bytes(b"of another GPU")
    attached = []

    def attach(times, ignore_mismatch):
        assert not ignore_mismatch
        attached.append(times.content)
        return times.content == b""

    config = SimpleNamespace(create_timing_cache=lambda content: SimpleNamespace(content=content))
    config.set_timing_cache = attach
    assert _read_timing(config, path).content == b""
    assert attached == [b"of another GPU", b""]


def test_the_system_is_part_of_the_name(half_bundle):
    assert this_system() in key_of(half_bundle, EngineRequest((TARGET,))).file
