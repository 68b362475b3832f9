"""The TensorRT backend on a simulated GPU, whose calls are compared with the real library's."""

import ctypes
import inspect
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw

import paintstorch_sdk as pts
from paintstorch_sdk import sheet
from paintstorch_sdk.backends import tensorrt as trt
from paintstorch_sdk.backends.registry import open_backend
from paintstorch_sdk.errors import BackendError, BundleError, InputError
from paintstorch_sdk.gpu import background_build as building
from paintstorch_sdk.gpu import engine_cache as cache
from paintstorch_sdk.gpu import lanes
from paintstorch_sdk.gpu import trt_runtime as engine
from paintstorch_sdk.gpu.arrays import DeviceArray
from paintstorch_sdk.gpu.engine_key import Profile
from support import kernel_simulator, simulated_tensorrt
from support.cli import Runner
from support.gpu import PROFILE, TARGET, VERSION, fetched, machine, on_gpu, with_engines

# What is around the network does not depend on the flavor.
one_flavor = pytest.mark.parametrize("flavor", ["rtx"])
STROKE = pts.Stroke([(30, 30), (60, 50)], "#e8a0b4", 14)


def drawing(width=100, height=75):
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 5, width - 10, height - 5), outline=0, width=2)
    draw.line((0, 0, width, height), fill=60, width=1)
    return image


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(tmp_path / "cache" / "engines"))


@pytest.fixture(params=["rtx", "tensorrt"])
def flavor(request):
    return request.param


@pytest.fixture(scope="module")
def engine_bundles(tiny_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("engines")
    return {name: with_engines(tiny_bundle, folder / name, name) for name in ("rtx", "tensorrt")}


@pytest.fixture
def gpu(monkeypatch, flavor):
    with machine(monkeypatch, (flavor,)) as made:
        yield made


@pytest.fixture
def bundle(engine_bundles, flavor):
    return engine_bundles[flavor]


@pytest.fixture(scope="module")
def host(tiny_bundle):
    with pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1) as opened:
        yield opened


def refuse(monkeypatch, *places):
    """From here on, nothing calls these."""

    def refused(*_, **__):
        raise AssertionError("on the host")

    for place, name in places:
        monkeypatch.setattr(place, name, refused)


def without_the_host(monkeypatch):
    """From here on, no hint is drawn and no region found on the host, and nothing but bytes goes up or comes down."""
    refuse(monkeypatch, (sheet, "find_regions"), (sheet, "line_art_tensor"), (pts.Hints, "rasterize"))
    for name in ("upload", "download"):
        passes = getattr(lanes.Lane, name)

        def only_bytes(lane, *arguments, passes=passes):
            assert any(getattr(one, "dtype", None) == np.uint8 for one in arguments)
            return passes(lane, *arguments)

        monkeypatch.setattr(lanes.Lane, name, only_bytes)


def crop_on_gpu(array, height, width):
    """The top left of an array on the GPU, whose rows lie apart; and all of it."""
    whole = on_gpu(array)
    shape = (height, width, *array.shape[2:])
    return DeviceArray(whole.address, shape, array.dtype, whole, strides=whole.owner.strides), whole


def difference(made, expected):
    return np.abs(np.asarray(made, int) - np.asarray(expected, int)).max()


def inputs(rng, batch, height, width):
    lines = np.where(rng.random((batch, 1, height, width)) < 0.1, -1, 1).astype(np.float32)
    hints = rng.uniform(-1, 1, (batch, 4, height // 4, width // 4)).astype(np.float32)
    return lines, hints


class TestPictures:
    """The same pictures as on the CPU: the kernels are exact, and these engines compute in fp32."""

    @pytest.mark.parametrize("size", [(100, 75), (33, 31), (1, 40), (333, 257), (250, 21)])
    def test_are_those_of_the_cpu(self, gpu, bundle, host, size):
        line_art = drawing(*size) if min(size) > 20 else Image.new("L", size, 255)
        stroke = pts.Stroke([(0.3 * size[0], 0.4 * size[1]), (0.6 * size[0], 0.6 * size[1])], "#e8a0b4", 14)
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            assert (opened.backend.name, opened.backend.device, opened.backend.precision) == (
                "tensorrt",
                "cuda",
                "fp16",
            )
            for hints in (None, stroke):
                made, expected = (np.asarray(c.colorize(line_art, hints), int) for c in (opened, host))
                assert np.abs(made - expected).max() <= 1

    @one_flavor
    def test_a_strip_is_no_larger_in_the_network_than_its_engine_takes(self, gpu, bundle, host):
        """On the CPU the same strip keeps more of its width."""
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            canvas = opened.canvas(drawing(700, 31), STROKE)
            assert (
                canvas._sheet.geometry.padded[0]
                == PROFILE[2][2]
                < host.canvas(drawing(700, 31))._sheet.geometry.padded[0]
            )
            assert canvas.render().size == (700, 31)

    def test_a_layer_and_colored_lines(self, gpu, bundle, host):
        line_art = np.asarray(drawing().convert("RGB")).copy()
        line_art[20:30, :, 0] = 200
        layer = pts.Hints((STROKE,)).draw(100, 75)
        for lines in ("multiply", "none"):
            with pts.Colorizer(bundle, backend="tensorrt") as opened:
                made = np.asarray(opened.colorize(line_art, layer, lines=lines), int)
            assert np.abs(made - np.asarray(host.colorize(line_art, layer, lines=lines), int)).max() <= 1

    @one_flavor
    @pytest.mark.parametrize("flow", [False, True])
    @pytest.mark.parametrize(
        "look",
        [
            {},
            {"style": "flat"},
            {"strength": 0.5, "lines": "none"},
            {"style": "soft"},
            {"style": "soft", "exact": False},
            {"style": "soft", "exact": False, "lines": "none"},
            {"style": "soft", "exact": False, "lines": "ink", "clean_paper": True},
        ],
    )
    def test_every_look_is_that_of_the_cpu(self, gpu, bundle, tiny_bundle, monkeypatch, look, flow):
        """Wherever line art and layer lie; and the host scales no line art for the network."""
        layer = pts.Hints((STROKE,)).draw(100, 75)
        hints = [STROKE, layer, pts.Hints((STROKE,), layer[::-1].copy()), None]
        with pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1, flow=flow) as reference:
            expected = [np.asarray(reference.colorize(drawing(), one, **look)) for one in hints]
        refuse(monkeypatch, (sheet, "line_art_tensor"))
        with pts.Colorizer(bundle, backend="tensorrt", flow=flow) as opened:
            for one, picture in zip(hints, expected, strict=True):
                assert difference(opened.colorize(drawing(), one, **look), picture) <= 1
                made = opened.colorize(on_gpu(drawing()), one, **look)
                assert difference(fetched(made), picture) <= 1
                del made
            made = opened.colorize(on_gpu(drawing()), on_gpu(layer), **look)
            assert difference(fetched(made), expected[1]) <= 1
            del made

    @one_flavor
    def test_a_soft_picture_needs_nothing_of_the_host(self, gpu, bundle, host, monkeypatch):
        """Without exact colors and without flow: bytes go up, bytes come down."""
        look = {"style": "soft", "exact": False}
        layer = pts.Hints((STROKE,)).draw(100, 75)
        expected = [np.asarray(host.colorize(drawing(), one, **look)) for one in (STROKE, layer, None)]
        without_the_host(monkeypatch)
        with pts.Colorizer(bundle, backend="tensorrt", flow=False) as opened:
            for one, picture in zip((STROKE, layer, None), expected, strict=True):
                assert difference(opened.colorize(drawing(), one, **look), picture) <= 1
                out = np.zeros((75, 100, 3), np.uint8)
                assert opened.colorize(drawing(), one, out=out, **look) is out
                assert difference(out, picture) <= 1

    @one_flavor
    def test_a_soft_picture_that_is_enlarged(self, gpu, bundle, host):
        """By Pillow's arithmetic in the kernels, by OpenCV's on the host: each rounds twice."""
        look = {"style": "soft", "exact": False}
        stroke = pts.Stroke([(120, 90), (240, 150)], "#e8a0b4", 40)
        expected = host.colorize(drawing(400, 300), stroke, **look)
        with pts.Colorizer(bundle, backend="tensorrt", flow=False) as opened:
            assert difference(opened.colorize(drawing(400, 300), stroke, **look), expected) <= 2

    @one_flavor
    @pytest.mark.parametrize(
        "change",
        [
            lambda pixels: 255 - pixels,
            lambda pixels: pixels - np.minimum(pixels, 60),
            lambda pixels: np.stack([pixels // 8 * 7, pixels // 4 * 3, pixels // 8 * 5], -1),
        ],
        ids=["inverted", "dim", "yellowed"],
    )
    @pytest.mark.parametrize("look", [{}, {"style": "soft", "exact": False}], ids=["paint", "soft"])
    def test_line_art_that_is_cleaned_for_the_network(self, gpu, bundle, host, change, look):
        line_art = change(np.asarray(drawing())).astype(np.uint8)
        expected = host.colorize(line_art, STROKE, **look)
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            assert not opened.canvas(line_art)._sheet.is_plain
            assert difference(opened.colorize(line_art, STROKE, **look), expected) <= 1

    @one_flavor
    @pytest.mark.parametrize("look", [{}, {"style": "soft", "exact": False}], ids=["paint", "soft"])
    def test_rows_that_lie_apart(self, gpu, bundle, host, look):
        """Line art, layer and picture are crops of larger ones; nothing is written beside the picture."""
        line_art = np.asarray(drawing(160, 120))
        layer = pts.Hints((STROKE,)).draw(160, 120)
        expected = host.colorize(line_art[:75, :100].copy(), layer[:75, :100].copy(), **look)
        crops = [crop_on_gpu(array, 75, 100)[0] for array in (line_art, layer)]
        out, whole = crop_on_gpu(np.full((90, 130, 3), 77, np.uint8), 75, 100)
        with pts.Colorizer(bundle, backend="tensorrt", flow=False) as opened:
            assert opened.colorize(*crops, out=out, **look) is out
        written = fetched(whole)
        assert difference(written[:75, :100], expected) <= 1
        written[:75, :100] = 77
        assert (written == 77).all()

    @one_flavor
    def test_frames_with_hints_of_their_own(self, gpu, bundle, tiny_bundle, monkeypatch):
        """Batches of one padded size, of other sizes within, some without hints, some on the GPU."""
        frames = [drawing(90 + i % 3, 70 - i % 2) for i in range(7)]
        jobs = [(frame, STROKE if i % 3 else None) for i, frame in enumerate(frames)]
        with pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1, flow=True) as flowing:
            expected = [np.asarray(flowing.colorize(*job)) for job in jobs]
        refuse(monkeypatch, (sheet, "line_art_tensor"))
        with pts.Colorizer(bundle, backend="tensorrt", flow=True) as opened:
            there = [on_gpu(frame) if i % 2 else frame for i, frame in enumerate(frames)]
            made = opened.stream(there, (hints for _, hints in jobs), batch_size=3)
            for image, picture in zip(made, expected, strict=True):
                assert difference(image, picture) <= 1

    @pytest.mark.parametrize("look", [{}, {"style": "soft", "exact": False}], ids=["paint", "soft"])
    def test_a_canvas_allocates_nothing_more(self, gpu, bundle, look):
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            canvas = opened.canvas(drawing(), STROKE)
            seen = []
            for step in range(6):
                canvas.hints = pts.Stroke([(20 + 10 * step, 40)], (200, 40 * step, 90), 12)
                canvas.render(**look)
                seen.append((opened.backend.memory()["allocations"], kernel_simulator.Allocation.live))
            assert seen[1] == seen[-1]

    def test_a_canvas_runs_the_encoder_once(self, gpu, bundle, host):
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            canvas, expected = opened.canvas(drawing()), host.canvas(drawing())
            for step in range(4):
                for c in (canvas, expected):
                    c.add(pts.Stroke([(20 + 10 * step, 40)], (200, 40 * step, 90), 12))
                assert np.abs(np.asarray(canvas.render(), int) - np.asarray(expected.render(), int)).max() <= 1
            canvas.undo()
            expected.undo()
            assert np.abs(np.asarray(canvas.render(), int) - np.asarray(expected.render(), int)).max() <= 1
            encoders = [c for e in [opened.backend._loaded.engines["encoder"]] for c in e.contexts]
            assert sum(context.calls.runs for context in encoders) == 1

    @pytest.mark.parametrize("batch_size", [1, 3, 9])
    def test_frames(self, gpu, bundle, host, batch_size):
        frames = [drawing(90 + i % 3, 70) for i in range(7)] + [drawing(40, 130)]
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            made = list(opened.stream(frames, STROKE, batch_size=batch_size))
        for frame, image in zip(frames, made, strict=True):
            assert np.abs(np.asarray(image, int) - np.asarray(host.colorize(frame, STROKE), int)).max() <= 1
        assert not any(thread.name.startswith("paintstorch") for thread in threading.enumerate())

    def test_a_closed_colorizer(self, gpu, bundle):
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            canvas = opened.canvas(drawing())
        for call in (lambda: opened.colorize(drawing()), lambda: opened.canvas(drawing()), canvas.render):
            with pytest.raises(BackendError, match="the tensorrt backend was closed; make a new Colorizer"):
                call()

    def test_a_frame_that_no_profile_takes_does_not_stop_the_others(self, gpu, bundle):
        with pts.Colorizer(bundle, backend="tensorrt", size=512) as opened:
            images = opened.stream([drawing(), drawing(400, 300), drawing()], batch_size=1)
            next(images)
            with pytest.raises(InputError, match="the engine takes 1x32x32 to 4x256x256"):
                list(images)


@one_flavor
class TestZeroCopy:
    """Arrays in the GPU's memory, in the order of a caller's stream."""

    @pytest.mark.parametrize("look", [{}, {"style": "soft", "exact": False}], ids=["paint", "soft"])
    def test_a_picture_is_there_in_the_order_of_a_stream(self, gpu, bundle, host, look):
        expected = host.colorize(drawing(), STROKE, **look)
        out = on_gpu(np.zeros((75, 100, 3), np.uint8))
        with trt.TensorRtBackend(bundle, lanes=1) as backend:
            canvas = pts.Canvas(backend.make_renderer(0.0), drawing(), STROKE, 256)
            lane = backend.lanes[0].handle
            gpu.bindings.ordered.clear()
            assert canvas.render(out=out, stream=SimpleNamespace(cuda_stream=99), **look) is out
            assert gpu.bindings.ordered == [(99, lane), (lane, 99)]
        assert difference(fetched(out), expected) <= 1

    def test_a_new_picture_makes_its_readers_wait(self, gpu, bundle, host):
        expected = host.colorize(drawing(), STROKE)
        with trt.TensorRtBackend(bundle, lanes=1) as backend:
            canvas = pts.Canvas(backend.make_renderer(0.0), on_gpu(drawing()), STROKE, 256, stream=99)
            assert gpu.bindings.ordered == [(99, backend.lanes[0].handle)]
            made = canvas.render(stream=99)
            assert made.stream == 99
            made.__dlpack__(stream=123)
            assert gpu.bindings.ordered[-1] == (99, 123)
            assert difference(fetched(made), expected) <= 1
            del made

    def test_a_dropped_picture_is_overwritten_by_a_later_picture_alone(self, gpu, bundle):
        """Its reader may still be at work on a stream, which that later call names."""
        with trt.TensorRtBackend(bundle, lanes=1) as backend:
            renderer = backend.make_renderer(0.0)
            canvas = pts.Canvas(renderer, on_gpu(drawing()), STROKE, 256)
            made = canvas.render(stream=99)
            address, content = made.address, fetched(made).tobytes()
            del made
            for _ in range(3):
                pts.Canvas(renderer, drawing(), STROKE, 256).render()
            assert ctypes.string_at(address, len(content)) == content
            gpu.bindings.ordered.clear()
            again = canvas.render(stream=99)
            assert (again.address, gpu.bindings.ordered[0]) == (address, (99, backend.lanes[0].handle))
            del again

    def test_changes_to_the_source_do_not_reach_a_canvas(self, gpu, bundle):
        line_art, layer = on_gpu(drawing()), on_gpu(pts.Hints((STROKE,)).draw(100, 75))
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            for hints in (STROKE, layer):
                canvas = opened.canvas(line_art, hints)
                first = fetched(canvas.render())
                line_art.owner[...] = layer.owner[...] = 0
                assert np.array_equal(fetched(canvas.render()), first)
                line_art.owner[...] = np.asarray(drawing())
                layer.owner[...] = pts.Hints((STROKE,)).draw(100, 75)

    def test_layers_of_what_lies_on_the_gpu(self, gpu, bundle, host):
        layer = pts.Hints((STROKE,)).draw(100, 75)
        expected = host.canvas(drawing(), layer).layers()
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            made = opened.canvas(on_gpu(drawing()), on_gpu(layer)).layers()
        assert [one.name for one in made] == [one.name for one in expected]
        for one, other in zip(made, expected, strict=True):
            assert difference(one.image, other.image) <= 1

    @pytest.mark.parametrize(
        ("line_art", "hints", "out", "said"),
        [
            (np.zeros((75, 100), np.float32), None, None, "line art in GPU memory: expected uint8 H,W with 1 or 3"),
            (np.zeros((3, 75, 100), np.uint8), None, None, "line art in GPU memory: expected uint8 H,W with 1 or 3"),
            (None, np.zeros((75, 100, 3), np.uint8), None, "hints in GPU memory: expected uint8 H,W with 4 channels"),
            (None, None, np.zeros((100, 75, 3), np.uint8), "out: expected uint8 75,100 with 3 channels"),
            (None, None, np.zeros((75, 100, 3), np.float32), "out: expected uint8 75,100 with 3 channels"),
        ],
    )
    def test_what_does_not_fit(self, gpu, bundle, line_art, hints, out, said):
        given = [None if one is None else on_gpu(one) for one in (line_art, hints, out)]
        with pts.Colorizer(bundle, backend="tensorrt") as opened, pytest.raises(InputError, match=said):
            opened.colorize(drawing() if given[0] is None else given[0], given[1], out=given[2])

    def test_a_stream_is_for_pictures_on_a_gpu(self, gpu, bundle):
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            with pytest.raises(InputError, match="out, stream: expected a backend on a GPU, and line art or out"):
                opened.colorize(drawing(), stream=5)
            with pytest.raises(InputError, match="stream: expected one of torch, CuPy or PyCUDA"):
                opened.colorize(on_gpu(drawing()), stream="main")


class TestTensors:
    """The backend itself, on NumPy arrays, as every other backend."""

    def test_against_the_cpu(self, gpu, bundle, tiny_bundle, rng):
        with (
            open_backend(tiny_bundle, "onnxruntime", threads=1) as reference,
            open_backend(bundle, "tensorrt") as opened,
        ):
            for shape in ((1, 32, 32), (3, 96, 160), (4, 64, 256), (1, 32, 32)):
                lines, hints = inputs(rng, *shape)
                encoded = opened.encode(lines)
                lines_before = lines.copy()
                lines[:] = 0
                made = opened.paint(encoded, hints)
                expected = reference.paint(reference.encode(lines_before), hints)
                assert np.abs(made - expected).max() < 1e-6
                made[:] = 9  # the caller owns it
                assert np.abs(opened.paint(encoded, hints) - expected).max() < 1e-6

    def test_nothing_is_allocated_for_sizes_seen_before(self, gpu, bundle, rng):
        with open_backend(bundle, "tensorrt") as opened:
            jobs = [inputs(rng, n, h, w) for n, h, w in ((1, 64, 64), (2, 96, 64), (1, 32, 256))]
            seen = []
            for _ in range(6):
                for lines, hints in jobs:
                    opened.paint(opened.encode(lines), hints)
                seen.append((opened.memory()["bytes"], opened.memory()["allocations"]))
            assert seen[1] == seen[2] == seen[-1]

    def test_what_is_not_used_any_more_goes_back(self, gpu, bundle, rng):
        lines, _ = inputs(rng, 1, 64, 64)
        with open_backend(bundle, "tensorrt") as opened:
            kept = [opened.encode(lines) for _ in range(6)]
            full = opened.memory()
            assert full["unused"] < full["bytes"]
            del kept
            after = opened.memory()
            assert after["bytes"] == full["bytes"]
            assert after["unused"] > full["unused"]

    def test_shapes_and_addresses_are_set_when_they_change(self, gpu, bundle, rng):
        lines, hints = inputs(rng, 1, 64, 64)
        with trt.TensorRtBackend(bundle, lanes=1) as opened:
            encoded = opened.encode(lines)
            for _ in range(3):
                opened.paint(encoded, hints)
            (context,) = opened._loaded.engines["painter"].contexts
            before = (context.calls.shapes, context.calls.addresses, context.calls.memory)
            for _ in range(5):
                opened.paint(encoded, hints)
            assert (context.calls.shapes, context.calls.addresses, context.calls.memory) == before

    def test_a_canvas_renders_in_the_same_memory_again_and_again(self, gpu, bundle):
        """So that what was recorded can be replayed, by the library or by us."""
        with pts.Colorizer(bundle, backend="tensorrt") as opened:
            others = [opened.canvas(drawing(90, 60 + 30 * i)) for i in range(3)]
            canvas = opened.canvas(drawing(), pts.Hints((STROKE,)).draw(100, 75))
            for _ in range(2):  # the first allocates; what lies lower may be free at the second
                canvas.render()
            context = opened.backend._loaded.engines["painter"].contexts[-1]
            before = context.calls.addresses
            for _ in range(6):
                canvas.render()
            assert context.calls.addresses == before
            assert len(others) == 3

    def test_a_lane_keeps_a_few_shapes_ready(self, gpu, bundle, rng):
        with trt.TensorRtBackend(bundle, lanes=1) as opened:
            for _ in range(2):
                for side in range(32, 32 * (engine.CONTEXTS + 3), 32):
                    opened.encode(inputs(rng, 1, side, 32)[0])
            assert len(opened._loaded.engines["encoder"].contexts) == engine.CONTEXTS

    def test_eight_threads(self, gpu, bundle, tiny_bundle, rng):
        jobs = [inputs(rng, 1, h, w) for h, w in ((64, 64), (96, 64), (64, 128), (32, 32)) * 4]
        with open_backend(tiny_bundle, "onnxruntime", threads=1) as reference:
            expected = [reference.paint(reference.encode(lines), hints) for lines, hints in jobs]
        with open_backend(bundle, "tensorrt") as opened, ThreadPoolExecutor(8) as pool:
            made = pool.map(lambda job: opened.paint(opened.encode(job[0]), job[1]), jobs)
            for one, other in zip(made, expected, strict=True):
                assert np.abs(one - other).max() < 1e-6

    def test_two_lanes_work_at_the_same_time(self, gpu, bundle):
        with trt.TensorRtBackend(bundle) as opened:
            assert len(opened.lanes) == opened.lanes_in_parallel == trt.LANES == 2
            inside = threading.Barrier(2, timeout=60)

            def work(_):
                with opened.lane() as lane:
                    inside.wait()
                    return lane

            with ThreadPoolExecutor(2) as pool:
                assert len(set(pool.map(work, range(2)))) == 2

    def test_a_closed_backend(self, gpu, bundle, rng):
        lines, hints = inputs(rng, 1, 64, 64)
        with open_backend(bundle, "tensorrt") as opened:
            encoded = opened.encode(lines)
        opened.close()
        for call in (lambda: opened.encode(lines), lambda: opened.paint(encoded, hints)):
            with pytest.raises(BackendError, match="the tensorrt backend was closed"):
                call()

    def test_out_of_memory(self, gpu, bundle, rng, monkeypatch):
        lines, _ = inputs(rng, 1, 64, 64)
        with open_backend(bundle, "tensorrt") as opened:

            def fails(size):
                raise gpu.driver.Error("cuMemAlloc failed: out of memory")

            for lane in opened.lanes:
                monkeypatch.setattr(lane.pool, "_allocate", fails)
            with pytest.raises(BackendError, match=r"GPU memory: no .* MB left .*; take a smaller size or batch"):
                opened.encode(lines)
            monkeypatch.undo()


class TestGraphs:
    """CUDA graphs: TensorRT for RTX records by itself, for TensorRT we do."""

    def test_what_comes_again_is_replayed(self, monkeypatch, engine_bundles, host, rng):
        with machine(monkeypatch, ("tensorrt",)) as gpu:
            with pts.Colorizer(engine_bundles["tensorrt"], backend="tensorrt") as opened:
                canvas, expected = opened.canvas(drawing()), host.canvas(drawing())
                for step in range(6):
                    for c in (canvas, expected):
                        c.hints = pts.Stroke([(20 + 10 * step, 40)], (200, 40 * step, 90), 12)
                    made = np.asarray(canvas.render(), int)
                    assert np.abs(made - np.asarray(expected.render(), int)).max() <= 1
                assert gpu.bindings.launched >= 4
            assert gpu.bindings.live == 0

    def test_another_shape_is_recorded_anew(self, monkeypatch, engine_bundles, rng):
        with (
            machine(monkeypatch, ("tensorrt",)) as gpu,
            trt.TensorRtBackend(engine_bundles["tensorrt"], lanes=1) as opened,
        ):
            for _ in range(3):
                opened.encode(inputs(rng, 1, 64, 64)[0])
            (first,) = opened.lanes[0].contexts["encoder"]._ready.values()
            assert gpu.bindings.live == 1
            for side in range(96, 96 + 32 * engine.CONTEXTS, 32):  # the first one's context is taken for another shape
                opened.encode(inputs(rng, 1, side, 64)[0])
            assert first in opened.lanes[0].contexts["encoder"]._ready.values()
            assert gpu.bindings.live == 0

    def test_what_refuses_to_be_recorded_runs_without(self, monkeypatch, engine_bundles, tiny_bundle, rng):
        with machine(monkeypatch, ("tensorrt",)) as gpu:
            gpu.bindings.refuse = True
            lines, hints = inputs(rng, 1, 64, 64)
            with open_backend(tiny_bundle, "onnxruntime", threads=1) as reference:
                expected = reference.paint(reference.encode(lines), hints)
            with open_backend(engine_bundles["tensorrt"], "tensorrt") as opened:
                for _ in range(4):
                    assert np.abs(opened.paint(opened.encode(lines), hints) - expected).max() < 1e-6
            assert gpu.bindings.launched == 0

    def test_they_can_be_off(self, gpu, bundle, rng):
        lines, hints = inputs(rng, 1, 64, 64)
        with open_backend(bundle, "tensorrt", cuda_graphs=False) as opened:
            for _ in range(4):
                opened.paint(opened.encode(lines), hints)
            configs = [context.config for e in opened._loaded.engines.values() for context in e.contexts]
        assert gpu.bindings.launched == 0
        off = simulated_tensorrt.CudaGraphStrategy.DISABLED
        assert all(config is None or config.cuda_graph_strategy is off for config in configs)

    def test_of_rtx_are_the_librarys(self, monkeypatch, engine_bundles, rng):
        with machine(monkeypatch, ("rtx",)) as gpu, open_backend(engine_bundles["rtx"], "tensorrt") as opened:
            for _ in range(4):
                opened.encode(inputs(rng, 1, 64, 64)[0])
            config = opened._loaded.engines["encoder"].contexts[0].config
            assert config.cuda_graph_strategy is simulated_tensorrt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
            assert gpu.bindings.launched == 0

    def test_old_ones_make_room(self, monkeypatch):
        with machine(monkeypatch) as gpu:
            recordings = engine.Recordings(5000, lambda: None)
            for address in range(engine.RECORDINGS + 3):
                for _ in range(2):
                    recordings.run((address,), lambda: None)
            assert gpu.bindings.live == engine.RECORDINGS
            recordings.clear()
            assert gpu.bindings.live == 0


class TestCompiled:
    """What TensorRT for RTX compiles for a GPU is kept for the next process."""

    def test_is_kept_and_read_again(self, monkeypatch, engine_bundles, tmp_path):
        with machine(monkeypatch, ("rtx",)):
            for times in (1, 2):
                with open_backend(engine_bundles["rtx"], "tensorrt"):
                    pass
                (file,) = (tmp_path / "cache" / "compiled").iterdir()
                assert file.name == f"rtx-{VERSION}-{TARGET}-simulated-gpu.bin"
                assert file.read_bytes() == b"compiled" * times

    def test_a_folder_that_cannot_be_written_does_no_harm(self, monkeypatch, engine_bundles, tmp_path):
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache" / "compiled").write_text("a file")
        with machine(monkeypatch, ("rtx",)), open_backend(engine_bundles["rtx"], "tensorrt"):
            pass


class TestProfile:
    def test_sizes_beyond_it(self):
        profile = Profile((1, 64, 64), (1, 256, 256), (4, 512, 512))
        profile.check((4, 512, 64))
        with pytest.raises(InputError, match=r"takes 1x64x64 to 4x512x512 .* received 8x64x64; .*--profile"):
            profile.check((8, 64, 64))

    def test_small_line_art_is_padded_to_the_least(self, monkeypatch, tiny_bundle, tmp_path):
        """An engine that takes no less than 128 x 96 colors 20 x 30 all the same."""
        bundle = with_engines(tiny_bundle, tmp_path / "b", profile=((1, 96, 128), (1, 128, 128), (2, 256, 256)))
        with machine(monkeypatch), pts.Colorizer(bundle, backend="tensorrt") as opened:
            canvas = opened.canvas(drawing(40, 30), STROKE)
            assert canvas._sheet.geometry.padded == (128, 96)
            assert canvas.render().size == (40, 30)
            with pytest.raises(InputError, match="the engine takes"):
                opened.backend.encode(np.ones((1, 1, 64, 64), np.float32))

    def test_a_library_that_does_not_say_how_much_memory_it_needs(self, monkeypatch, tiny_bundle, tmp_path, rng):
        bundle = with_engines(tiny_bundle, tmp_path / "b", silent=True)
        with machine(monkeypatch), trt.TensorRtBackend(bundle, lanes=1) as opened:
            opened.encode(inputs(rng, 1, 64, 64)[0])
            assert opened.lanes[0].scratch(0).size >= 64 * 4 * 256 * 256


class TestRefusals:
    def test_no_engine_names_the_command(self, gpu, tiny_bundle, flavor):
        with pytest.raises(BackendError, match=rf"no encoder engine for {flavor} .*pts export .* --target {TARGET}"):
            open_backend(tiny_bundle, "tensorrt")

    def test_a_tampered_engine(self, gpu, tiny_bundle, tmp_path, flavor):
        bundle = with_engines(tiny_bundle, tmp_path / "b", flavor)
        path = bundle.file(bundle.manifest["engines"][1]["file"])
        path.write_text(path.read_text() + " ")
        with pytest.raises(BundleError, match="will not be loaded"):
            open_backend(bundle, "tensorrt")

    def test_a_damaged_plan_in_the_librarys_words(self, gpu, tiny_bundle, tmp_path, flavor, monkeypatch):
        bundle = with_engines(tiny_bundle, tmp_path / "b", flavor)
        monkeypatch.setattr(trt, "engine_file", lambda *_, **__: tmp_path / "b" / "encoder.onnx")
        with pytest.raises(
            BackendError, match=r"cannot load .*: the plan is damaged: its magic tag is wrong; build"
        ) as said:
            open_backend(bundle, "tensorrt")
        assert "\n" not in str(said.value)

    def test_an_engine_of_another_network(self, gpu, bundle, monkeypatch, flavor):
        painter = bundle.file(bundle.manifest["engines"][1]["file"])
        monkeypatch.setattr(trt, "engine_file", lambda *_, **__: painter)
        with pytest.raises(BackendError, match="expected this package's encoder, received an engine of hints"):
            open_backend(bundle, "tensorrt")

    def test_tensors_in_another_format(self, gpu, tiny_bundle, tmp_path, flavor):
        bundle = with_engines(tiny_bundle, tmp_path / "b", flavor, format="CHW2")
        with pytest.raises(BackendError, match="expected line_art as float32 or float16 in rows, received Two wide"):
            open_backend(bundle, "tensorrt")

    def test_a_run_that_fails(self, gpu, tiny_bundle, tmp_path, flavor, rng):
        bundle = with_engines(tiny_bundle, tmp_path / "b", flavor, fails=True)
        with (
            open_backend(bundle, "tensorrt") as opened,
            pytest.raises(BackendError, match="failed at a run of the encoder: an illegal memory access"),
        ):
            opened.encode(inputs(rng, 1, 64, 64)[0])

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ({"precision": "fp32"}, "expected a precision of fp16, received fp32"),
            ({"device": "cpu"}, "expected a device of cuda, received cpu"),
        ],
    )
    def test_what_it_cannot_do(self, gpu, bundle, arguments, said):
        with pytest.raises(BackendError, match=said):
            open_backend(bundle, "tensorrt", **arguments)

    @pytest.mark.parametrize("arguments", [("--backend", "tensorrt"), ("--build",)])
    def test_the_command_line_without_pycuda(self, monkeypatch, capsys, tmp_path, arguments):
        """One line, and exit code 2."""
        monkeypatch.setattr(trt, "list_flavors", lambda: ["rtx"])
        for name in ("pycuda", "pycuda.driver"):
            monkeypatch.setitem(sys.modules, name, None)
        drawing().save(tmp_path / "line.png")
        result = Runner(monkeypatch, capsys)("colorize", tmp_path / "line.png", *arguments)
        assert result.code == 2
        remedy = "pip install 'paintstorch-sdk[gpu]' (in a clone: pip install -e '.[gpu]')"
        assert result.err.strip().endswith(f"pycuda is not installed; {remedy}")
        assert result.err.count("\n") == 1

    def test_without_the_library(self, monkeypatch, tiny_bundle):
        monkeypatch.setattr(trt, "list_flavors", list)
        with pytest.raises(BackendError, match="neither tensorrt nor tensorrt-rtx is installed; pip install"):
            open_backend(tiny_bundle, "tensorrt")


class TestBuilding:
    """`build_engine=True`: another backend serves until the engine is there."""

    @pytest.fixture
    def machine_with_next(self, gpu, monkeypatch):
        monkeypatch.setattr(
            "paintstorch_sdk.backends.registry._list_candidates",
            lambda device: [("tensorrt", None), ("onnxruntime", "cpu")],
        )
        return gpu

    def test_serves_and_switches(self, machine_with_next, bundle, tiny_bundle, host, monkeypatch, flavor):
        started, go = threading.Event(), threading.Event()

        def build(source, *key):
            assert (source, key) == (tiny_bundle, (flavor, VERSION, TARGET))
            started.set()
            assert go.wait(60)

        monkeypatch.setattr(trt, "build_engines", build)
        made = iter([None, bundle, bundle])  # at first nothing was built
        monkeypatch.setattr(trt, "find_build", lambda *_: next(made))
        expected = np.asarray(host.colorize(drawing(), STROKE), int)
        with pts.Colorizer(tiny_bundle, backend="tensorrt", build_engine=True) as opened:
            assert started.wait(60)
            canvas = opened.canvas(drawing(), STROKE)
            assert opened.backend.name == "onnxruntime"
            assert np.abs(np.asarray(canvas.render(), int) - expected).max() <= 1
            go.set()
            assert opened.backend.wait(60)
            assert (opened.backend.name, opened.backend.failed) == ("tensorrt", "")
            assert np.abs(np.asarray(opened.colorize(drawing(), STROKE), int) - expected).max() <= 1
            assert np.abs(np.asarray(canvas.render(), int) - expected).max() <= 1  # where it was encoded

    def test_switches_in_the_middle_of_frames(self, machine_with_next, bundle, tiny_bundle, host, monkeypatch):
        go = threading.Event()
        monkeypatch.setattr(trt, "build_engines", lambda *_: go.wait(60))
        made = iter([None, bundle, bundle])
        monkeypatch.setattr(trt, "find_build", lambda *_: next(made))
        expected = np.asarray(host.colorize(drawing(), STROKE), int)
        with pts.Colorizer(tiny_bundle, build_engine=True) as opened:

            def frames():
                for index in range(24):
                    if index == 12:
                        go.set()
                        assert opened.backend.wait(60)
                    yield drawing()

            images = list(opened.stream(frames(), STROKE, batch_size=2))
            assert len(images) == 24
            assert all(np.abs(np.asarray(image, int) - expected).max() <= 1 for image in images)
            assert sum(c.calls.runs for c in opened.backend.serving._loaded.engines["encoder"].contexts) >= 4

    def test_a_build_that_fails(self, machine_with_next, tiny_bundle, monkeypatch, caplog):
        def build(*_):
            raise BackendError("engines for sm89 could not be built: no reason")

        monkeypatch.setattr(trt, "build_engines", build)
        with pts.Colorizer(tiny_bundle, build_engine=True) as opened:
            assert opened.backend.wait(60)
            assert opened.backend.failed == "engines for sm89 could not be built: no reason"
            assert opened.backend.name == "onnxruntime"
            opened.colorize(drawing())
        assert "onnxruntime goes on" in caplog.text

    def test_an_engine_that_is_there_is_taken_at_once(self, gpu, bundle):
        with open_backend(bundle, "auto", build_engine=True) as opened:
            assert isinstance(opened, trt.TensorRtBackend)

    def test_what_was_built_is_found_again(self, gpu, bundle, tiny_bundle, flavor, tmp_path):
        place = building.locate_build(tiny_bundle, flavor, VERSION, TARGET)
        place.parent.mkdir(parents=True)
        place.symlink_to(bundle.path)
        with open_backend(tiny_bundle, "tensorrt") as opened:
            assert opened.name == "tensorrt"

    def test_the_command(self, tiny_bundle, monkeypatch):
        """Run for real, as far as it goes here: there is no such GPU, and the reason comes back in one line."""
        with pytest.raises(
            BackendError, match=r"^engines for sm12 could not be built: .*target: expected current"
        ) as said:
            building.build_engines(tiny_bundle, "rtx", VERSION, "sm12")
        assert "\n" not in str(said.value)

    def test_without_a_gpu_there_is_nothing_to_build_for(self, tiny_bundle):
        with pytest.raises(BackendError, match="backend tensorrt cannot run here: "):
            open_backend(tiny_bundle, "tensorrt", build_engine=True)


class TestTheRealLibrary:
    """The stand-in has what TensorRT for RTX has; and how far that comes without a GPU."""

    CLASSES = {  # noqa: RUF012
        "Runtime": simulated_tensorrt.Runtime,
        "ICudaEngine": simulated_tensorrt.Engine,
        "IRuntimeConfig": simulated_tensorrt.RuntimeConfig,
        "IRuntimeCache": simulated_tensorrt.RuntimeCache,
        "IExecutionContext": simulated_tensorrt.ExecutionContext,
    }

    @pytest.mark.parametrize("name", CLASSES)
    def test_has_these_methods_with_these_arguments(self, name):
        real, compared = getattr(pytest.importorskip("tensorrt_rtx"), name), 0
        for method, mine in vars(self.CLASSES[name]).items():
            if method.startswith("_"):
                continue
            assert hasattr(real, method), f"{name}.{method}"
            if not inspect.isfunction(mine):
                continue
            arguments = [a for a in inspect.signature(mine).parameters if a != "self"]
            signatures = re.findall(rf"{method}\(self: [^,)]+(?:, )?(.*?)\) ->", getattr(real, method).__doc__)
            taken = [re.findall(r"(\w+): ", re.sub(r"= <.*?>", "", signature)) for signature in signatures]
            assert arguments in taken or (arguments == ["strategy"] and taken), f"{name}.{method}{arguments}: {taken}"
            compared += 1
        assert compared or name == "IRuntimeConfig"

    def test_has_these_values(self):
        rtx = pytest.importorskip("tensorrt_rtx")
        for name in (
            "DataType",
            "TensorIOMode",
            "TensorFormat",
            "ExecutionContextAllocationStrategy",
            "CudaGraphStrategy",
        ):
            for member in getattr(simulated_tensorrt, name).__members__:
                assert hasattr(getattr(rtx, name), member)
        assert {"ERROR", "INTERNAL_ERROR"} <= set(dir(rtx.ILogger))

    def test_an_engine_is_not_loaded_without_a_driver(self, tmp_path):
        """It says why, in one line, and nothing crashes: the words are the library's."""
        rtx = pytest.importorskip("tensorrt_rtx")
        (tmp_path / "none.engine").write_bytes(b"no engine at all")
        files = {"encoder": tmp_path / "none.engine"}
        with pytest.raises(
            BackendError, match=r"^tensorrt_rtx .* cannot load .*none.engine: .*; build it again"
        ) as said:
            engine.Loaded(rtx, "rtx", SimpleNamespace(target="sm89", name="a GPU"), files, cuda_graphs=True)
        assert "\n" not in str(said.value)
        assert "it gave no reason" not in str(said.value)


def test_a_lane_is_chosen_that_is_free(monkeypatch, engine_bundles):
    with machine(monkeypatch), trt.TensorRtBackend(engine_bundles["rtx"]) as opened:
        with opened.lane() as first:
            held = threading.Event()
            done = threading.Event()

            def work():
                with opened.lane() as lane:
                    assert lane is not first
                    held.set()
                    assert done.wait(60)

            thread = threading.Thread(target=work)
            thread.start()
            assert held.wait(60)
            done.set()
            thread.join(60)
        assert isinstance(first, lanes.Lane)
