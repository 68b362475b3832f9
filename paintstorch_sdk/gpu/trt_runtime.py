"""TensorRT engines at work: loaded, with execution contexts for shapes, and CUDA graphs of what comes again.

One code path for both flavors, `tensorrt` and `tensorrt_rtx` (TensorRT for RTX), which share their API. Nothing here
imports them: the library is given.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ..backend import SUMS
from ..bundle import SCALES
from ..errors import BackendError
from ..files import replacing
from .arrays import DeviceArray
from .device import Gpu, Recording, line_of
from .engine_cache import cache_folder
from .engine_key import FLAVORS, Profile, Shape
from .lanes import Lane

CONTEXTS = 4  # shapes that a lane keeps ready for each graph
RECORDINGS = 8  # sets of addresses for which a context keeps a CUDA graph


class Loaded:
    """The two engines of a bundle, in the GPU's memory.

    Args:
        trt: The library.
        flavor: "tensorrt" or "rtx".
        gpu: Its context is current.
        files: graph -> engine.
        cuda_graphs: Record CUDA graphs.
        sums: Names of the partial sums of the bundle.

    Raises:
        BackendError: The library cannot load them: its own words; or they are of other networks.
    """

    def __init__(
        self,
        trt: ModuleType,
        flavor: str,
        gpu: Gpu,
        files: Mapping[str, Path],
        cuda_graphs: bool,
        sums: Iterable[str] = SUMS,
    ) -> None:
        names = {*sums}
        self.inputs = {"encoder": {"line_art"}, "painter": {"hints"} | names}
        self._outputs = {"encoder": names, "painter": {"color"}}
        self.trt, self.flavor, self.cuda_graphs = trt, flavor, cuda_graphs
        self.messages = _Messages()
        self._logger = _make_logger(trt, self.messages)
        self._runtime = trt.Runtime(self._logger)
        self.engines: dict[str, Any] = {}
        self.types: dict[str, np.dtype[Any]] = {}
        for graph, path in files.items():
            engine = self._runtime.deserialize_cuda_engine(path.read_bytes())
            if engine is None:
                raise BackendError(
                    f"{FLAVORS[flavor]} {trt.__version__} cannot load {path}: {self.messages.take()}; build it again "
                    f"with pts export --tensorrt --flavor {flavor} --target {gpu.target}"
                )
            self.types |= self._tensor_types(engine, graph, path)
            self.engines[graph] = engine
        self.profile = self._read_profile()
        self._compiled: Any = None
        self._compiled_file = _compiled_file(str(trt.__version__), gpu)
        self._configs = {graph: self._runtime_config(engine) for graph, engine in self.engines.items()}

    def context(self, graph: str) -> Any:
        """A new execution context, whose scratch memory is ours to give."""
        engine, strategy = self.engines[graph], self.trt.ExecutionContextAllocationStrategy.USER_MANAGED
        config = self._configs[graph]
        context = engine.create_execution_context(strategy if config is None else config)
        if context is None:
            raise BackendError(f"tensorrt: no execution context for the {graph}: {self.messages.take()}")
        return context

    def close(self) -> None:
        """Keep what was compiled for this GPU, and free the engines; their contexts must be gone."""
        if self._compiled is not None:
            content = bytes(self._compiled.serialize())
            with suppress(OSError), replacing(self._compiled_file) as temporary:  # a full disk does no harm here
                temporary.write_bytes(content)
        self._configs.clear()
        self._compiled = None
        self.engines.clear()
        self._runtime = None

    def _tensor_types(self, engine: Any, graph: str, path: Path) -> dict[str, np.dtype[Any]]:
        trt = self.trt
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        modes = {name: engine.get_tensor_mode(name) for name in names}
        inputs = {name for name, mode in modes.items() if mode == trt.TensorIOMode.INPUT}
        if (inputs, set(names) - inputs) != (self.inputs[graph], self._outputs[graph]):
            raise BackendError(f"{path}: expected this package's {graph}, received an engine of {', '.join(names)}")
        known: dict[Any, np.dtype[Any]] = {
            trt.DataType.FLOAT: np.dtype("float32"),
            trt.DataType.HALF: np.dtype("float16"),
        }
        for name in names:
            if engine.get_tensor_dtype(name) not in known or engine.get_tensor_format(name) != trt.TensorFormat.LINEAR:
                raise BackendError(
                    f"{path}: expected {name} as float32 or float16 in rows, received "
                    f"{engine.get_tensor_format_desc(name)}"
                )
        return {name: known[engine.get_tensor_dtype(name)] for name in names}

    def _read_profile(self) -> Profile:
        """The sizes that both engines take: `pts export` builds them under one profile."""
        found = []
        for graph, name in (("encoder", "line_art"), ("painter", "hints")):
            shapes, scale = self.engines[graph].get_tensor_profile_shape(name, 0), SCALES[name]
            found.append(Profile(*((dims[0], dims[2] * scale, dims[3] * scale) for dims in shapes)))
        if found[0] != found[1]:
            raise BackendError("tensorrt: encoder and painter were built for other sizes; build both again: pts export")
        return found[0]

    def _runtime_config(self, engine: Any) -> Any:
        """Runtime configuration of TensorRT for RTX; None for TensorRT, which has none."""
        if self.flavor != "rtx":
            return None
        trt, config = self.trt, engine.create_runtime_config()
        config.set_execution_context_allocation_strategy(trt.ExecutionContextAllocationStrategy.USER_MANAGED)
        if self.cuda_graphs:
            config.cuda_graph_strategy = trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
        if self._compiled is None:
            self._compiled = config.create_runtime_cache()
            with suppress(OSError):
                self._compiled.deserialize(self._compiled_file.read_bytes())  # refuses what is of another GPU or driver
        config.set_runtime_cache(self._compiled)
        return config


def _compiled_file(version: str, gpu: Gpu) -> Path:
    name = "".join(letter if letter.isalnum() else "-" for letter in gpu.name.lower())
    return cache_folder().parent / "compiled" / f"rtx-{version}-{gpu.target}-{name}.bin"


class Contexts:
    """The execution contexts of one graph in one lane: one for each shape, until they are too many."""

    def __init__(self, loaded: Loaded, graph: str, lane: Lane) -> None:
        self._loaded, self._graph, self._lane = loaded, graph, lane
        self._ready: OrderedDict[Shape, Context] = OrderedDict()
        self._key = "line_art" if graph == "encoder" else "hints"
        self._scale = SCALES[self._key]

    def run(self, tensors: Mapping[str, DeviceArray]) -> None:
        """Give the lane's stream the work on these tensors.

        Raises:
            InputError: The engines do not take their size.
            BackendError: TensorRT failed.
        """
        n, _, height, width = tensors[self._key].shape
        shape = (n, height * self._scale, width * self._scale)
        found = self._ready.get(shape)
        if found is None:
            self._loaded.profile.check(shape)
            found = self._ready[shape] = self._take_context()
        self._ready.move_to_end(shape)
        found.run(tensors)

    def _take_context(self) -> "Context":
        """A context for a new shape: a new one, or, of too many, that which was unused for longest."""
        if len(self._ready) >= CONTEXTS:
            return self._ready.popitem(last=False)[1]
        return Context(self._loaded, self._graph, self._lane)

    def close(self) -> None:
        """Free them; the stream has nothing left to do."""
        for context in self._ready.values():
            context.close()
        self._ready.clear()


class Context:
    """An execution context: the shapes that it is set to, its memory, and what is recorded."""

    def __init__(self, loaded: Loaded, graph: str, lane: Lane) -> None:
        self._loaded, self._graph, self._lane = loaded, graph, lane
        self._inputs = loaded.inputs[graph]
        self._context = loaded.context(graph)
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._need = 0  # bytes of scratch memory at these shapes
        self._addresses: dict[str, int] = {}
        self._recordings = Recordings(lane.handle, lane.synchronize) if self._must_record(loaded) else None

    @staticmethod
    def _must_record(loaded: Loaded) -> bool:
        return loaded.cuda_graphs and loaded.flavor != "rtx"

    def run(self, tensors: Mapping[str, DeviceArray]) -> None:
        """Give the lane's stream the work on these tensors."""
        self._set_shapes({name: tensors[name].shape for name in self._inputs})
        scratch = self._lane.scratch(self._need)
        addresses = {name: tensor.address for name, tensor in tensors.items()} | {"": scratch.address}
        for name, address in addresses.items():
            if self._addresses.get(name) == address:
                continue
            if name:
                self._check(self._context.set_tensor_address(name, address), f"{name}'s address")
            else:
                self._context.set_device_memory(address, scratch.size)
            self._addresses[name] = address
        if self._recordings is None:
            self._enqueue_run()
        else:
            self._recordings.run(tuple(addresses.values()), self._enqueue_run)

    def close(self) -> None:
        """Free it; the stream has nothing left to do with it."""
        if self._recordings is not None:
            self._recordings.clear()
        self._context = None

    def _set_shapes(self, shapes: dict[str, tuple[int, ...]]) -> None:
        if shapes == self._shapes:
            return
        if self._recordings is not None:
            self._recordings.clear()  # a recording is of the shapes that the context had
        self._shapes = {}
        for name, shape in shapes.items():
            self._check(self._context.set_input_shape(name, shape), f"{name} as {shape}")
        try:
            missing = self._context.infer_shapes()
        except RuntimeError as error:
            raise BackendError(f"tensorrt failed at the shapes of the {self._graph}: {line_of(error)}") from error
        self._check(not missing, f"the shapes of {', '.join(missing)}")
        # 0 may mean that the library cannot say: then as much as the profile's largest shape needs.
        self._need = int(self._context.update_device_memory_size_for_shapes()) or int(
            self._loaded.engines[self._graph].get_device_memory_size_for_profile_v2(0)
        )
        self._addresses.pop("", None)  # the memory is divided anew
        self._shapes = shapes

    def _enqueue_run(self) -> None:
        self._check(self._context.execute_async_v3(self._lane.handle), "a run")

    def _check(self, done: bool, what: str) -> None:
        if not done:
            raise BackendError(f"tensorrt failed at {what} of the {self._graph}: {self._loaded.messages.take()}")


class Recordings:
    """CUDA graphs of the same work on several sets of addresses.

    The first run on a set is not recorded: TensorRT does some work only once for a shape, and that must not be part
    of the recording. What refuses to be recorded runs without.

    Args:
        stream: Its handle.
        synchronize: Waits for it.
    """

    def __init__(self, stream: int, synchronize: Callable[[], None]) -> None:
        self._stream, self._synchronize = stream, synchronize
        self._known: OrderedDict[tuple[int, ...], Recording | None] = OrderedDict()
        self._refused = False

    def run(self, addresses: tuple[int, ...], enqueue: Callable[[], None]) -> None:
        """Give the stream the work."""
        if addresses not in self._known:
            if len(self._known) == RECORDINGS:
                self._forget_recording(self._known.popitem(last=False)[1])
            self._known[addresses] = None
            enqueue()
            return
        self._known.move_to_end(addresses)
        recording = self._known[addresses]
        if recording is None and not self._refused:
            try:
                recording = self._known[addresses] = Recording(self._stream, enqueue)
            except BackendError:
                self._refused = True
        if recording is None:
            enqueue()
        else:
            recording.launch()

    def clear(self) -> None:
        """Forget all of them."""
        for recording in self._known.values():
            self._forget_recording(recording)
        self._known.clear()

    def _forget_recording(self, recording: Recording | None) -> None:
        if recording is not None:
            self._synchronize()
            recording.close()


class _Messages:
    """The last errors that the library logged, from whatever thread."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=4)
        self._lock = threading.Lock()

    def add(self, text: str) -> None:
        with self._lock:
            self._lines.append(" ".join(text.split()))

    def take(self) -> str:
        """All of them in one line; they are forgotten."""
        with self._lock:
            text = "; ".join(self._lines)
            self._lines.clear()
        return f"{text:.600}" or "it gave no reason"


def _make_logger(trt: ModuleType, messages: _Messages) -> Any:
    class RuntimeLogger(trt.ILogger):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()

        def log(self, severity: Any, text: str) -> None:
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                messages.add(text)

    return RuntimeLogger()
