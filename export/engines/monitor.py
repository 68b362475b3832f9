"""Progress of a TensorRT build, and the way to stop it."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

Progress = Callable[[str, float, float], None]


class Watch:
    """Follows one build, and ends it where it should not go on.

    Ctrl-C and what `progress` raises must not cross the library's frames: they are kept here, the library is told to
    cancel at its next step, and `finish` raises them when it has returned.

    Args:
        progress: Called with the phase, the part that is done (0 to 1) and the seconds that may be left.
    """

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._stopped: BaseException | None = None
        self._phases: dict[str, tuple[str | None, int, int]] = {}  # parent, steps done, steps
        self._start = time.monotonic()

    def begin(self, name: str, parent: str | None, steps: int) -> None:
        """A phase begins; it is one step of its parent."""
        self._phases[name] = (parent, 0, max(1, steps))

    def step(self, name: str) -> bool:
        """A step of a phase is done; False cancels the build."""
        if name in self._phases and self._stopped is None:
            parent, done, steps = self._phases[name]
            self._phases[name] = (parent, done + 1, steps)
            part = self._part(name)
            left = (time.monotonic() - self._start) * (1 - part) / max(part, 1e-3)
            self._tell(name, part, left)
        return self._stopped is None

    def end(self, name: str) -> None:
        """A phase is over."""
        self._phases.pop(name, None)

    def finish(self) -> None:
        """The library has returned: raise what stopped it, or say that all is done."""
        if self._stopped is None:
            self._tell("finished", 1.0, 0.0)
        if self._stopped is not None:
            raise self._stopped

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Inside the block, Ctrl-C ends the build."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(*_: object) -> None:
            self._stopped = KeyboardInterrupt()

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _tell(self, name: str, part: float, left: float) -> None:
        if self._progress is None:
            return
        try:
            self._progress(name, part, left)
        except BaseException as error:
            self._stopped = error

    def _part(self, name: str | None) -> float:
        """Part of the whole build that is done, as seen from a phase."""
        inner = 0.0
        while name in self._phases:
            name, done, steps = self._phases[name]
            inner = min(1.0, (done + inner) / steps)
        return inner


def make_monitor(trt: ModuleType, watch: Watch) -> Any:
    """The library's own kind of listener, of a watch."""

    class Monitor(trt.IProgressMonitor):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()

        def phase_start(self, name: str, parent: str | None, steps: int) -> None:
            watch.begin(name, parent, steps)

        def step_complete(self, name: str, step: int) -> bool:
            return watch.step(name)

        def phase_finish(self, name: str) -> None:
            watch.end(name)

    return Monitor()


class Messages:
    """The library's log: errors for our own error, the list of layers for the record."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.layers: list[str] = []

    def add(self, is_error: bool, text: str) -> None:
        """One message."""
        if is_error:
            self.errors.append(" ".join(text.split()))
        elif "LayerType: " in text:
            self.layers += text.splitlines()

    @property
    def reason(self) -> str:
        """All errors in one line."""
        return f"{'; '.join(self.errors) or 'it gave no reason':.500}"


def make_logger(trt: ModuleType, messages: Messages) -> Any:
    """The library's own kind of log, that keeps the messages."""

    class BuildLogger(trt.ILogger):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()

        def log(self, severity: Any, text: str) -> None:
            # Without a GPU the library complains of the missing driver; that is no error of a build.
            messages.add(severity == trt.ILogger.ERROR, text)

    return BuildLogger()
