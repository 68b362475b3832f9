"""Arrays of other libraries: on the CPU for real; DLPack's structures do not know where the memory is."""

import gc
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import paintstorch_sdk as pts
from paintstorch_sdk.errors import HintError, ImageError, InputError
from paintstorch_sdk.gpu import arrays as interchange
from paintstorch_sdk.gpu import device as gpu
from paintstorch_sdk.gpu.arrays import CUDA, DeviceArray, borrowed, from_capsule
from paintstorch_sdk.imaging.arrays import CPU, host_array, on_device

STROKE = pts.Stroke([(30, 30), (60, 50)], "#e8a0b4", 14)


def paper():
    lines = np.full((60, 80), 255, np.uint8)
    lines[20, 10:70] = lines[10:50, 40] = 0
    return lines


def lent(array, device=(CPU, 0), **more):
    return DeviceArray(array.ctypes.data, array.shape, array.dtype, array, device=device, **more)


@pytest.fixture(scope="module")
def colorizer(tiny_bundle):
    with pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1) as opened:
        yield opened


class TestDLPack:
    @pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "int64"])
    def test_torch_and_numpy_read_ours(self, dtype):
        array = np.arange(24).reshape(2, 3, 4).astype(dtype)
        tensor = torch.from_dlpack(lent(array))
        assert tensor.data_ptr() == array.ctypes.data
        assert np.array_equal(tensor.numpy(), array)
        assert np.array_equal(np.from_dlpack(lent(array)), array)

    def test_strides(self):
        array = np.arange(24, dtype=np.uint8).reshape(4, 6)[:, :4]
        tensor = torch.from_dlpack(lent(array, strides=array.strides))
        assert tensor.stride() == (6, 1)
        assert np.array_equal(tensor.numpy(), array)

    def test_memory_lives_as_long_as_it_is_lent(self):
        gc.collect()  # what earlier tests lent
        before = len(interchange._lent)
        array = np.arange(5, dtype=np.uint8)
        tensor = torch.from_dlpack(lent(array))
        unused = lent(array).__dlpack__()
        assert len(interchange._lent) == before + 2
        del tensor, unused
        gc.collect()
        assert len(interchange._lent) == before

    def test_we_read_torchs_and_numpys(self):
        for array in (torch.arange(12, dtype=torch.float16).reshape(3, 4)[:, :2], np.ones((2, 5), np.uint8)):
            read = from_capsule(array.__dlpack__())
            assert read.shape == tuple(array.shape)
            view = np.ndarray(
                read.shape, read.dtype, (np.ctypeslib.ctypes.c_uint8 * 64).from_address(read.address), 0, read.strides
            )
            assert np.array_equal(view, np.asarray(array))

    def test_what_is_no_plain_number(self):
        with pytest.raises(InputError, match="expected plain numbers"):
            from_capsule(torch.ones(3, dtype=torch.complex64).__dlpack__())

    def test_a_consumers_stream_waits(self):
        ordered = []
        array = lent(np.ones(3, np.uint8), order=ordered.append)
        array.__dlpack__(stream=77)
        array.__dlpack__()
        array.__dlpack__(stream=-1)  # "do not": by DLPack's rules
        assert ordered == [77, 1]

    def test_a_copy_is_refused(self):
        with pytest.raises(BufferError):
            lent(np.ones(3, np.uint8)).__dlpack__(copy=True)
        with pytest.raises(BufferError):
            lent(np.ones(3, np.uint8)).__dlpack__(dl_device=(CUDA, 0))


class TestKinds:
    def test_what_is_on_a_gpu(self):
        class Tensor:
            def __dlpack_device__(self):
                return CUDA, 0

        assert on_device(lent(np.ones(1), (CUDA, 0)))
        assert on_device(SimpleNamespace(__cuda_array_interface__={}))
        assert on_device(Tensor())
        for other in (torch.ones(2), np.ones(2), "cuda", b"", None, Image.new("L", (2, 2))):
            assert not on_device(other)

    def test_what_is_on_the_host(self):
        tensor = torch.zeros(3, dtype=torch.uint8)
        host_array(tensor)[1] = 7
        assert tensor[1] == 7
        assert host_array("path") is None
        assert host_array(STROKE) is None
        with pytest.raises(InputError, match="its library does not lend it"):
            host_array(torch.ones(2, requires_grad=True))

    def test_the_cuda_array_interface(self):
        array = np.ones((4, 6), np.uint8)
        foreign = SimpleNamespace(
            __cuda_array_interface__={
                "data": (array.ctypes.data, False),
                "shape": (4, 6),
                "typestr": "|u1",
                "strides": None,
                "version": 3,
                "stream": 9,
            }
        )
        read = borrowed(foreign, 5)
        assert (read.address, read.shape, read.dtype, read.stream) == (array.ctypes.data, (4, 6), np.uint8, 9)
        assert read.owner is foreign
        with pytest.raises(InputError, match="expected an array in GPU memory"):
            borrowed(np.ones(3), 5)

    def test_its_producer_is_told_our_stream(self):
        array, told = np.ones(4, np.uint8), []

        class Tensor:
            def __dlpack_device__(self):
                return CUDA, 0

            def __dlpack__(self, *, stream=None):
                told.append(stream)
                return lent(array, (CUDA, 0)).__dlpack__()

        assert borrowed(Tensor(), 1234).address == array.ctypes.data
        assert told == [1234]

    @pytest.mark.parametrize(
        ("stream", "found"),
        [
            (SimpleNamespace(cuda_stream=12), 12),
            (SimpleNamespace(ptr=13), 13),
            (SimpleNamespace(handle=14), 14),
            (15, 15),
            (0, 1),
        ],
    )
    def test_handles_of_streams(self, stream, found):
        assert gpu.handle(stream) == found

    def test_what_is_no_stream(self):
        with pytest.raises(InputError, match="stream: expected one of torch, CuPy or PyCUDA"):
            gpu.handle("main")


class TestColorize:
    """The whole way, with arrays of torch in host memory."""

    def test_line_art_and_hints_of_torch(self, colorizer):
        expected = np.asarray(colorizer.colorize(paper(), STROKE))
        assert np.array_equal(np.asarray(colorizer.colorize(torch.from_numpy(paper()), STROKE)), expected)
        layer = pts.Hints((STROKE,)).draw(80, 60)
        made = colorizer.colorize(torch.from_numpy(paper()), torch.from_numpy(layer))
        assert np.array_equal(np.asarray(made), np.asarray(colorizer.colorize(paper(), layer)))
        frames = colorizer.stream([torch.from_numpy(paper())] * 2, STROKE)
        assert all(np.array_equal(np.asarray(frame), expected) for frame in frames)

    @pytest.mark.parametrize("make", [np.zeros, lambda shape, dtype: torch.zeros(shape, dtype=torch.uint8)])
    def test_the_picture_is_written_where_one_likes(self, colorizer, make):
        out = make((60, 80, 3), np.uint8)
        expected = np.asarray(colorizer.colorize(paper(), STROKE))
        assert colorizer.colorize(paper(), STROKE, out=out) is out
        assert np.array_equal(np.asarray(out), expected)
        canvas = colorizer.canvas(paper())
        assert canvas.render(out=out) is out
        assert not np.array_equal(np.asarray(out), expected)

    @pytest.mark.parametrize(
        "out",
        [
            np.zeros((80, 60, 3), np.uint8),
            np.zeros((60, 80, 3), np.float32),
            np.zeros((60, 80), np.uint8),
            "out.png",
            Image.new("RGB", (8, 8)),
        ],
    )
    def test_where_it_does_not_fit(self, colorizer, out):
        with pytest.raises(InputError, match=r"out: expected uint8 \(60, 80, 3\), received"):
            colorizer.colorize(paper(), out=out)

    def test_what_cannot_be_written(self, colorizer):
        out = np.zeros((60, 80, 3), np.uint8)
        out.flags.writeable = False
        with pytest.raises(InputError, match="out: expected an array to write to"):
            colorizer.colorize(paper(), out=out)

    def test_what_lies_on_a_gpu_needs_a_backend_there(self, colorizer):
        there = lent(paper(), (CUDA, 0))
        with pytest.raises(InputError, match="line art in GPU memory: expected a backend on that GPU"):
            colorizer.colorize(there)
        with pytest.raises(InputError, match=r"out, stream: expected a backend on a GPU.* received onnxruntime on cpu"):
            colorizer.colorize(paper(), out=lent(np.zeros((60, 80, 3), np.uint8), (CUDA, 0)))
        with pytest.raises(InputError, match="out, stream: expected"):
            colorizer.colorize(paper(), stream=5)
        with pytest.raises(HintError, match="hints in GPU memory: expected a backend on that GPU"):
            colorizer.colorize(paper(), lent(np.zeros((60, 80, 4), np.uint8), (CUDA, 0)))

    def test_what_is_no_picture(self, colorizer):
        with pytest.raises(ImageError):
            colorizer.colorize(torch.zeros(2, 3, 4, 5))


class Lying:
    """An array of another library that breaks its word in one way or another."""

    def __init__(self, device):
        self._device = device

    def __dlpack_device__(self):
        if isinstance(self._device, Exception):
            raise self._device
        return self._device

    def __dlpack__(self, **_):
        raise KeyError("nothing here")


class TestLies:
    @pytest.mark.parametrize("device", [RuntimeError("no device"), None, "cpu", (), (99, 0), ("x", 1)])
    def test_a_device_that_nobody_understands_is_none(self, device):
        assert not on_device(Lying(device))
        assert host_array(Lying(device)) is None

    @pytest.mark.parametrize("device", [(CPU, 0), (CUDA, 0), RuntimeError("no device"), None])
    def test_line_art_and_hints_that_are_not_lent(self, colorizer, device):
        with pytest.raises(InputError):
            colorizer.colorize(Lying(device))
        with pytest.raises(InputError):
            colorizer.colorize(paper(), Lying(device))

    def test_a_property_that_raises(self):
        class Broken:
            @property
            def __cuda_array_interface__(self):
                raise RuntimeError("no context")

        assert not on_device(Broken())
        with pytest.raises(InputError, match="its library does not lend it"):
            borrowed(Broken(), 0)

    @pytest.mark.parametrize("interface", [{}, {"data": (1, False)}, {"data": None, "shape": 3, "typestr": "|u1"}])
    def test_an_interface_that_lacks_something(self, interface):
        with pytest.raises(InputError, match="its library does not lend it"):
            borrowed(SimpleNamespace(__cuda_array_interface__=interface), 0)
