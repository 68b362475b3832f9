"""What only a GPU can prove: `pytest -m cuda`. Everywhere else these tests are skipped, each with its reason.

TensorRT needs engines for the GPU at hand: $PAINTSTORCH_GPU_BUNDLE names a bundle of the default model with them
(pts export MODEL -o FOLDER --tensorrt --target current).
"""

import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import paintstorch_sdk as pts
from paintstorch_sdk.backends.registry import open_backend
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.examples import examples
from paintstorch_sdk.gpu.device import Gpu
from paintstorch_sdk.gpu.renderer import GpuRenderer
from paintstorch_sdk.imaging.metrics import psnr
from paintstorch_sdk.renderer import Renderer

pytestmark = pytest.mark.cuda
BUNDLE = os.environ.get("PAINTSTORCH_GPU_BUNDLE", "default")
TESTS = Path(__file__).parent.parent
SIZE = 256
LOOKS = [{}, {"style": "soft", "exact": False}]  # finished on the host, and by the kernels
RUNS = [("tensorrt", "fp16"), ("onnxruntime", "fp32"), ("onnxruntime", "fp16")]


@pytest.fixture(scope="module")
def gpu():
    try:
        return Gpu()
    except BackendError as error:
        pytest.skip(f"needs a CUDA device: not yet run ({error})")


@pytest.fixture(scope="module", params=RUNS, ids=" ".join)
def colorizer(request, gpu):
    name, precision = request.param
    try:
        opened = pts.Colorizer(BUNDLE, backend=name, precision=precision, device="cuda", size=SIZE)
    except BackendError as error:
        pytest.skip(f"needs {name} in {precision} on this GPU: not yet run ({error})")
    with opened:
        yield opened


@pytest.fixture(scope="module")
def host():
    """fp32 on the CPU: what every picture is compared with."""
    with pts.Colorizer(BUNDLE, backend="onnxruntime", device="cpu", precision="fp32", size=SIZE) as opened:
        yield opened


def pixels(image):
    return np.asarray(image, np.int32)


def lines(height=180, width=240, seed=0):
    rng = np.random.default_rng(seed)
    made = np.full((height, width), 255, np.uint8)
    for _ in range(6):
        made[rng.integers(0, height)] = made[:, rng.integers(0, width)] = 0
    return made


def stroke(index=0):
    return pts.Stroke([(30.0 + index % 50, 30), (60, 50.0 + index % 40)], (index % 256, 90, 200), 14)


class TestPictures:
    def test_the_network_against_fp32(self, colorizer, host):
        """40 dB in fp16 on line art that people draw; fp32 to the last bits."""
        for line_art, hints in examples():
            sheet = Renderer(host.backend, 0.0).load_sheet(line_art, SIZE)
            hint_map = pts.Hints.of(hints).rasterize(sheet.geometry)[None]
            made, expected = (c.backend.paint(c.backend.encode(sheet.tensor), hint_map) for c in (colorizer, host))
            if colorizer.backend.precision == "fp32":
                assert np.abs(made - expected).max() < 1e-3
            else:
                assert psnr(made, expected, peak=2.0) >= 40

    @pytest.mark.parametrize("look", LOOKS, ids=["paint", "soft"])
    def test_the_pixels_around_it(self, colorizer, look):
        """The kernels make the picture that Pillow, OpenCV and NumPy make of the same network's tensors."""
        backend = colorizer.backend
        for line_art, hints in examples():
            renderers = Renderer(backend, 0.0), GpuRenderer(backend, 0.0)
            made = [pixels(pts.Canvas(one, line_art, hints, SIZE).render(**look)) for one in renderers]
            assert np.abs(made[0] - made[1]).max() <= 2

    def test_changing_shapes(self, colorizer):
        shapes = [(64, 64), (180, 240), (31, 200), (256, 256), (100, 75), (200, 31)]
        first = [pixels(colorizer.colorize(lines(*shape), stroke())) for shape in shapes]
        for _ in range(3):
            for shape, expected in zip(shapes, first, strict=True):
                assert np.abs(pixels(colorizer.colorize(lines(*shape), stroke())) - expected).max() <= 1

    def test_frames_and_batches(self, colorizer):
        frames = [lines(seed=i) for i in range(9)]
        alone = [pixels(colorizer.colorize(frame, stroke())) for frame in frames]
        for batch_size in (1, 4):
            together = colorizer.stream(frames, stroke(), batch_size=batch_size)
            for image, expected in zip(together, alone, strict=True):
                assert np.abs(pixels(image) - expected).mean() < 0.5

    def test_with_and_without_cuda_graphs(self, colorizer):
        backend = colorizer.backend
        made = []
        for cuda_graphs in (False, True):
            with pts.Colorizer(
                BUNDLE,
                backend=backend.name,
                precision=backend.precision,
                device="cuda",
                size=SIZE,
                cuda_graphs=cuda_graphs,
            ) as opened:
                canvas = opened.canvas(lines())
                for index in range(6):
                    canvas.hints = stroke(index)
                    made.append(pixels(canvas.render()))
        for without, recorded in zip(made[:6], made[6:], strict=True):
            assert np.abs(without - recorded).max() <= 1


class TestMemory:
    def test_a_thousand_renders_do_not_grow(self, colorizer, gpu):
        canvas = colorizer.canvas(lines())
        for index in range(20):
            canvas.hints = stroke(index)
            canvas.render()
        before, allocations = gpu.free_memory()[0], colorizer.backend.memory()["allocations"]
        for index in range(1000):
            canvas.hints = stroke(index)
            canvas.render()
        assert colorizer.backend.memory()["allocations"] == allocations
        assert before - gpu.free_memory()[0] <= 2 << 20

    def test_closing_gives_it_back(self, colorizer, gpu):
        backend = colorizer.backend
        kept = []
        for _ in range(4):
            with open_backend(Bundle.open(BUNDLE), backend.name, backend.precision, "cuda") as opened:
                opened.encode(np.ones((1, 1, 256, 256), np.float32))
            kept.append(gpu.free_memory()[0])
        assert kept[1] - kept[-1] <= 8 << 20


class TestThreads:
    def test_two_threads(self, colorizer):
        jobs = [(lines(100 + 10 * (i % 4), 200, seed=i), stroke(i)) for i in range(24)]
        expected = [pixels(colorizer.colorize(*job)) for job in jobs]
        together = threading.Barrier(2, timeout=60)

        def work(index):
            if index < 2:
                together.wait()
            return pixels(colorizer.colorize(*jobs[index]))

        with ThreadPoolExecutor(2) as pool:
            for made, alone in zip(pool.map(work, range(24)), expected, strict=True):
                assert np.abs(made - alone).max() <= 1


class TestZeroCopy:
    @pytest.fixture
    def torch(self):
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("needs torch with CUDA: not yet run")
        return torch

    def test_pycuda(self, colorizer, gpu):
        gpuarray = pytest.importorskip("pycuda.gpuarray")
        expected = pixels(colorizer.colorize(lines(), stroke()))
        with gpu.current():
            there, out = gpuarray.to_gpu(lines()), gpuarray.empty((180, 240, 3), np.uint8)
            assert colorizer.colorize(there, stroke(), out=out) is out
            assert np.abs(out.get().astype(int) - expected).max() <= 1
            there.gpudata.free()
            out.gpudata.free()

    def test_torch_on_its_stream(self, colorizer, torch):
        """Nothing waits on the host: the line art is made, colored and read in the order of one stream."""
        expected = pixels(colorizer.colorize(lines(), stroke()))
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):
            busy = torch.randn(4096, 4096, device="cuda")
            for _ in range(20):
                busy = busy @ busy / 64
            there = torch.full((180, 240), 255, dtype=torch.uint8, device="cuda")
            there.copy_(torch.from_numpy(lines()))
            made = torch.from_dlpack(colorizer.colorize(there, stroke(), stream=stream))
            copied = made.clone()
        stream.synchronize()
        assert np.abs(copied.cpu().numpy().astype(int) - expected).max() <= 1

    def test_torch_writes_and_reads_without_a_stream(self, colorizer, torch):
        expected = pixels(colorizer.colorize(lines(), stroke()))
        there = torch.from_numpy(lines()).cuda()
        layer = torch.from_numpy(pts.Hints((stroke(),)).draw(240, 180)).cuda()
        out = torch.zeros((180, 240, 3), dtype=torch.uint8, device="cuda")
        canvas = colorizer.canvas(there, stroke())
        assert canvas.render(out=out) is out
        assert np.abs(out.cpu().numpy().astype(int) - expected).max() <= 1
        assert torch.as_tensor(canvas.render(), device="cuda").shape == (180, 240, 3)
        with_layer = torch.from_dlpack(colorizer.colorize(there, layer))
        from_host = pixels(colorizer.colorize(lines(), layer.cpu().numpy()))
        assert np.abs(with_layer.cpu().numpy().astype(int) - from_host).max() <= 1


@pytest.mark.parametrize("tool", ["memcheck", "racecheck", "initcheck", "synccheck"])
def test_the_kernels_under_compute_sanitizer(gpu, tool):
    sanitizer = shutil.which("compute-sanitizer")
    if sanitizer is None:
        pytest.skip("needs compute-sanitizer of the CUDA toolkit: not yet run")
    command = [sanitizer, "--tool", tool, "--error-exitcode", "9", "--target-processes", "all", sys.executable]
    command += ["-m", "support.kernel_walk"]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "ERROR SUMMARY: 0 errors" in done.stdout + done.stderr or tool == "racecheck"
