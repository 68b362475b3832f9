"""ONNX Runtime on CUDA, on a simulated GPU: its sessions run on the CPU, on the addresses that they were given."""

import ctypes
import inspect
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from PIL import Image, ImageDraw

import paintstorch_sdk as pts
from paintstorch_sdk.backend import Availability
from paintstorch_sdk.backends import onnxruntime as ort
from paintstorch_sdk.backends.onnxruntime_cuda import OrtGpuBackend
from paintstorch_sdk.backends.registry import open_backend
from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.gpu import device
from support.gpu import fetched, machine, on_gpu, with_engines

STROKE = pts.Stroke([(30, 30), (60, 50)], "#e8a0b4", 14)
REAL = onnxruntime.InferenceSession


class Session:
    """onnxruntime.InferenceSession where CUDA is there."""

    made = []  # noqa: RUF012 (of all sessions)

    def __init__(self, path, options, providers):
        ((self.provider, self.choices),) = providers
        self.session = REAL(path, options, providers=["CPUExecutionProvider"])
        self.get_inputs, self.get_outputs = self.session.get_inputs, self.session.get_outputs
        self.ids = []
        Session.made.append(self)

    def get_providers(self):
        return [self.provider, "CPUExecutionProvider"]

    def io_binding(self):
        return Binding()

    def run_with_iobinding(self, iobinding, run_options=None):
        assert run_options.get_run_config_entry("disable_synchronize_execution_providers") == "1"
        if self.choices["enable_cuda_graph"] == "1":
            self.ids.append(run_options.get_run_config_entry("gpu_graph_id"))
        feeds = {end.name: iobinding.view(end.name) for end in self.get_inputs()}
        for end, result in zip(self.get_outputs(), self.session.run(None, feeds), strict=True):
            iobinding.view(end.name)[...] = result


class Binding:
    def __init__(self):
        self.bound = {}

    def bind_input(self, name, device_type, device_id, element_type, shape, buffer_ptr):
        assert (device_type, device_id) == ("cuda", 0)
        self.bound[name] = element_type, shape, buffer_ptr

    bind_output = bind_input

    def view(self, name):
        element_type, shape, address = self.bound[name]
        size = int(np.prod(shape)) * np.dtype(element_type).itemsize
        return np.frombuffer((ctypes.c_uint8 * size).from_address(address), element_type).reshape(shape)


@pytest.fixture
def gpu(monkeypatch):
    Session.made.clear()
    monkeypatch.setattr(ort.ort, "InferenceSession", Session)
    monkeypatch.setattr(
        ort, "probe", lambda: Availability("onnxruntime", "1", (("cuda", ("fp16", "fp32")), ("cpu", ("fp32",))))
    )
    with machine(monkeypatch) as made:
        yield made
        monkeypatch.setattr(ort.ort, "InferenceSession", REAL)


def drawing():
    image = Image.new("L", (100, 75), 255)
    ImageDraw.Draw(image).ellipse((10, 5, 90, 70), outline=0, width=2)
    return image


@pytest.fixture(scope="module")
def expected(tiny_bundle):
    with pts.Colorizer(tiny_bundle, backend="openvino", precision="fp32", threads=1) as opened:
        return np.asarray(opened.colorize(drawing(), STROKE), int)


def test_the_picture_is_that_of_the_cpu(gpu, tiny_bundle, expected):
    with pts.Colorizer(tiny_bundle, backend="onnxruntime", device="cuda") as opened:
        assert isinstance(opened.backend, OrtGpuBackend)
        assert (opened.backend.device, opened.backend.precision) == ("cuda", "fp32")
        for _ in range(3):
            assert np.abs(np.asarray(opened.colorize(drawing(), STROKE), int) - expected).max() <= 1
        made = opened.colorize(on_gpu(drawing()), STROKE)
        assert np.abs(fetched(made).astype(int) - expected).max() <= 1
        for session in Session.made:
            assert session.choices["user_compute_stream"] == str(opened.backend.lanes[0].handle)
            assert session.choices["use_tf32"] == "0"
        del made


def test_a_soft_picture_of_kernels_and_one_with_flow(gpu, tiny_bundle, monkeypatch):
    looks = [(False, {"style": "soft", "exact": False}), (True, {})]
    for flow, look in looks:
        with pts.Colorizer(tiny_bundle, backend="openvino", precision="fp32", threads=1, flow=flow) as opened:
            expected = np.asarray(opened.colorize(drawing(), STROKE, **look), int)
        with pts.Colorizer(tiny_bundle, backend="onnxruntime", device="cuda", flow=flow) as opened:
            assert np.abs(np.asarray(opened.colorize(drawing(), STROKE, **look), int) - expected).max() <= 1


def test_it_runs_in_fp16_where_the_bundle_has_the_graphs(gpu, tiny_bundle, tmp_path):
    with_half = with_engines(tiny_bundle, tmp_path / "half")
    with open_backend(with_half, "onnxruntime", device="cuda") as opened:
        assert opened.precision == "fp16"
    with open_backend(with_half, "onnxruntime", "fp32", "cuda") as opened:
        assert opened.precision == "fp32"
    with pytest.raises(BackendError, match=r"has no FP16 graphs; add them: pts export .* --fp16"):
        open_backend(tiny_bundle, "onnxruntime", "fp16", "cuda")


def test_graphs_are_recorded_of_what_comes_again(gpu, tiny_bundle, expected):
    with pts.Colorizer(tiny_bundle, backend="onnxruntime", device="cuda", cuda_graphs=True) as opened:
        canvas = opened.canvas(drawing(), STROKE)
        assert np.abs(np.asarray(canvas.render(), int) - expected).max() <= 1
        for shift in range(3):  # unchanged hints are not painted again
            canvas.hints = [replace(STROKE, width=15 + shift)]
            canvas.render()
        encoder, painter = Session.made
        assert encoder.ids == ["-1"]
        assert painter.ids[0] == "-1"
        assert len(set(painter.ids[1:])) == 1
        assert painter.ids[-1] != "-1"


def test_without_pycuda_it_still_runs_on_cuda(gpu, tiny_bundle, monkeypatch):
    def missing(*_):
        raise BackendError("pycuda is not installed; pip install it")

    monkeypatch.setattr(device, "Gpu", missing)
    with open_backend(tiny_bundle, "onnxruntime", device="cuda") as opened:
        assert isinstance(opened, ort.OrtBackend)
        assert opened.device == "cuda"


def test_what_could_not_be_loaded_is_named(monkeypatch, tiny_bundle, capsys):
    """ONNX Runtime prints it, and stdout may be a picture's."""

    def preload():
        print("Failed to load libcudnn.so.9: no such file")  # noqa: T201

    ort._preload_libraries.cache_clear()
    monkeypatch.setattr(ort.ort, "preload_dlls", preload, raising=False)
    monkeypatch.setattr(ort, "probe", lambda: Availability("onnxruntime", "1", (("cuda", ("fp32",)),)))
    monkeypatch.setattr(
        ort.ort, "InferenceSession", lambda path, options, providers: REAL(path, options, ["CPUExecutionProvider"])
    )
    with pytest.raises(BackendError, match=r"granted CPUExecutionProvider \(Failed to load libcudnn.so.9.*\); check"):
        open_backend(tiny_bundle, "onnxruntime")
    ort._preload_libraries.cache_clear()
    assert capsys.readouterr().out == ""


def test_the_real_library_takes_these_arguments():
    binding = inspect.signature(onnxruntime.IOBinding.bind_input).parameters
    assert [*binding][1:] == [*inspect.signature(Binding().bind_input).parameters]
    output = inspect.signature(onnxruntime.IOBinding.bind_output).parameters
    assert [*output][1:] == [*binding][1:]
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("gpu_graph_id", "-1")
    assert options.get_run_config_entry("gpu_graph_id") == "-1"
