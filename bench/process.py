"""One process for each thing that is timed: no runtime's threads, memory or settings disturb another's."""

import importlib
import multiprocessing
import os
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import PaintsTorchError

from . import load, timing

# A call to be timed; the durations of its parts in seconds, where it takes them itself.
Call = Callable[[], Mapping[str, float] | None]

WHOLE = ""  # the name of a call's whole duration among its parts


@dataclass(frozen=True)
class Subject:
    """A subject that is timed in one process.

    Attributes:
        case: The table that it belongs to.
        name: Name in the table, unique there.
        opener: "module:function" that opens it there and returns `Opened`.
        options: The function's keyword arguments; all of them can be pickled.
        facts: What the report should know of it besides.
        seconds: Time that each of its calls may take of a round; None is that of all others.
    """

    case: str
    name: str
    opener: str
    options: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None


@dataclass(frozen=True)
class Opened:
    """A subject, ready to be timed in this process.

    Attributes:
        calls: What can be timed, by name.
        result: The pixels that it makes, to be compared with another subject's.
        facts: What only this process knows: JSON types.
        serve: Answers so many requests at once, for the server scenario.
    """

    calls: Mapping[str, Call] = field(default_factory=dict)
    result: Callable[[], NDArray[Any]] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    serve: Callable[[int], None] | None = None


class SubjectError(Exception):
    """A subject that cannot run here, or failed: the reason in one line.

    Attributes:
        refused: It never began: the machine lacks what it needs. Else it began, and failed.
    """

    def __init__(self, reason: str, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


class Process:
    """A subject in its own process, fresh, waiting without a spinning thread between its turns."""

    def __init__(self, subject: Subject, threads: int) -> None:
        self.subject = subject
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, subject, threads), daemon=True)
        with _threads_of_runtimes(threads), _without_interrupts():
            begun = time.perf_counter()
            self._process.start()
        theirs.close()
        try:
            opened = self._answer()
        except BaseException:
            self.kill()
            raise
        self.calls: list[str] = opened["calls"]
        self.has_result: bool = opened["has_result"]
        self.facts: dict[str, Any] = {**subject.facts, **opened["facts"]}
        self.open_seconds: float = opened["seconds"]
        self.start_seconds: float = opened["entered"] - begun  # one clock for all processes of a machine

    def warm_up(self, call: str, seconds: float) -> tuple[list[float], bool]:
        """See `timing.warm_up`."""
        taken, stable = self._ask("warm_up", call, seconds)
        return list(taken), bool(stable)

    def sample(self, call: str, count: int) -> dict[str, list[float]]:
        """Durations in seconds of the whole call (key `WHOLE`) and of the parts that it times itself.

        One more call goes before them, uncounted: the caches hold what other processes had in between.
        """
        taken: dict[str, list[float]] = self._ask("sample", call, count)
        return taken

    def result(self) -> NDArray[Any]:
        """The pixels that the subject makes."""
        pixels: NDArray[Any] = self._ask("result")
        return pixels

    def peak_bytes(self) -> int | None:
        """The most memory that the process ever held (resident), where the system says."""
        peak: int | None = self._ask("peak_bytes")
        return peak

    def peak_vram_bytes(self) -> int | None:
        """Memory that the process holds on the GPU, where nvidia-smi says: runtimes keep what they once took."""
        return _vram(self._process.pid)

    def serve(self, arrivals: Sequence[float], most: int, target: float) -> tuple[list[float], bool]:
        """See `load.serve_requests`: latencies in seconds, and whether the target was held."""
        latencies, held = self._ask("serve", list(arrivals), most, target)
        return list(latencies), bool(held)

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        self._pipe.close()
        self._process.kill()
        self._process.join()

    def close(self) -> None:
        """End the process when it has done what it does."""
        self._pipe.close()
        self._process.join(20)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self.close()
        else:
            self.kill()

    def _ask(self, *request: Any) -> Any:
        try:
            self._pipe.send(request)
        except OSError as error:
            raise SubjectError(f"{self.subject.name}: its process is gone") from error
        return self._answer()

    def _answer(self) -> Any:
        try:
            kind, content = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(5)
            code = self._process.exitcode
            raise SubjectError(f"{self.subject.name}: its process ended without a word (exit code {code})") from error
        if kind != "ok":
            self.close()
            raise SubjectError(f"{self.subject.name}: {content}", refused=kind == "refused")
        return content


def read_peak_bytes() -> int | None:
    """The most memory, in bytes, that this process ever held.

    Read from /proc: getrusage's number is inherited from the parent over fork and exec.
    """
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


@contextmanager
def _threads_of_runtimes(threads: int) -> Iterator[None]:
    """Thread counts for the runtimes that read them from the environment when they are loaded."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that are started in the block leave Ctrl-C to their parent, which ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def list_cores(threads: int) -> list[int]:
    """The cores that a process with so many threads is held to; empty where the system cannot hold it."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    return sorted(os.sched_getaffinity(0))[:threads]


def _vram(pid: int | None) -> int | None:
    query = ["nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]
    try:
        lines = subprocess.run(query, capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()
        held = [int(mib) * 2**20 for found, mib in (line.split(", ") for line in lines) if int(found) == pid]
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return sum(held) if held else None


def _serve(pipe: Connection, subject: Subject, threads: int) -> None:
    """The other process: open the subject, then answer requests until the pipe closes."""
    began = False
    try:
        begun = time.perf_counter()
        if cores := list_cores(threads):
            os.sched_setaffinity(0, cores)
        module, _, function = subject.opener.partition(":")
        options = {**subject.options, "threads": threads}
        opened: Opened = getattr(importlib.import_module(module), function)(**options)
        seconds = time.perf_counter() - begun
        about = {"calls": list(opened.calls), "has_result": opened.result is not None}
        pipe.send(("ok", {**about, "facts": dict(opened.facts), "seconds": seconds, "entered": begun}))
        began = True
        server = _CallServer(opened)
        while True:
            try:
                request, *arguments = pipe.recv()
            except EOFError:
                return
            pipe.send(("ok", getattr(server, request)(*arguments)))
    except PaintsTorchError as error:
        pipe.send(("error" if began else "refused", str(error)))
    except ImportError as error:
        pipe.send(("error" if began else "refused", f"{error.name or error} is not installed"))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        reason = " ".join(str(error).split())[:200]
        pipe.send(("error", f"{type(error).__name__}: {reason} ({Path(last.filename).name}, line {last.lineno})"))


class _CallServer:
    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def warm_up(self, call: str, seconds: float) -> tuple[list[float], bool]:
        return timing.warm_up(self._opened.calls[call], seconds=seconds)

    def sample(self, call: str, count: int) -> dict[str, list[float]]:
        function = self._opened.calls[call]
        function()
        taken: dict[str, list[float]] = {}

        def once() -> None:
            for part, seconds in (function() or {}).items():
                taken.setdefault(part, []).append(seconds)

        taken[WHOLE] = timing.time_calls(once, count)
        return taken

    def result(self) -> NDArray[Any]:
        if self._opened.result is None:
            raise ValueError("this subject makes no pixels")
        return np.asarray(self._opened.result())

    def peak_bytes(self) -> int | None:
        return read_peak_bytes()

    def serve(self, arrivals: Sequence[float], most: int, target: float) -> tuple[list[float], bool]:
        if self._opened.serve is None:
            raise ValueError("this subject serves no requests")
        with timing.garbage_collection_paused():
            return load.serve_requests(arrivals, self._opened.serve, most, target)
