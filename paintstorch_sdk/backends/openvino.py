"""OpenVINO on the CPU: bf16 where the processor computes in it, int8 where the model has it, fp32 on request."""

import functools
import os
import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..backend import SUMS, Availability, Backend, Encoded, FloatTensor, LineDrawer, Precision, Shader, choose
from ..bundle import ENCODER, G2, INT8, KINSHIP, PAINTER, SHADE, Bundle
from ..errors import BackendError
from ..hints.kinship import BLOCK, FEATURES
from ..telemetry import openvino_kept_quiet
from .compiled import find_file, forget_pages, keep_compiled, map_compiled
from .forks import keep_in_children
from .openvino_layers import Quantization, find_convolutions, halve_exit, pack_groups, quantize_layers, shuffle_in_runs
from .tuning import Plan, find_tuning

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
# The partial sums cross from encoder to painter in fp32 where all layers are in it, else in bf16: half the memory of a
# Canvas. How much faster each way is: docs/performance.md, "What was tried".
_SUM_TYPES = {"fp32": ov.Type.f32, "bf16": ov.Type.bf16, "int8": ov.Type.bf16}
# Channels that fp32 sums cross with last: these OpenVINO puts first by a loop that takes as long as the convolutions.
_SLOW_CHANNELS = range(16, 65)
NO_BF16 = "PTS_NO_BF16"  # environment variable: as on a processor without, to measure


def probe() -> Availability:
    """Devices that OpenVINO can run on here; int8 for models that have it."""
    version = ov.get_version().split("-")[0]
    try:
        # Not core.available_devices: it loads the plugins of all devices, 70 ms.
        capabilities = CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except RuntimeError:
        return Availability(NAME, version, (), "it has no CPU plugin", "pip install --force-reinstall openvino")
    has_bf16 = "BF16" in capabilities and not os.environ.get(NO_BF16)
    precisions: tuple[Precision, ...] = ("bf16", "fp32", "int8") if has_bf16 else ("fp32", "int8")
    return Availability(NAME, version, (("cpu", precisions),))


class OpenVinoBackend(Backend):
    """OpenVINO's compiled encoder and painter, with a pool of infer requests for the threads.

    Attributes:
        plan: How it is run.

    Args:
        bundle: The model.
        precision: "auto" is what `pts tune` found fastest here, or bf16 where the processor has it, else fp32.
        device: "cpu".
        threads: CPU threads; None is what `pts tune` found, or all.
        plan: How to run it; None is what `pts tune` found, or the usual way.
        quantization: For int8 instead of the bundle's.
        cached: Keep what is compiled for the next process, and take what an earlier one kept (see `compiled`).
    """

    name = NAME

    def __init__(
        self,
        bundle: Bundle,
        precision: Precision = "auto",
        device: str | None = None,
        threads: int | None = None,
        plan: Plan | None = None,
        quantization: Quantization | None = None,
        cached: bool = False,
    ) -> None:
        available = probe()
        tuning = None if plan else find_tuning(bundle, available)
        if precision == "auto" and tuning and (bundle.has_int8 or tuning.precision != "int8"):
            precision = tuning.precision
        self.device, self.precision = choose(available, device, precision)
        if self.precision == "int8" and not (bundle.has_int8 or quantization):
            raise BackendError(
                f"backend {NAME} in int8: {bundle.path} has no ranges for it; add them: pts export {bundle.path} -o "
                f"NEW --int8"
            )
        plan = plan or (tuning and tuning.plans.get(self.precision)) or Plan.usual(self.precision)
        self.plan = replace(plan, threads=threads or plan.threads)
        self._sums = {**bundle.partial_sums, "exit": (12, 2)}  # see `halve_exit`
        self._sum_type = _SUM_TYPES[self.precision]
        compiling = functools.partial(
            compile_graph,
            bundle,
            precision=self.precision,
            plan=self.plan,
            quantization=quantization,
            cached=cached,
        )
        # Where regions have all their colors from strokes and from kinship, neither runs: 50 MB and 90 ms less.
        kept = [_find_kept(bundle, name, self.precision, self.plan) for name in (ENCODER, PAINTER)]
        late = cached and all(path is not None and path.is_file() for path in kept)
        # One after the other: compiled side by side, in other threads, they kill one forked child in two.
        self._encoder, self._painter = (_Graph(functools.partial(compiling, name), late) for name in (ENCODER, PAINTER))

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        n, _, height, width = line_art.shape
        sums = {}
        for name, (channels, scale) in self._sums.items():
            size = [height // scale, width // scale]
            shape = [n, *size, channels] if _puts_last(self._sum_type, channels) else [n, channels, *size]
            sums[name] = ov.Tensor(self._sum_type, ov.Shape(shape))
        self._encoder.run({"line_art": _shared(line_art)}, sums)
        return tuple(sums.values())

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        n, height, width = encoded.shape
        color = np.empty((n, 3, height, width), np.float32)
        self._painter.run(self.name_inputs(encoded, hints), {"color": _shared(color)})
        return color

    def name_inputs(self, encoded: Encoded, hints: FloatTensor) -> dict[str, ov.Tensor]:
        """What the painter reads, by name."""
        return {"hints": _shared(hints), **dict(zip(self._sums, encoded.sums, strict=True))}

    def _release(self) -> None:
        del self._encoder, self._painter


class OpenVinoDrawer(LineDrawer):
    """OpenVINO's compiled G2."""

    name = NAME

    def __init__(
        self, bundle: Bundle, precision: Precision = "auto", device: str | None = None, threads: int | None = None
    ) -> None:
        self.device, self.precision = choose(_floats(probe()), device, precision)
        plan = Plan.usual(self.precision)
        self._graph = _Graph(lambda: compile_graph(bundle, G2, self.precision, plan, threads=threads))

    def _draw(self, inputs: dict[str, FloatTensor]) -> FloatTensor:
        drawn = np.empty(inputs["line_art"].shape, np.float32)
        self._graph.run({name: _shared(tensor) for name, tensor in inputs.items()}, {"drawn": _shared(drawn)})
        return drawn


class OpenVinoShader(Shader):
    """OpenVINO's compiled shade network."""

    def __init__(
        self, bundle: Bundle, precision: Precision = "auto", device: str | None = None, threads: int | None = None
    ) -> None:
        _, chosen = choose(_floats(probe()), device, precision)
        plan = Plan.usual(chosen)
        self._graph = _Graph(lambda: compile_graph(bundle, SHADE, chosen, plan, threads=threads, cached=True))

    def _shade(self, inputs: dict[str, FloatTensor]) -> FloatTensor:
        logits = np.empty(inputs["line_art"].shape, np.float32)
        self._graph.run({name: _shared(tensor) for name, tensor in inputs.items()}, {"logits": _shared(logits)})
        return logits


def _floats(availability: Availability) -> Availability:
    """What networks without int8 can run in."""
    devices = tuple((device, tuple(p for p in found if p != "int8")) for device, found in availability.devices)
    return replace(availability, devices=devices)


def _find_float(precision: str) -> str:
    """The precision of the layers that int8 leaves out; any other precision is that of all."""
    return _floats(probe()).devices[0][1][0] if precision == "int8" else precision


class _Graph:
    """One compiled graph and its infer requests, one for each thread that runs it at the same time.

    Args:
        compiling: Makes the compiled graph.
        late: When it first runs.
    """

    def __init__(self, compiling: Callable[[], Any], late: bool = False) -> None:
        self._compiling = compiling
        self._compiled = None if late else keep_in_children(compiling())
        self._opening = threading.Lock()
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()

    def run(self, inputs: dict[str, ov.Tensor], outputs: dict[str, ov.Tensor]) -> None:
        """Run on tensors of the caller's, without copies; the outputs are written in place."""
        first = False
        with self._opening:
            self._compiled = self._compiled or keep_in_children(self._compiling())
        try:
            request = self._idle.get_nowait()
        except queue.Empty:
            request, first = keep_in_children(self._compiled.create_infer_request()), True
        try:
            for name, tensor in (inputs | outputs).items():
                request.set_tensor(name, tensor)
            request.infer()
        except RuntimeError as error:
            raise BackendError(f"openvino failed: {_line(error)}") from error
        if first:
            forget_pages(self._compiled)
            with suppress(RuntimeError):  # another thread runs it: then it is no process that runs it once
                self._compiled.release_memory()  # what lies between layers
        self._idle.put(request)


def compile_graph(
    bundle: Bundle,
    name: str,
    precision: str,
    plan: Plan,
    *,
    threads: int | None = None,
    quantization: Quantization | None = None,
    options: Mapping[str, Any] | None = None,
    cached: bool = False,
) -> Any:
    """A graph of a bundle as OpenVINO runs it.

    Args:
        bundle: The model.
        name: File name of the graph.
        precision: "fp32", "bf16", or "int8", whose other layers are in bf16 where the processor has it.
        plan: How to run it.
        threads: Instead of the plan's.
        quantization: Instead of the bundle's.
        options: More of OpenVINO's options.
        cached: See `OpenVinoBackend`; only with the bundle's quantization, and without options.

    Raises:
        BackendError: OpenVINO cannot load it.
    """
    rest = _find_float(precision)
    config = {"INFERENCE_PRECISION_HINT": _HINTS[rest], "PERFORMANCE_HINT": "LATENCY", **(options or {})}
    if threads or plan.threads:
        config["INFERENCE_NUM_THREADS"] = threads or plan.threads
    path = bundle.file(name)
    kept = _find_kept(bundle, name, precision, plan) if cached else None
    if kept is not None and (compiled := map_compiled(CORE, kept, config)) is not None:
        return compiled
    try:
        model = read_graph(bundle, name)
        if precision == "int8":
            quantization = quantization or Quantization.read(bundle.file(INT8))
            left_out = {layer for layer, _ in find_convolutions(model)} - quantization.ranges.keys()
            pack_groups(model, Plan.usual(rest).packing, left_out)
            pack_groups(model, plan.packing, quantization.ranges)
            quantize_layers(model, quantization)
        else:
            pack_groups(model, plan.packing)
        compiled = CORE.compile_model(set_sums(model, name, _SUM_TYPES[precision]), "CPU", config)
    except (RuntimeError, ValueError) as error:  # ValueError: scales of another model
        raise BackendError(f"openvino cannot load {path}: {_line(error)}") from error
    if kept is not None:
        keep_compiled(compiled, kept)
        mapped = map_compiled(CORE, kept, config)  # a copy of the weights less, 30 MB, for as long as it is loaded
        compiled = compiled if mapped is None else mapped
    return compiled


def _find_kept(bundle: Bundle, name: str, precision: str, plan: Plan) -> Path | None:
    """Where a compiled graph is kept for the next process; None: nowhere."""
    return find_file(bundle, probe(), name, precision, sorted(plan.packing.items()))


def read_graph(bundle: Bundle, name: str) -> Any:
    """A graph of a bundle, rewritten to what is faster and computes the same."""
    model = CORE.read_model(bundle.file(name))
    if name == PAINTER:
        shuffle_in_runs(model)
    if name in (ENCODER, PAINTER):
        halve_exit(model)
    return model


def set_sums(model: Any, name: str, sum_type: Any) -> Any:
    """The graph with its partial sums in the type and layout in which they cross."""
    if name == ENCODER and sum_type == ov.Type.bf16:
        for result in model.get_results():
            sums = result.input_value(0)
            names = sums.get_names()
            # Reshaped to the shape it has, or OpenVINO puts channels first before it rounds: three times as slow.
            rounded = ops.reshape(ops.convert(sums, "bf16"), np.array([0, 0, 0, -1]), special_zero=True).output(0)
            result.input(0).replace_source_output(rounded)
            sums.set_names(set())
            rounded.set_names(names)
        return model
    graph = PrePostProcessor(model)
    ends, find = (model.outputs, graph.output) if name == ENCODER else (model.inputs, graph.input)
    for end in ends:
        if end.any_name not in SUMS:
            continue
        side = find(end.any_name)
        side.tensor().set_element_type(sum_type)
        if _puts_last(sum_type, end.get_partial_shape()[1].get_length()):
            side.tensor().set_layout(ov.Layout("NHWC"))
            side.model().set_layout(ov.Layout("NCHW"))
    return graph.build()


def _puts_last(sum_type: Any, channels: int) -> bool:
    return bool(sum_type == ov.Type.f32) and channels in _SLOW_CHANNELS


def _shared(array: FloatTensor) -> ov.Tensor:
    """An array as OpenVINO's tensor, on the same memory."""
    return ov.Tensor(array, shared_memory=True)


def _line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__


def open_backend(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> OpenVinoBackend:
    """The adapter's entry point, alike in every backend."""
    return OpenVinoBackend(bundle, precision, device, threads, cached=True)


def open_drawer(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> OpenVinoDrawer:
    """The entry point of adapters that draw, too."""
    return OpenVinoDrawer(bundle, precision, device, threads)


def open_kinship(
    bundle: Bundle, precision: Precision, device: str | None, threads: int | None
) -> Callable[[FloatTensor], FloatTensor]:
    """The entry point of adapters that tell what regions are, too."""
    _, chosen = choose(_floats(probe()), device, precision)
    plan = Plan.usual(chosen)
    graph = _Graph(lambda: compile_graph(bundle, KINSHIP, chosen, plan, threads=threads, cached=True))

    def relate(line_art: FloatTensor) -> FloatTensor:
        count, _, height, width = line_art.shape
        features = np.empty((count, FEATURES, height // BLOCK, width // BLOCK), np.float32)
        graph.run({"line_art": _shared(line_art)}, {"features": _shared(features)})
        return features

    return relate


def open_shader(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> OpenVinoShader:
    """The entry point of adapters that shade, too."""
    return OpenVinoShader(bundle, precision, device, threads)
