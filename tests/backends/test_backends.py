import importlib.metadata
import os
import shutil
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from paintstorch_sdk import backend as base
from paintstorch_sdk import backends
from paintstorch_sdk.backend import Availability, Encoded, choose
from paintstorch_sdk.backends import onnxruntime as ort
from paintstorch_sdk.backends import openvino as ov
from paintstorch_sdk.backends import registry
from paintstorch_sdk.backends import torch_eager as eager
from paintstorch_sdk.backends.registry import BACKENDS, open_backend, probe
from paintstorch_sdk.bundle import Bundle, partial_sums
from paintstorch_sdk.errors import BackendError, InputError
from paintstorch_sdk.imaging.metrics import psnr

RUNS = [("onnxruntime", "fp32"), ("openvino", "fp32"), ("eager", "fp32")]


def line_art(rng, batch, height, width):
    """Lines, not noise: what the networks were trained on."""
    paper = np.ones((batch, 1, height, width), np.float32)
    for drawing in paper:
        for _ in range(8):
            y, x = rng.integers(0, height), rng.integers(0, width)
            drawing[0, y : y + 2] = rng.uniform(-1, 0)
            drawing[0, :, x : x + 2] = rng.uniform(-1, 0)
    return paper


def hint_maps(rng, batch, height, width):
    maps = np.zeros((batch, 4, height // 4, width // 4), np.float32)
    for hint_map in maps:
        for _ in range(5):
            y, x = rng.integers(0, height // 4), rng.integers(0, width // 4)
            hint_map[:3, y : y + 6, x : x + 6] = rng.uniform(-1, 1, (3, 1, 1))
            hint_map[3, y : y + 6, x : x + 6] = 1
    return maps


def painted(backend, lines, hints):
    return backend.paint(backend.encode(lines), hints)


@pytest.fixture(scope="module", params=RUNS, ids=lambda run: " ".join(run))
def backend(request, tiny_bundle):
    with open_backend(tiny_bundle, *request.param, threads=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def tiny_ort(tiny_bundle):
    with open_backend(tiny_bundle, "onnxruntime", threads=1) as opened:
        yield opened


class TestAgreement:
    @pytest.mark.parametrize(("batch", "height", "width"), [(1, 32, 32), (5, 96, 160), (1, 352, 544), (2, 64, 512)])
    def test_with_onnxruntime(self, backend, tiny_ort, rng, batch, height, width):
        lines, hints = line_art(rng, batch, height, width), hint_maps(rng, batch, height, width)
        color = painted(backend, lines, hints)
        assert color.dtype == np.float32
        assert color.shape == (batch, 3, height, width)
        assert np.abs(color).max() <= 1
        assert color.std() > 1e-3
        assert np.abs(color - painted(tiny_ort, lines, hints)).max() < 1e-4

    def test_a_whole_frame_of_1920_by_1080(self, tiny_bundle, tiny_ort, rng):
        lines, hints = line_art(rng, 1, 1088, 1920), hint_maps(rng, 1, 1088, 1920)
        with open_backend(tiny_bundle, "openvino", "fp32", threads=1) as openvino:
            color = painted(openvino, lines, hints)
        assert color.shape == (1, 3, 1088, 1920)
        assert np.abs(color - painted(tiny_ort, lines, hints)).max() < 1e-4

    def test_a_batch_is_its_frames(self, backend, rng):
        lines, hints = line_art(rng, 3, 64, 96), hint_maps(rng, 3, 64, 96)
        together = painted(backend, lines, hints)
        for i in range(3):
            alone = painted(backend, lines[i : i + 1], hints[i : i + 1])
            assert np.abs(together[i] - alone[0]).max() < 1e-5

    def test_hints_change_the_picture_and_lines_do(self, backend, rng):
        lines, hints = line_art(rng, 1, 64, 64), hint_maps(rng, 1, 64, 64)
        color = painted(backend, lines, hints)
        assert np.abs(painted(backend, lines, np.zeros_like(hints)) - color).max() > 1e-3
        assert np.abs(painted(backend, np.ones_like(lines), hints) - color).max() > 1e-3

    def test_the_bundled_model(self, rng):
        """Every backend and precision that runs here, at a size that is not square."""
        bundle = Bundle.open()
        lines, hints = line_art(rng, 1, 352, 544), hint_maps(rng, 1, 352, 544)
        with open_backend(bundle, "eager", "fp32", "cpu") as reference:
            expected = painted(reference, lines, hints)
        precisions = {name: dict(probe(name).devices)["cpu"] for name in ("onnxruntime", "openvino")}
        assert all("fp32" in offered for offered in precisions.values())
        for name, offered in precisions.items():
            for precision in [one for one in offered if one != "int8"]:  # its gate is on line art, not on noise
                with open_backend(bundle, name, precision, "cpu") as opened:
                    color = painted(opened, lines, hints)
                if precision == "fp32":
                    assert np.abs(color - expected).max() < 1e-4, name
                else:
                    assert psnr(color, expected, peak=2.0) >= 40, (name, precision)

    def test_bf16_in_batches(self, tiny_bundle, tiny_ort, rng):
        """In torch, which computes in it on every processor; OpenVINO's follows where it is offered."""
        lines, hints = line_art(rng, 5, 64, 96), hint_maps(rng, 5, 64, 96)
        expected = painted(tiny_ort, lines, hints)
        runs = [("eager", "bf16")]
        runs += [("openvino", "bf16")] if "bf16" in dict(probe("openvino").devices)["cpu"] else []
        for run in runs:
            with open_backend(tiny_bundle, *run, "cpu") as opened:
                assert opened.precision == "bf16"
                assert psnr(painted(opened, lines, hints), expected, peak=2.0) >= 40


class TestContract:
    def test_what_it_is(self, backend):
        assert backend.name in BACKENDS
        assert (backend.device, backend.precision) == ("cpu", "fp32")

    def test_one_encoding_serves_many_hints(self, backend, rng):
        lines = line_art(rng, 1, 64, 64)
        encoded = backend.encode(lines)
        assert encoded.shape == (1, 64, 64)
        first, second = hint_maps(rng, 1, 64, 64), hint_maps(rng, 1, 64, 64)
        a = backend.paint(encoded, first)
        kept = a.copy()
        b = backend.paint(encoded, second)
        assert np.array_equal(a, kept)  # the caller owns what it was given
        assert not np.array_equal(a, b)
        assert np.array_equal(backend.paint(encoded, first), kept)
        a[:] = 0  # and may write to it
        assert np.array_equal(backend.paint(encoded, first), kept)

    def test_what_was_passed_in_may_change_afterwards(self, backend, rng):
        lines, hints = line_art(rng, 1, 64, 64), hint_maps(rng, 1, 64, 64)
        expected = painted(backend, lines, hints)
        passed = lines.copy()
        encoded = backend.encode(passed)
        passed[:] = 0
        assert np.array_equal(backend.paint(encoded, hints), expected)

    def test_arrays_that_are_read_only_or_not_contiguous(self, backend, rng):
        lines, hints = line_art(rng, 1, 64, 96), hint_maps(rng, 1, 64, 96)
        expected = painted(backend, lines, hints)
        lines.flags.writeable = hints.flags.writeable = False
        assert np.array_equal(painted(backend, lines, hints), expected)
        strided = np.ones((1, 1, 96, 64), np.float32).transpose(0, 1, 3, 2)
        strided[:] = lines
        planar = np.ascontiguousarray(hints.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
        assert np.array_equal(painted(backend, strided, planar), expected)

    def test_the_line_art_is_not_written_to(self, backend, rng):
        lines, hints = line_art(rng, 1, 64, 64), hint_maps(rng, 1, 64, 64)
        before = lines.copy(), hints.copy()
        painted(backend, lines, hints)
        assert np.array_equal(lines, before[0])
        assert np.array_equal(hints, before[1])

    @pytest.mark.parametrize(
        ("shape", "dtype"),
        [
            ((1, 1, 64, 64), np.float64),
            ((1, 1, 64, 64), np.float16),
            ((1, 1, 64, 64), np.uint8),
            ((64, 64), np.float32),
            ((1, 64, 64), np.float32),
            ((1, 3, 64, 64), np.float32),
            ((0, 1, 64, 64), np.float32),
            ((1, 1, 0, 64), np.float32),
            ((1, 1, 16, 64), np.float32),
            ((1, 1, 64, 63), np.float32),
            ((1, 1, 333, 517), np.float32),
            ((1, 1, 64, 64, 1), np.float32),
        ],
    )
    def test_line_art_of_another_shape_or_type(self, tiny_ort, shape, dtype):
        with pytest.raises(InputError, match=r"line art: expected .* received") as caught:
            tiny_ort.encode(np.zeros(shape, dtype))
        assert str(shape) in str(caught.value)

    @pytest.mark.parametrize(
        ("shape", "dtype"),
        [
            ((2, 4, 16, 24), np.float32),
            ((1, 3, 16, 24), np.float32),
            ((1, 4, 24, 16), np.float32),
            ((1, 4, 64, 96), np.float32),
            ((4, 16, 24), np.float32),
            ((1, 4, 16, 24), np.float64),
        ],
    )
    def test_hints_of_another_shape_or_type(self, tiny_ort, shape, dtype):
        encoded = tiny_ort.encode(np.zeros((1, 1, 64, 96), np.float32))
        with pytest.raises(InputError, match=r"hints: expected float32 \(1, 4, 16, 24\), received"):
            tiny_ort.paint(encoded, np.zeros(shape, dtype))

    def test_a_handle_of_another_backend(self, backend, tiny_bundle):
        lines, hints = np.zeros((1, 1, 64, 64), np.float32), np.zeros((1, 4, 16, 16), np.float32)
        with open_backend(tiny_bundle, "onnxruntime") as other:
            encoded = other.encode(lines)
            with pytest.raises(InputError, match="another backend's"):
                backend.paint(encoded, hints)
            with pytest.raises(InputError, match="another backend's"):
                other.paint(backend.encode(lines), hints)

    @pytest.mark.parametrize("run", RUNS, ids=" ".join)
    def test_a_closed_backend(self, tiny_bundle, run):
        lines, hints = np.zeros((1, 1, 64, 64), np.float32), np.zeros((1, 4, 16, 16), np.float32)
        with open_backend(tiny_bundle, *run) as opened:
            encoded = opened.encode(lines)
        for call in (lambda: opened.encode(lines), lambda: opened.paint(encoded, hints)):
            with pytest.raises(BackendError, match=f"the {run[0]} backend was closed; make a new Colorizer"):
                call()
        opened.close()

    def test_eight_threads_paint_what_one_does(self, backend, rng):
        jobs = [
            (line_art(rng, 1, h, w), hint_maps(rng, 1, h, w)) for h, w in ((64, 64), (96, 64), (64, 128), (32, 32)) * 4
        ]
        expected = [painted(backend, *job) for job in jobs]
        together = threading.Barrier(8, timeout=60)

        def paint(job):
            if job < 8:
                together.wait()
            return painted(backend, *jobs[job])

        with ThreadPoolExecutor(8) as pool:
            for color, alone in zip(pool.map(paint, range(len(jobs))), expected, strict=True):
                assert np.abs(color - alone).max() < 1e-6

    def test_sums_are_those_that_the_bundle_describes(self):
        assert tuple(partial_sums(64)) == base.SUMS


class TestChoice:
    AVAILABLE = Availability(
        "some", "1.0", (("cuda", ("fp16", "fp32")), ("cpu", ("fp32",))), "only half a GPU", "buy the rest"
    )

    @pytest.mark.parametrize(
        ("device", "precision", "chosen"),
        [
            (None, "auto", ("cuda", "fp16")),
            ("cuda", "fp32", ("cuda", "fp32")),
            ("cpu", "auto", ("cpu", "fp32")),
            (None, "fp32", ("cuda", "fp32")),
        ],
    )
    def test_the_best_of_what_is_there(self, device, precision, chosen):
        assert choose(self.AVAILABLE, device, precision) == chosen

    def test_no_device(self):
        nothing = Availability("some", "1.0", (), "no GPU", "buy one")
        with pytest.raises(BackendError, match="backend some cannot run here: no GPU; buy one"):
            choose(nothing, None, "auto")

    def test_another_device(self):
        with pytest.raises(
            BackendError, match="expected a device of cuda, cpu, received tpu; only half a GPU; buy the rest"
        ):
            choose(self.AVAILABLE, "tpu", "auto")

    def test_another_precision(self):
        with pytest.raises(
            BackendError, match=r"some on cpu: expected a precision of fp32, received fp16, which .* leave it on auto"
        ):
            choose(self.AVAILABLE, "cpu", "fp16")

    @pytest.mark.parametrize("name", [name for name in BACKENDS if name != "tensorrt"])
    def test_a_device_that_is_not_here(self, tiny_bundle, name):
        with pytest.raises(BackendError, match=r"expected a device of .*cpu.*, received npu"):
            open_backend(tiny_bundle, name, device="npu")

    @pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
    def test_a_precision_that_is_not_here(self, tiny_bundle, name):
        with pytest.raises(BackendError, match=f"backend {name} on cpu: expected a precision of .* received fp16"):
            open_backend(tiny_bundle, name, "fp16", "cpu")

    def test_names_that_are_none(self, tiny_bundle):
        with pytest.raises(
            InputError, match="backend: expected auto or one of tensorrt, openvino, onnxruntime, eager, triton"
        ):
            open_backend(tiny_bundle, "tensorflow")
        with pytest.raises(InputError, match="backend: expected"):
            probe("auto")
        with pytest.raises(
            InputError, match=r"precision: expected one of auto, fp32, bf16, fp16, int8, received 'int4'"
        ):
            open_backend(tiny_bundle, "auto", "int4")


class FakeBackends:
    """Stands in for the adapters: which can run is told, which were tried is kept."""

    def __init__(self, monkeypatch, installed, works):
        self.tried = []

        def adapter(name):
            def open_(bundle, precision, device, threads, **options):
                self.tried.append((name, device))
                if (name, device) in works or (name, None) in works:
                    return (name, device)
                raise BackendError(f"backend {name} cannot run here: no reason; no remedy")

            return SimpleNamespace(open_backend=open_)

        monkeypatch.setattr(registry, "_import_adapter", adapter)
        monkeypatch.setattr(registry, "_find_version", lambda *names: "1.0" if set(names) & set(installed) else None)


class TestAuto:
    CPU = ("openvino", "onnxruntime", "torch")

    @pytest.mark.parametrize(
        ("works", "device", "chosen", "tried"),
        [
            ({("openvino", None)}, None, "openvino", 1),
            ({("onnxruntime", None)}, None, "onnxruntime", 2),
            ({("eager", None)}, None, "eager", 3),
            ({("eager", "cuda")}, "cuda", "eager", 3),
        ],
    )
    def test_the_order_without_a_gpu(self, monkeypatch, works, device, chosen, tried):
        fake = FakeBackends(monkeypatch, self.CPU, works)
        assert open_backend(None, device=device)[0] == chosen
        assert len(fake.tried) == tried

    def test_a_gpu_comes_first(self, monkeypatch):
        fake = FakeBackends(monkeypatch, (*self.CPU, "onnxruntime-gpu"), {("onnxruntime", "cuda"), ("openvino", None)})
        assert open_backend(None) == ("onnxruntime", "cuda")
        assert fake.tried == [("onnxruntime", "cuda")]
        assert open_backend(None, device="cpu")[0] == "openvino"

    def test_tensorrt_comes_before_everything(self, monkeypatch):
        installed = (*self.CPU, "onnxruntime-gpu", "tensorrt-rtx", "pycuda")
        fake = FakeBackends(monkeypatch, installed, {("tensorrt", None), ("onnxruntime", "cuda")})
        assert open_backend(None) == ("tensorrt", None)
        fake = FakeBackends(monkeypatch, installed, {("onnxruntime", "cuda")})
        assert open_backend(None) == ("onnxruntime", "cuda")
        assert fake.tried == [("tensorrt", None), ("onnxruntime", "cuda")]
        fake = FakeBackends(monkeypatch, installed, {("openvino", None), ("openvino", "cpu")})
        assert open_backend(None, device="cpu")[0] == "openvino"
        assert fake.tried == [("openvino", "cpu")]

    def test_a_gpu_that_does_not_work_is_passed_over(self, monkeypatch):
        fake = FakeBackends(monkeypatch, (*self.CPU, "onnxruntime-gpu"), {("openvino", None)})
        assert open_backend(None)[0] == "openvino"
        assert fake.tried == [("onnxruntime", "cuda"), ("openvino", None)]

    def test_nothing_works(self, monkeypatch):
        FakeBackends(monkeypatch, (), set())
        with pytest.raises(BackendError, match=r"no backend can run here: .*openvino.* \| .*onnxruntime.* \| .*eager"):
            open_backend(None)

    def test_here(self, tiny_bundle):
        with open_backend(tiny_bundle) as opened:
            assert opened.name == "openvino"
            assert opened.precision == dict(probe("openvino").devices)["cpu"][0]


class TestMissing:
    """Libraries that are not installed, or broken."""

    def without(self, monkeypatch, module, *distributions):
        monkeypatch.delitem(sys.modules, f"paintstorch_sdk.backends.{module}", raising=False)
        monkeypatch.delattr(backends, module, raising=False)
        for name in [n for n in sys.modules if n.startswith("paintstorch_sdk.networks.")]:
            monkeypatch.delitem(sys.modules, name)  # the eager backend loads the library through them
        library = {"torch_eager": "safetensors"}.get(module, module)
        for name in [n for n in sys.modules if n == library or n.startswith(f"{library}.")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, library, None)
        found = importlib.metadata.version

        def version(name):
            if name in distributions:
                raise importlib.metadata.PackageNotFoundError(name)
            return found(name)

        monkeypatch.setattr(importlib.metadata, "version", version)

    @pytest.mark.parametrize(
        ("name", "module", "distribution", "extra"),
        [
            ("openvino", "openvino", "openvino", "cpu"),
            ("onnxruntime", "onnxruntime", "onnxruntime", "cpu"),
            ("eager", "torch_eager", "safetensors", "export"),
        ],
    )
    def test_what_to_install(self, monkeypatch, tiny_bundle, name, module, distribution, extra):
        self.without(monkeypatch, module, distribution, "onnxruntime-gpu")
        said = rf"backend {name}: {distribution} is not installed; pip install 'paintstorch-sdk\[{extra}\]'"
        with pytest.raises(BackendError, match=said):
            open_backend(tiny_bundle, name)
        availability = probe(name)
        assert availability.devices == ()
        assert availability.reason.endswith("is not installed")
        clone = f"(in a clone: pip install -e '.[{extra}]')"
        assert availability.remedy == f"pip install 'paintstorch-sdk[{extra}]' {clone}"

    def test_installed_but_broken(self, monkeypatch, tiny_bundle):
        self.without(monkeypatch, "openvino")
        with pytest.raises(BackendError, match=r"openvino is installed but cannot be loaded \(.*\); reinstall it"):
            open_backend(tiny_bundle, "openvino")
        assert probe("openvino").version == importlib.metadata.version("openvino")

    def test_auto_takes_the_next(self, monkeypatch, tiny_bundle):
        self.without(monkeypatch, "openvino", "openvino")
        with open_backend(tiny_bundle) as opened:
            assert opened.name == "onnxruntime"

    def test_auto_with_nothing_says_what_to_install(self, monkeypatch, tiny_bundle):
        for module, name in (("openvino", "openvino"), ("onnxruntime", "onnxruntime"), ("torch_eager", "safetensors")):
            self.without(monkeypatch, module, name, "onnxruntime-gpu", "openvino", "onnxruntime", "torch")
        with pytest.raises(BackendError, match=r"no backend can run here: .*pip install 'paintstorch-sdk\[cpu\]'"):
            open_backend(tiny_bundle)


class TestOnnxRuntime:
    def test_a_provider_that_is_not_granted_is_an_error(self, monkeypatch, tiny_bundle):
        """ONNX Runtime falls back to the CPU in silence when CUDA's libraries are missing."""
        granted = SimpleNamespace(get_providers=lambda: ["CPUExecutionProvider"])
        monkeypatch.setattr(ort.ort, "InferenceSession", lambda *_, **__: granted)
        monkeypatch.setattr(ort, "probe", lambda: Availability("onnxruntime", "1", (("cuda", ("fp32",)),)))
        with pytest.raises(
            BackendError, match="asked for CUDAExecutionProvider and granted CPUExecutionProvider; check"
        ):
            ort.OrtBackend(tiny_bundle)

    def test_cuda_without_the_library(self, monkeypatch, tiny_bundle):
        monkeypatch.setattr(ort.ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
        assert dict(probe("onnxruntime").devices) == {"cpu": ("fp32",)}
        with pytest.raises(BackendError, match=r"received cuda; this onnxruntime has no CUDA; pip uninstall"):
            open_backend(tiny_bundle, "onnxruntime", device="cuda")

    def test_cuda_without_a_gpu(self, monkeypatch, tiny_bundle):
        providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
        monkeypatch.setattr(ort.ort, "get_available_providers", lambda: providers)
        monkeypatch.setattr(ort, "_cuda_device", lambda: False)
        assert dict(probe("onnxruntime").devices) == {"cpu": ("fp32",)}
        with pytest.raises(BackendError, match="no CUDA device answers; check the NVIDIA driver"):
            open_backend(tiny_bundle, "onnxruntime", device="cuda")
        monkeypatch.setattr(ort, "_cuda_device", lambda: True)
        assert next(iter(dict(probe("onnxruntime").devices))) == "cuda"

    def test_a_failing_run(self, tiny_bundle):
        with open_backend(tiny_bundle, "onnxruntime") as opened:
            encoded = opened.encode(np.zeros((1, 1, 64, 64), np.float32))
            broken = Encoded(opened, encoded.shape, encoded.sums[:-1] + encoded.sums[:1])
            with pytest.raises(BackendError, match="onnxruntime failed: ") as caught:
                opened.paint(broken, np.zeros((1, 4, 16, 16), np.float32))
            assert "\n" not in str(caught.value)


SIGNALLED = """
    import signal, sys, threading
    from paintstorch_sdk.backends.registry import open_backend, probe
    from paintstorch_sdk.bundle import Bundle

    signal.signal(signal.SIGINT, lambda *_: print("handled"))
    bundle = Bundle.open(sys.argv[1])
    first, second = (open_backend(bundle, "openvino", "fp32", threads=1) for _ in range(2))
    first.close()
    del first
    second.close()
    held = [open_backend(bundle, "openvino", "fp32", threads=1)]
    del second
    dropping = threading.Thread(target=held.clear)
    dropping.start()
    dropping.join()
    signal.raise_signal(signal.SIGINT)
"""


class TestOpenVino:
    @pytest.mark.skipif(os.name == "nt", reason="Windows has no signal stacks")
    def test_a_signal_after_backends_were_dropped_in_any_order_and_thread(self, tiny_bundle):
        """Where OpenVINO's core is released, it unmaps the main thread's signal stack."""
        command = [sys.executable, "-c", textwrap.dedent(SIGNALLED), str(tiny_bundle.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "handled\n"), done.stderr

    def test_a_processor_without_bf16(self, monkeypatch, tiny_bundle):
        monkeypatch.setattr(ov.ov.Core, "get_property", lambda *_: ["FP32", "INT8"])
        assert probe("openvino").devices == (("cpu", ("fp32", "int8")),)
        with pytest.raises(BackendError, match="expected a precision of fp32, int8, received bf16"):
            open_backend(tiny_bundle, "openvino", "bf16")

    def test_no_cpu_plugin(self, monkeypatch, tiny_bundle):
        def fail(*_):
            raise RuntimeError("Device with CPU name is not registered")

        monkeypatch.setattr(ov.ov.Core, "get_property", fail)
        assert probe("openvino").devices == ()
        with pytest.raises(BackendError, match="it has no CPU plugin; pip install --force-reinstall openvino"):
            open_backend(tiny_bundle, "openvino")

    def test_a_failing_run_does_not_spoil_the_next(self, tiny_bundle, rng):
        lines, hints = line_art(rng, 1, 64, 64), hint_maps(rng, 1, 64, 64)
        with open_backend(tiny_bundle, "openvino", "fp32") as opened:
            encoded = opened.encode(lines)
            expected = opened.paint(encoded, hints)
            broken = Encoded(opened, encoded.shape, encoded.sums[:-1] + encoded.sums[:1])
            with pytest.raises(BackendError, match="openvino failed: ") as caught:
                opened.paint(broken, hints)
            assert "\n" not in str(caught.value)
            assert np.array_equal(opened.paint(encoded, hints), expected)


@pytest.mark.parametrize("name", ["onnxruntime", "openvino", "eager"])
def test_a_bundle_that_cannot_be_loaded(tiny_bundle, tmp_path, name):
    """Its hashes are checked when it is opened, not here."""
    for file in ("encoder.onnx", "painter.onnx", "weights.safetensors"):
        (tmp_path / file).write_bytes(b"not a graph")
    with pytest.raises(BackendError, match=r"cannot load|do not fit") as caught:
        open_backend(Bundle(tmp_path, tiny_bundle.manifest), name)
    assert "\n" not in str(caught.value)


def test_weights_of_another_architecture(tiny_bundle):
    manifest = dict(tiny_bundle.manifest) | {"architecture": {"width": 16, "feature_width": 8}}
    with pytest.raises(BackendError, match="weights do not fit the architecture") as caught:
        eager.EagerBackend(Bundle(tiny_bundle.path, manifest))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("threads", [0, -1, 1025, 2**31])
@pytest.mark.parametrize("name", ["auto", "onnxruntime", "openvino", "eager"])
def test_more_threads_than_any_machine_has(tiny_bundle, name, threads):
    with pytest.raises(InputError, match=f"threads: expected 1 to 1024, received {threads}"):
        open_backend(tiny_bundle, name, threads=threads)


FORKED = """
import os, signal, sys
import numpy as np
from paintstorch_sdk.backends.registry import open_backend
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.errors import BackendError

bundle = Bundle.open(sys.argv[1])
backend, kept = open_backend(bundle, sys.argv[2]), open_backend(bundle, "openvino")
paper = np.ones((1, 1, 64, 64), np.float32)
backend.encode(paper)
kept.encode(paper)
if os.fork() == 0:
    signal.alarm(60)  # should it hang
    try:
        backend.encode(paper)
        backend.close()
        open_backend(bundle, sys.argv[2]).encode(paper)
    except BackendError as error:
        print(error, flush=True)
    sys.exit(0)
assert os.wait()[1] == 0
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows does not fork")
@pytest.mark.parametrize("name", ["eager", "onnxruntime", "openvino"])
def test_a_forked_process_works_or_says_why_not(tiny_bundle, name, tmp_path):
    """With networks that were compiled, and with those that are mapped from the cache."""
    command = [sys.executable, "-c", FORKED, tiny_bundle.path, name]
    env = os.environ | {"PTS_NO_CACHE": "", "PAINTSTORCH_CACHE": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=env)
    assert ("backend eager cannot run in a process that was forked" in done.stdout) == (name == "eager")


@pytest.mark.skipif(os.name == "nt", reason="of POSIX locales")
def test_onnxruntime_reads_any_path_in_any_locale(tiny_bundle, tmp_path):
    folder = tmp_path / "花"
    shutil.copytree(tiny_bundle.path, folder)
    code = (
        "import sys; from paintstorch_sdk import Bundle; from paintstorch_sdk.backends.registry import open_backend; "
    )
    code += "open_backend(Bundle.open(sys.argv[1]), 'onnxruntime')"
    env = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run([sys.executable, "-c", code, folder], env=env, check=True, timeout=120)
