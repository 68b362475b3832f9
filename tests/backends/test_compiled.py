"""What OpenVINO compiled is kept in the user's cache, and mapped by the next process."""

import os

import numpy as np
import pytest

from paintstorch_sdk.backends import compiled, openvino, tuning
from paintstorch_sdk.backends.openvino import OpenVinoBackend, compile_graph


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.delenv(compiled.NO_CACHE)
    monkeypatch.setenv(tuning.FOLDER_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "compiled"


def paint(bundle, **options):
    rng = np.random.default_rng(1)
    lines = rng.uniform(-1, 1, (1, 1, 32, 64)).astype(np.float32)
    hints = rng.uniform(-1, 1, (1, 4, 8, 16)).astype(np.float32)
    with OpenVinoBackend(bundle, "fp32", threads=1, cached=True, **options) as backend:
        return backend.paint(backend.encode(lines), hints)


def files(folder):
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_the_second_time_nothing_is_compiled_and_the_picture_is_the_same(tiny_bundle, folder, monkeypatch):
    first = paint(tiny_bundle)
    assert len(files(folder)) == 2
    monkeypatch.setattr(openvino, "set_sums", lambda *_: pytest.fail("compiled again"))
    np.testing.assert_array_equal(paint(tiny_bundle), first)


def test_what_is_kept_is_opened_when_it_first_runs(tiny_bundle, folder, monkeypatch):
    first = paint(tiny_bundle)
    opened = []
    monkeypatch.setattr(
        openvino, "compile_graph", lambda _, name, **way: opened.append(name) or compile_graph(_, name, **way)
    )
    with OpenVinoBackend(tiny_bundle, "fp32", threads=1, cached=True) as backend:
        assert opened == []
        backend.encode(np.ones((1, 1, 32, 64), np.float32))
        assert opened == ["encoder.onnx"]
    np.testing.assert_array_equal(paint(tiny_bundle), first)
    assert opened == ["encoder.onnx", "encoder.onnx", "painter.onnx"]
    for file in files(folder):
        file.unlink()
    with OpenVinoBackend(tiny_bundle, "fp32", threads=1, cached=True):
        assert opened[3:] == ["encoder.onnx", "painter.onnx"]


def test_whoever_compiled_it_has_no_second_copy_of_the_weights(tiny_bundle, folder):
    graph = compile_graph(tiny_bundle, "painter.onnx", "fp32", tuning.Plan.usual("fp32"), cached=True)
    (file,) = files(folder)
    assert graph.mapped.size == file.stat().st_size


@pytest.mark.parametrize("content", [b"", b"not a graph", None])
def test_a_damaged_file_is_compiled_anew(tiny_bundle, folder, content):
    first = paint(tiny_bundle)
    for file in files(folder):
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    np.testing.assert_array_equal(paint(tiny_bundle), first)
    assert all(len(file.read_bytes()) > 1000 for file in files(folder))


def test_another_processor_model_and_precision_have_files_of_their_own(tiny_bundle, folder, monkeypatch):
    here = compiled.find_file(tiny_bundle, openvino.probe(), "painter.onnx", "fp32")
    assert here != compiled.find_file(tiny_bundle, openvino.probe(), "painter.onnx", "bf16")
    monkeypatch.setattr(tuning, "find_processor", lambda: ("another", set()))
    assert here != compiled.find_file(tiny_bundle, openvino.probe(), "painter.onnx", "fp32")


def test_a_cache_that_cannot_be_written_is_no_error(tiny_bundle, folder):
    folder.parent.mkdir()
    folder.write_text("a file in its place", "utf-8")
    assert np.isfinite(paint(tiny_bundle)).all()


def test_it_can_be_switched_off(tiny_bundle, folder, monkeypatch):
    monkeypatch.setenv(compiled.NO_CACHE, "1")
    paint(tiny_bundle)
    assert files(folder) == []


def test_those_that_nobody_used_for_long_go(tiny_bundle, folder, monkeypatch):
    monkeypatch.setattr(compiled, "MOST", 2)
    folder.mkdir(parents=True)
    old = folder / f"old{compiled.ENDING}"
    old.write_bytes(b"old")
    os.utime(old, (1, 1))
    paint(tiny_bundle)
    assert len(files(folder)) == 2
    assert not old.exists()


def test_what_is_measured_with_options_is_not_kept(tiny_bundle, folder):
    compile_graph(tiny_bundle, "encoder.onnx", "fp32", tuning.Plan.usual("fp32"), options={"PERF_COUNT": True})
    assert files(folder) == []
