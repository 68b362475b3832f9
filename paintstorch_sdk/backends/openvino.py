"""OpenVINO on the CPU: bf16 where the processor computes in it, fp32 on request."""

import queue
from typing import Any

import numpy as np

from ..backend import SUMS, Availability, Backend, Encoded, FloatTensor, LineDrawer, Precision, Shader, choose
from ..bundle import ENCODER, G2, PAINTER, SHADE, Bundle, partial_sums
from ..errors import BackendError
from ..telemetry import openvino_kept_quiet
from .forks import keep_in_children

with openvino_kept_quiet():
    import openvino as ov
    from openvino import opset13 as ops
    from openvino.preprocess import PrePostProcessor

NAME = "openvino"
# One for the process, and never released. The CPU plugin gives the thread that first uses a core a signal stack of
# its own, and unmaps it with the core: where another thread drops the core, or the older of two goes first, the thread
# keeps the address, and the next signal (Ctrl-C) is a segmentation fault. Seen with OpenVINO 2026.4.
CORE = keep_in_children(ov.Core())

_HINTS = {"fp32": "f32", "bf16": "bf16"}
# The partial sums cross from encoder to painter in the type they are computed in: converting them to fp32 and
# back would take 15 % of the time of one picture, and twice the memory of a Canvas.
_SUM_TYPES = {"fp32": ov.Type.f32, "bf16": ov.Type.bf16}


def probe() -> Availability:
    """Devices that OpenVINO can run on here."""
    version = ov.get_version().split("-")[0]
    try:
        # Not core.available_devices: it loads the plugins of all devices, 70 ms.
        capabilities = CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except RuntimeError:
        return Availability(NAME, version, (), "it has no CPU plugin", "pip install --force-reinstall openvino")
    precisions: tuple[Precision, ...] = ("bf16", "fp32") if "BF16" in capabilities else ("fp32",)
    return Availability(NAME, version, (("cpu", precisions),))


class OpenVinoBackend(Backend):
    """OpenVINO's compiled encoder and painter, with a pool of infer requests for the threads."""

    name = NAME

    def __init__(
        self,
        bundle: Bundle,
        precision: Precision = "auto",
        device: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.device, self.precision = choose(probe(), device, precision)
        config = _config(self.precision, threads)
        self._width = bundle.width
        self._sum_type = _SUM_TYPES[self.precision]
        self._encoder = _Graph(bundle, ENCODER, config, self._sum_type)
        self._painter = _Graph(bundle, PAINTER, config, self._sum_type)

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        n, _, height, width = line_art.shape
        sums = {
            name: ov.Tensor(self._sum_type, ov.Shape([n, channels, height // scale, width // scale]))
            for name, (channels, scale) in partial_sums(self._width).items()
        }
        self._encoder.run({"line_art": _shared(line_art)}, sums)
        return tuple(sums.values())

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        n, height, width = encoded.shape
        color = np.empty((n, 3, height, width), np.float32)
        feeds = {"hints": _shared(hints), **dict(zip(SUMS, encoded.sums, strict=True))}
        self._painter.run(feeds, {"color": _shared(color)})
        return color

    def _release(self) -> None:
        del self._encoder, self._painter


class OpenVinoDrawer(LineDrawer):
    """OpenVINO's compiled G2."""

    name = NAME

    def __init__(
        self, bundle: Bundle, precision: Precision = "auto", device: str | None = None, threads: int | None = None
    ) -> None:
        self.device, self.precision = choose(probe(), device, precision)
        self._graph = _Graph(bundle, G2, _config(self.precision, threads), _SUM_TYPES[self.precision])

    def _draw(self, inputs: dict[str, FloatTensor]) -> FloatTensor:
        drawn = np.empty(inputs["line_art"].shape, np.float32)
        self._graph.run({name: _shared(tensor) for name, tensor in inputs.items()}, {"drawn": _shared(drawn)})
        return drawn


class OpenVinoShader(Shader):
    """OpenVINO's compiled shade network."""

    def __init__(
        self, bundle: Bundle, precision: Precision = "auto", device: str | None = None, threads: int | None = None
    ) -> None:
        _, chosen = choose(probe(), device, precision)
        self._graph = _Graph(bundle, SHADE, _config(chosen, threads), _SUM_TYPES[chosen])

    def _shade(self, inputs: dict[str, FloatTensor]) -> FloatTensor:
        shade = np.empty(inputs["line_art"].shape, np.float32)
        self._graph.run({name: _shared(tensor) for name, tensor in inputs.items()}, {"shade": _shared(shade)})
        return shade


def _config(precision: str, threads: int | None) -> dict[str, Any]:
    config: dict[str, Any] = {"INFERENCE_PRECISION_HINT": _HINTS[precision], "PERFORMANCE_HINT": "LATENCY"}
    return config | ({"INFERENCE_NUM_THREADS": threads} if threads else {})


class _Graph:
    """One compiled graph and its infer requests, one for each thread that runs it at the same time."""

    def __init__(self, bundle: Bundle, name: str, config: dict[str, Any], sum_type: Any) -> None:
        path = bundle.file(name)
        try:
            model = CORE.read_model(path)
            _pair_groups(model)
            graph = PrePostProcessor(model)
            for sums in SUMS if name in (ENCODER, PAINTER) else ():
                side = graph.output(sums) if name == ENCODER else graph.input(sums)
                side.tensor().set_element_type(sum_type)
            self._compiled = keep_in_children(CORE.compile_model(graph.build(), "CPU", config))
        except RuntimeError as error:
            raise BackendError(f"openvino cannot load {path}: {_line(error)}") from error
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()

    def run(self, inputs: dict[str, ov.Tensor], outputs: dict[str, ov.Tensor]) -> None:
        """Run on tensors of the caller's, without copies; the outputs are written in place."""
        try:
            request = self._idle.get_nowait()
        except queue.Empty:
            request = keep_in_children(self._compiled.create_infer_request())
        try:
            for name, tensor in (inputs | outputs).items():
                request.set_tensor(name, tensor)
            request.infer()
        except RuntimeError as error:
            raise BackendError(f"openvino failed: {_line(error)}") from error
        self._idle.put(request)


def _pair_groups(model: Any) -> None:
    """Join each two groups of 2 channels of a grouped convolution, with zero weights between them, in place.

    OpenVINO's kernels for groups of 4 are that much faster, in bf16 above all (half the time where dilated), that
    the painter gains 7 % at width 64 and 3 % at width 32. Wider groups gain nothing, nor does joining groups of 1.
    """
    for node in model.get_ordered_ops():
        if node.get_type_name() != "GroupConvolution":
            continue
        weights = node.input_value(1)
        groups, outputs, inputs, *kernel = weights.get_shape()
        if inputs != 2 or groups % 2:
            continue
        pairs = ops.reshape(weights, ops.constant(np.array([groups // 2, 2, outputs, inputs, *kernel])), False)
        even, odd = (ops.gather(pairs, ops.constant(np.int64(i)), ops.constant(np.int64(1))) for i in (0, 1))
        zeros = ops.constant(np.zeros((groups // 2, outputs, inputs, *kernel), np.float32))
        joined = ops.concat([ops.concat([even, zeros], 2), ops.concat([zeros, odd], 2)], 1)
        options = node.get_attributes()
        sizes = (options[key] for key in ("strides", "pads_begin", "pads_end", "dilations"))
        replacement = ops.group_convolution(node.input_value(0), joined, *sizes)
        replacement.set_friendly_name(node.get_friendly_name())
        node.output(0).replace(replacement.output(0))


def _shared(array: FloatTensor) -> ov.Tensor:
    """An array as OpenVINO's tensor, on the same memory."""
    return ov.Tensor(array, shared_memory=True)


def _line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__


def open_backend(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> OpenVinoBackend:
    """The adapter's entry point, alike in every backend."""
    return OpenVinoBackend(bundle, precision, device, threads)


def open_drawer(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> OpenVinoDrawer:
    """The entry point of adapters that draw, too."""
    return OpenVinoDrawer(bundle, precision, device, threads)


def open_shader(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> OpenVinoShader:
    """The entry point of adapters that shade, too."""
    return OpenVinoShader(bundle, precision, device, threads)
