"""One process for each thing that is timed: no runtime's threads, memory or settings disturb another's."""

import importlib
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import PaintsTorchError

from . import timing

# A call to be timed; the durations of its parts in seconds, where it takes them itself.
Call = Callable[[], Mapping[str, float] | None]

WHOLE = ""  # the name of a call's whole duration among its parts


@dataclass(frozen=True)
class Subject:
    """What is timed in one process.

    Attributes:
        case: The table that it belongs to.
        name: In the table, unique there.
        opener: "module:function" that opens it there and returns `Opened`.
        options: The function's keyword arguments; all of them can be pickled.
        facts: What the report should know of it besides.
    """

    case: str
    name: str
    opener: str
    options: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """A subject, ready to be timed in this process.

    Attributes:
        calls: What can be timed, by name.
        result: The pixels that it makes, to be compared with another subject's.
        facts: What only this process knows: JSON types.
    """

    calls: Mapping[str, Call] = field(default_factory=dict)
    result: Callable[[], NDArray[Any]] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class SubjectError(Exception):
    """A subject that cannot run here, or failed: the reason in one line."""


class Process:
    """A subject in its own process, fresh, waiting without a spinning thread between its turns."""

    def __init__(self, subject: Subject, threads: int) -> None:
        self.subject = subject
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, subject, threads), daemon=True)
        with _threads_of_runtimes(threads):
            self._process.start()
        theirs.close()
        opened = self._answer()
        self.calls: list[str] = opened["calls"]
        self.has_result: bool = opened["has_result"]
        self.facts: dict[str, Any] = {**subject.facts, **opened["facts"]}
        self.open_seconds: float = opened["seconds"]

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

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(20)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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
        if kind == "error":
            self.close()
            raise SubjectError(f"{self.subject.name}: {content}")
        return content


def resident_peak() -> int | None:
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


def _serve(pipe: Connection, subject: Subject, threads: int) -> None:
    """The other process: open the subject, then answer requests until the pipe closes."""
    try:
        begun = time.perf_counter()
        module, _, function = subject.opener.partition(":")
        options = {**subject.options, "threads": threads}
        opened: Opened = getattr(importlib.import_module(module), function)(**options)
        seconds = time.perf_counter() - begun
        about = {"calls": list(opened.calls), "has_result": opened.result is not None}
        pipe.send(("ok", {**about, "facts": dict(opened.facts), "seconds": seconds}))
        server = _Server(opened)
        while True:
            try:
                request, *arguments = pipe.recv()
            except EOFError:
                return
            pipe.send(("ok", getattr(server, request)(*arguments)))
    except PaintsTorchError as error:
        pipe.send(("error", str(error)))
    except ImportError as error:
        pipe.send(("error", f"{error.name or error} is not installed"))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        reason = " ".join(str(error).split())[:200]
        pipe.send(("error", f"{type(error).__name__}: {reason} ({Path(last.filename).name}, line {last.lineno})"))


class _Server:
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

        taken[WHOLE] = timing.sample(once, count)
        return taken

    def result(self) -> NDArray[Any]:
        if self._opened.result is None:
            raise ValueError("this subject makes no pixels")
        return np.asarray(self._opened.result())

    def peak_bytes(self) -> int | None:
        return resident_peak()
