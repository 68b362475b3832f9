"""Work on many frames in threads, its results in their order."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")


def map_in_order(function: Callable[[A], B], items: Iterable[A], workers: int) -> Iterator[B]:
    """`function` of each item, in order, computed in threads a little ahead; closing it ends them."""
    with ThreadPoolExecutor(workers, "shot") as pool:
        waiting: deque[Future[B]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > workers + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class Recent(Generic[B]):
    """Results by number, the last few of them held; asked for twice at once, each is made once."""

    def __init__(self, make: Callable[[int], B], size: int) -> None:
        self._make, self._size, self._lock = make, size, Lock()
        self._held: OrderedDict[int, Future[B]] = OrderedDict()

    def __call__(self, number: int) -> B:
        with self._lock:
            future = self._held.get(number)
            if mine := future is None:
                future = self._held[number] = Future()
            self._held.move_to_end(number)
            while len(self._held) > self._size:
                self._held.popitem(last=False)
        if mine:
            try:
                future.set_result(self._make(number))
            except BaseException as error:
                future.set_exception(error)
        return future.result()
