"""One NVIDIA GPU, through PyCUDA, in its primary context, which torch and ONNX Runtime share.

PyCUDA's objects are freed with the context current that they were made in, or else not at all, in silence: so nothing
here is left to the garbage collector, and every call stands inside `Gpu.current`.
"""

import ctypes
import importlib
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import BackendError, InputError, name_install


class Gpu:
    """A GPU and its primary context. Safe to use from several threads.

    Args:
        number: Number of the GPU, as nvidia-smi counts.

    Attributes:
        cuda: The module `pycuda.driver`.
        name: "NVIDIA H100 80GB HBM3".
        target: Its compute capability: "sm90".

    Raises:
        BackendError: PyCUDA, the driver or the GPU is missing: which, and what to do.
    """

    def __init__(self, number: int = 0) -> None:
        self.cuda = _import_pycuda()
        try:
            self.cuda.init()
            count = self.cuda.Device.count()
            if not 0 <= number < count:
                raise BackendError(f"GPU {number}: there are {count}; see nvidia-smi -L")
            device = self.cuda.Device(number)
            self._context = _primary_context(device, number)
            self.number = number
            self.name = str(device.name())
            self.target = "sm{}{}".format(*device.compute_capability())
        except self.cuda.Error as error:
            raise BackendError(
                f"no CUDA device answers ({line_of(error)}); check the NVIDIA driver with nvidia-smi"
            ) from error

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make the primary context this thread's for a while; errors of CUDA become ours."""
        self._context.push()
        try:
            yield
        except self.cuda.Error as error:
            raise BackendError(f"CUDA failed: {line_of(error)}") from error
        finally:
            self.cuda.Context.pop()

    def free_memory(self) -> tuple[int, int]:
        """Bytes of the GPU's memory that are free, and all."""
        with self.current():
            free, total = self.cuda.mem_get_info()
        return int(free), int(total)

    def multiprocessors(self) -> int:
        """Number of multiprocessors; call it inside `current`."""
        return int(self._context.get_device().get_attribute(self.cuda.device_attribute.MULTIPROCESSOR_COUNT))


_contexts: dict[int, Any] = {}  # of each GPU, for as long as the process runs
_making = threading.Lock()


def _primary_context(device: Any, number: int) -> Any:
    """One object for a GPU's primary context. PyCUDA frees nothing under another one, though it is the same context;
    and it must never be destroyed: PyCUDA 2026.1 would then detach it as if it were not primary, which fails."""
    with _making:
        if number not in _contexts:
            _contexts[number] = device.retain_primary_context()
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(_contexts[number]))
        return _contexts[number]


class Order:
    """Makes one stream wait for what another has been given so far, without the host waiting.

    Streams are handles, so that they may be of torch, CuPy or ONNX Runtime as well. PyCUDA knows none but its own,
    so this goes through cuda-bindings.
    """

    def __init__(self) -> None:
        self._driver = load_bindings()
        self._event = check_answer(self._driver.cuEventCreate(2))  # CU_EVENT_DISABLE_TIMING

    def after(self, first: int, then: int) -> None:
        """Make the work that `then` is given from now on wait for all work that `first` has been given."""
        if first == then:
            return
        check_answer(self._driver.cuEventRecord(self._event, first))
        # The wait is for what was recorded now: the event may be recorded again at once.
        check_answer(self._driver.cuStreamWaitEvent(then, self._event, 0))

    def close(self) -> None:
        """Free the event; call it inside `Gpu.current`."""
        check_answer(self._driver.cuEventDestroy(self._event))


class Recording:
    """Work that a stream was given once and repeats at one call: a CUDA graph.

    Args:
        stream: Handle of the stream.
        enqueue: Gives the stream the work; it is recorded and not done.

    Raises:
        BackendError: The work cannot be recorded.
    """

    def __init__(self, stream: int, enqueue: Callable[[], None]) -> None:
        self._driver = driver = load_bindings()
        self._stream = stream
        # Counted for this thread alone: others may allocate memory meanwhile.
        check_answer(
            driver.cuStreamBeginCapture(stream, driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)
        )
        try:
            enqueue()
        except BaseException:
            driver.cuStreamEndCapture(stream)  # whatever it says: it ends the capture
            raise
        graph = check_answer(driver.cuStreamEndCapture(stream))
        try:
            self._graph = check_answer(driver.cuGraphInstantiate(graph, 0))
        finally:
            driver.cuGraphDestroy(graph)

    def launch(self) -> None:
        """Do the work, in the stream's order."""
        check_answer(self._driver.cuGraphLaunch(self._graph, self._stream))

    def close(self) -> None:
        """Forget it; the stream must have nothing left to do."""
        check_answer(self._driver.cuGraphExecDestroy(self._graph))


def handle(stream: Any) -> int:
    """The handle of a stream of torch, CuPy, PyCUDA or Numba, or a handle.

    Raises:
        InputError: It is not a stream.
    """
    for name in ("cuda_stream", "ptr", "handle"):  # torch, CuPy, PyCUDA
        if hasattr(stream, name):
            stream = getattr(stream, name)
            break
    try:
        return int(getattr(stream, "value", stream)) or 1  # 0 is the legacy default stream, whose other handle is 1
    except (TypeError, ValueError):
        raise InputError(
            f"stream: expected one of torch, CuPy or PyCUDA, or its handle, received {type(stream).__name__}"
        ) from None


def load_bindings() -> Any:
    """The driver's functions that PyCUDA does not have: the module `cuda.bindings.driver`.

    Raises:
        BackendError: It is not installed.
    """
    try:
        return importlib.import_module("cuda.bindings.driver")
    except ImportError as error:
        raise BackendError(
            "cuda-bindings is not installed, which records CUDA graphs and orders streams; pip install "
            "'paintstorch-sdk[gpu]'"
        ) from error


def check_answer(answer: tuple[Any, ...]) -> Any:
    """The result of a call through `bindings`.

    Raises:
        BackendError: The call failed.
    """
    status, *result = answer
    if int(status):
        raise BackendError(f"CUDA failed: {getattr(status, 'name', status)}")
    return result[0] if result else None


def _import_pycuda() -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # PyCUDA warns at length before it raises
            return importlib.import_module("pycuda.driver")
    except ModuleNotFoundError as error:
        raise BackendError(f"pycuda is not installed; {name_install('gpu')}") from error
    except ImportError as error:  # such as libcuda.so.1, which comes with the driver
        raise BackendError(f"pycuda cannot be loaded ({line_of(error)}); install the NVIDIA driver") from error


def line_of(error: Exception) -> str:
    """The first line of an error's message."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
