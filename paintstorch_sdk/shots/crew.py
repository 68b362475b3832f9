"""Worker processes of this machine: in threads, Python's lock costs a quarter of what two cores can do.

A fresh interpreter imports what frames need and forks into the crew, before it has any thread. Each worker has a pipe
of its own; the end of it is the end of the run, however that ended.
"""

import os
import pickle
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection, Pipe
from queue import SimpleQueue
from typing import Any, Self, TypeVar

from ..errors import PaintsTorchError
from .order import map_in_order

A = TypeVar("A")
B = TypeVar("B")

CAN_FORK = sys.platform == "linux"  # elsewhere there are threads alone
SETTINGS = {
    "OPENBLAS_NUM_THREADS": "1",  # no thread before the fork
    # Memory of a frame is that of the next one: to have it from the kernel anew, zeroed, takes a twelfth of the time.
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
}


class Crew:
    """Worker processes, ready as soon as they have imported what they need; none of it is waited for here.

    Args:
        size: How many.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        pipes = [Pipe() for _ in range(size)]
        descriptors = [theirs.fileno() for _, theirs in pipes]
        self._leader = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__name__} import lead; lead({descriptors})"],
            stdin=subprocess.DEVNULL,
            pass_fds=descriptors,
            process_group=0,  # Ctrl-C is for the run, which ends its workers
            env=os.environ | SETTINGS,
        )
        for _, theirs in pipes:
            theirs.close()
        self._workers = [ours for ours, _ in pipes]
        self._known: dict[Any, bytes] = {}  # the function that each worker was told last
        self._idle = SimpleQueue[Connection]()
        for ours in self._workers:
            self._idle.put(ours)

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of each item, in order, computed a little ahead; all of them have to be picklable.

        Raises:
            PaintsTorchError: A worker has ended; also whatever the function raises.
        """
        packed = pickle.dumps(function)

        def call(item: A) -> B:
            worker = self._idle.get()
            try:
                known, self._known[worker] = self._known.get(worker) is packed, packed
                worker.send((None if known else packed, item))
                result, error, said = worker.recv()
            except (EOFError, OSError) as end:
                raise PaintsTorchError(
                    "a worker process of the shot has ended; run it again to go on from there"
                ) from end
            finally:
                self._idle.put(worker)
            for message in said:
                warnings.warn(message, stacklevel=2)
            if error is not None:
                raise error
            return result  # type: ignore[no-any-return]

        return map_in_order(call, items, self.size)

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.close()
        self._leader.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def lead(descriptors: Sequence[int]) -> None:
    """What the fresh interpreter runs: a worker a pipe, itself the first."""
    import cv2

    from . import results  # noqa: F401 - all that frames need

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
    with Connection(own) as orders:
        _serve(orders)
    for process in forked:
        os.waitpid(process, 0)
    os._exit(0)  # nothing of it has to be taken down


def _serve(orders: "Connection[Any, Any]") -> None:
    function: Any = None
    while True:
        try:
            packed, item = orders.recv()
        except EOFError:
            return
        with warnings.catch_warnings(record=True) as said:
            result = failure = None
            try:
                function = function if packed is None else pickle.loads(packed)
                result = function(item)
            except Exception as error:
                failure = error
        orders.send((result, failure, [one.message for one in said]))
