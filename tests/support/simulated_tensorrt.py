"""TensorRT on the host: a stand-in for the library's Python module, whose engines ONNX Runtime runs.

With `kernel_simulator.driver()` in the place of PyCUDA the whole GPU path runs without a GPU: device memory is host
memory. What is called here is called on the real library: tests/backends/test_tensorrt.py compares every name and
argument with tensorrt_rtx's own.
"""

import ctypes
import enum
import functools
import json
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime as ort


class DataType(enum.Enum):
    FLOAT = 0
    HALF = 1


class TensorIOMode(enum.Enum):
    INPUT = 1
    OUTPUT = 2


class TensorFormat(enum.Enum):
    LINEAR = 0
    CHW2 = 1


class ExecutionContextAllocationStrategy(enum.Enum):
    STATIC = 0
    USER_MANAGED = 2


class CudaGraphStrategy(enum.Enum):
    DISABLED = 0
    WHOLE_GRAPH_CAPTURE = 1


class ILogger:
    ERROR = "error"
    INTERNAL_ERROR = "internal error"


TYPES = {"tensor(float)": DataType.FLOAT, "tensor(float16)": DataType.HALF}
NUMPY = {DataType.FLOAT: np.float32, DataType.HALF: np.float16}
SCALES = {"line_art": 1, "hints": 4, "color": 1, "enc3": 8, "stage4": 16, "stage2": 4, "stage1": 2, "exit": 1}


class Runtime:
    def __init__(self, logger: Any) -> None:
        self.logger = logger

    def deserialize_cuda_engine(self, serialized_engine: Any) -> Any:
        try:
            plan = json.loads(serialized_engine)
        except ValueError:
            self.logger.log(ILogger.ERROR, "the plan is damaged:\n  its magic tag is wrong")
            return None
        return Engine(plan, self.logger)


class Engine:
    """A plan is JSON: the graph's file, and the profile as batch, height and width of least, optimum and most."""

    def __init__(self, plan: Any, logger: Any) -> None:
        self.plan, self.logger = plan, logger
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(plan["onnx"], options, providers=["CPUExecutionProvider"])
        self.inputs = {end.name: end for end in self.session.get_inputs()}
        self.outputs = {end.name: end for end in self.session.get_outputs()}
        self.ends = {**self.inputs, **self.outputs}
        self.contexts: list[Any] = []

    num_io_tensors = property(lambda self: len(self.ends))

    def get_tensor_name(self, index: Any) -> Any:
        return [*self.ends][index]

    def get_tensor_mode(self, name: str) -> Any:
        return TensorIOMode.INPUT if name in self.inputs else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name: str) -> Any:
        return TYPES[self.ends[name].type]

    def get_tensor_format(self, name: str) -> Any:
        return TensorFormat[self.plan.get("format", "LINEAR")]

    def get_tensor_format_desc(self, name: str) -> Any:
        return "Two wide channel vectorized row major FP16 format"

    def get_tensor_profile_shape(self, name: str, profile_index: Any) -> Any:
        channels, scale = self.ends[name].shape[1], SCALES[name]
        return [(n, channels, h // scale, w // scale) for n, h, w in self.plan["profile"]]

    def get_device_memory_size_for_profile_v2(self, profile_index: Any) -> Any:
        n, height, width = self.plan["profile"][2]
        return 64 * n * height * width

    def create_runtime_config(self) -> Any:
        return RuntimeConfig()

    def create_execution_context(self, strategy: Any) -> Any:
        context = ExecutionContext(self, strategy)
        self.contexts.append(context)
        return context


class RuntimeCache:
    def __init__(self) -> None:
        self.content = b""

    def serialize(self) -> Any:
        return self.content + b"compiled"

    def deserialize(self, blob: Any) -> Any:
        self.content = bytes(blob)
        return True


class RuntimeConfig:
    cuda_graph_strategy = CudaGraphStrategy.DISABLED
    _cache = None

    def set_execution_context_allocation_strategy(self, strategy: Any) -> None:
        self.strategy = strategy

    def create_runtime_cache(self) -> Any:
        return RuntimeCache()

    def set_runtime_cache(self, cache: Any) -> Any:
        self._cache = cache
        return True


class ExecutionContext:
    """Counts what it is asked for in `calls`, and refuses what the real one refuses."""

    def __init__(self, engine: Any, how: Any) -> None:
        self.engine = engine
        strategy = getattr(how, "strategy", how)
        assert strategy == ExecutionContextAllocationStrategy.USER_MANAGED
        self.config = how if isinstance(how, RuntimeConfig) else None
        self.shapes: dict[str, Any] = {}
        self.addresses: dict[str, int] = {}
        self.memory = (0, 0)
        self.calls = SimpleNamespace(shapes=0, addresses=0, memory=0, runs=0)

    def set_input_shape(self, name: str, shape: Any) -> Any:
        self.calls.shapes += 1
        least, _, most = self.engine.get_tensor_profile_shape(name, 0)
        if name not in self.engine.inputs or not all(a <= b <= c for a, b, c in zip(least, shape, most, strict=True)):
            self.engine.logger.log(ILogger.ERROR, f"{name}: {shape} is outside the profile")
            return False
        self.shapes[name] = tuple(shape)
        return True

    def infer_shapes(self) -> Any:
        return [name for name in self.engine.inputs if name not in self.shapes]

    def update_device_memory_size_for_shapes(self) -> Any:
        assert self.infer_shapes() == []
        self.memory = (0, 0)
        return 0 if self.engine.plan.get("silent") else sum(int(np.prod(shape)) for shape in self.shapes.values())

    def set_device_memory(self, memory: Any, size: int) -> None:
        assert memory % 256 == 0
        assert size >= sum(int(np.prod(shape)) for shape in self.shapes.values())
        self.calls.memory += 1
        self.memory = memory, size

    def set_tensor_address(self, name: str, memory: Any) -> Any:
        assert name in self.engine.ends
        self.calls.addresses += 1
        self.addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle: Any) -> Any:
        assert stream_handle > 4711  # a stream of the simulated driver, not the default one
        assert self.memory[0], "no scratch memory"
        assert set(self.addresses) == set(self.engine.ends)
        if self.engine.plan.get("fails"):
            self.engine.logger.log(ILogger.ERROR, "an illegal memory access was encountered")
            return False
        self.calls.runs += 1
        work = functools.partial(self._work, dict(self.shapes), dict(self.addresses), self.memory)
        if Bindings.recording is None:
            work()
        else:
            Bindings.recording.append(work)
        return True

    def _work(self, shapes: Any, addresses: Any, scratch: Any) -> None:
        ctypes.memset(scratch[0], 0xAB, scratch[1])  # a run overwrites its scratch memory

        def view(name: str, shape: Any) -> Any:
            dtype: Any = np.dtype(NUMPY[self.engine.get_tensor_dtype(name)])
            size = int(np.prod(shape)) * dtype.itemsize
            memory: Any = (ctypes.c_uint8 * size).from_address(addresses[name])
            return np.frombuffer(memory, dtype).reshape(shape)

        feeds = {name: view(name, shapes[name]) for name in self.engine.inputs}
        for name, result in zip(self.engine.outputs, self.engine.session.run(None, feeds), strict=True):
            view(name, result.shape)[...] = result


def module(version: str = "1.7") -> ModuleType:
    """A stand-in for `tensorrt` or `tensorrt_rtx`."""
    made = ModuleType("simulated_tensorrt")
    vars(made).update(
        __version__=version,
        Runtime=Runtime,
        ILogger=ILogger,
        DataType=DataType,
        TensorIOMode=TensorIOMode,
        TensorFormat=TensorFormat,
        ExecutionContextAllocationStrategy=ExecutionContextAllocationStrategy,
        CudaGraphStrategy=CudaGraphStrategy,
    )
    return made


class Bindings(ModuleType):
    """A stand-in for `cuda.bindings.driver`: recording remembers the work, and a launch does it again."""

    CUstreamCaptureMode = SimpleNamespace(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL=1)
    recording: list[Any] | None = None  # work that is being recorded, and not done

    def __init__(self) -> None:
        super().__init__("cuda.bindings.driver")
        self.ordered: list[tuple[int, int]] = []  # (first, then) of streams
        self.live, self.launched, self.refuse = 0, 0, False
        self.events: dict[Any, Any] = {}

    def cuEventCreate(self, flags: Any) -> Any:  # noqa: N802
        return 0, len(self.events) + 1

    def cuEventRecord(self, event: Any, stream: Any) -> Any:  # noqa: N802
        self.events[event] = stream
        return (0,)

    def cuStreamWaitEvent(self, stream: Any, event: Any, flags: Any) -> Any:  # noqa: N802
        self.ordered.append((self.events[event], stream))
        return (0,)

    def cuEventDestroy(self, event: Any) -> Any:  # noqa: N802
        return (0,)

    def cuStreamBeginCapture(self, stream: Any, mode: Any) -> Any:  # noqa: N802
        if self.refuse:
            return (Status(900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"),)
        Bindings.recording = []
        return (0,)

    def cuStreamEndCapture(self, stream: Any) -> Any:  # noqa: N802
        graph, Bindings.recording = Bindings.recording, None
        return 0, graph

    def cuGraphInstantiate(self, graph: Any, flags: Any) -> Any:  # noqa: N802
        self.live += 1
        return 0, graph

    def cuGraphDestroy(self, graph: Any) -> Any:  # noqa: N802
        return (0,)

    def cuGraphExecDestroy(self, graph: Any) -> Any:  # noqa: N802
        self.live -= 1
        return (0,)

    def cuGraphLaunch(self, graph: Any, stream: Any) -> Any:  # noqa: N802
        self.launched += 1
        for work in graph:
            work()
        return (0,)


class Status(int):
    """A CUresult."""

    def __new__(cls, value: Any, name: str) -> Any:
        made: Any = super().__new__(cls, value)
        made.name = name
        return made
