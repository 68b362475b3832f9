"""Worker processes of this machine: in threads, Python's lock costs a quarter of what two cores can do.

A leader forks into the crew before it has any thread: a fresh interpreter that imports what frames need, or a fork of
the run itself, which has imported it. Each worker has a pipe of its own; the end of it is the end of the run, however
that ended. The standard library's pools want threads in the process that asks, and a `__main__` that may be imported
again, which a user's script is not.
"""

import os
import pickle
import signal
import subprocess
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Self, TypeVar

from ..errors import PaintsTorchError
from ..machine import keep_freed_memory

A = TypeVar("A")
B = TypeVar("B")
Answer = tuple[Any, Exception | None, list[Warning]]

CAN_FORK = sys.platform == "linux"  # elsewhere there are threads alone
AHEAD = 4  # tasks of a worker, one of them at work: the run itself may be busy for long
SMALL = 2**13  # bytes: a pipe takes as many tasks while nobody reads it
MOST = 4  # tasks a worker whose results are not taken yet


@dataclass(eq=False)
class _Task:
    worker: "Connection[Any, Any]"
    answer: Answer | None = None


class Crew:
    """Worker processes; nobody waits for their imports before the first task.

    Args:
        size: How many.
        forked: Whether they are forks of this process, at work a quarter of a second sooner. No thread may be at work
            in it; OpenBLAS ends its own before a fork.
    """

    def __init__(self, size: int, forked: bool = False) -> None:
        pipes = [Pipe() for _ in range(size)]
        descriptors = [theirs.fileno() for _, theirs in pipes]
        if not forked:
            self._wait: Callable[[], object] = subprocess.Popen(
                [sys.executable, "-P", "-c", f"from {__name__} import lead; lead({descriptors})"],
                stdin=subprocess.DEVNULL,
                pass_fds=descriptors,
                process_group=0,  # Ctrl-C is for the run, which ends its workers
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # no thread before the fork
            ).wait
        elif not (leader := os.fork()):
            for ours, _ in pipes:  # the run alone holds them, so they end with it
                ours.close()
            os.setpgid(0, 0)
            lead(descriptors)
        else:
            self._wait = partial(os.waitpid, leader, 0)
        for _, theirs in pipes:
            theirs.close()
        self._workers = [ours for ours, _ in pipes]

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of each item, in order, computed a little ahead; all of them have to be picklable.

        Raises:
            PaintsTorchError: A worker has ended; also whatever the function raises.
        """
        with closing(self._work(pickle.dumps(function), map(pickle.dumps, items))) as answers:
            for result, error, said in answers:
                for message in said:
                    warnings.warn(message, stacklevel=2)
                if error is not None:
                    raise error
                yield result

    def _work(self, function: bytes, coming: Iterator[bytes]) -> Generator[Answer, None, None]:
        tasks, untold = deque[_Task](), {*self._workers}  # in order; workers that do not know the function yet
        item = b""  # the next
        try:
            while True:
                open_ = {task.worker for task in tasks if task.answer is None}
                for ready in wait(open_, 0 if not tasks or tasks[0].answer else None):
                    done = next(task for task in tasks if task.worker is ready and task.answer is None)
                    done.answer = done.worker.recv()
                for worker in self._workers:  # one after the other: who has matched a frame knows its regions
                    for busy in range(sum(task.worker is worker for task in tasks if task.answer is None), AHEAD):
                        item = item or next(coming, b"")
                        if not item or (busy and len(item) > SMALL) or len(tasks) >= MOST * len(self._workers):
                            break
                        worker.send((function if worker in untold else None, item))
                        untold.discard(worker)
                        tasks.append(_Task(worker))
                        item = b""
                if not tasks:
                    return
                if tasks[0].answer is not None:
                    yield tasks.popleft().answer  # type: ignore[misc]
        except GeneratorExit:
            with suppress(EOFError, OSError):
                for task in tasks:
                    if task.answer is None:  # not to be taken for another one's
                        task.worker.recv()
            raise
        except (EOFError, OSError) as end:
            raise PaintsTorchError("a worker process of the shot has ended; run it again to go on from there") from end
        except BaseException:  # in the middle of a message, maybe
            self.close()
            raise

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.close()
        with suppress(ChildProcessError):  # closed before
            self._wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def lead(descriptors: Sequence[int]) -> None:
    """What the leader runs, to its end: a worker a pipe, itself the first."""
    import cv2
    from PIL import Image

    import_module(f"{__package__}.results")  # all that frames need
    import_module(f"{__package__}.matching").load_solver()
    import_module("numpy.ma")  # by np.unique, each worker for itself
    Image.preinit()
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own, *others = descriptors
    forked: list[int] = []
    for other in others:
        if not (process := os.fork()):
            own, forked = other, []
            break
        forked.append(process)
    for descriptor in {*descriptors} - {own}:
        os.close(descriptor)
    cv2.setNumThreads(1)
    with suppress(EOFError, OSError):  # the end of the run
        _serve(Connection(own))
    for process in forked:
        os.waitpid(process, 0)
    os._exit(0)  # nothing of it has to be taken down


def _serve(orders: "Connection[Any, Any]") -> None:
    function: Any = None
    while True:
        packed, item = orders.recv()
        function = function if packed is None else pickle.loads(packed)
        result = failure = None
        with warnings.catch_warnings(record=True) as said:
            try:
                result = function(pickle.loads(item))
            except Exception as error:
                failure = error
        orders.send((result, failure, [one.message for one in said]))
