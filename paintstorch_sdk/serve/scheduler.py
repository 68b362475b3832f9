"""The queue of renders: bounded, in front of a few threads.

A render is asked for by key. Who asks for one that waits already shares it: it paints what is newest when it begins, so
renders that nobody needs any more are never made. Renders of one batch key run together.
"""

import asyncio
import contextlib
import itertools
import math
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from .errors import BusyError, LateError
from .metrics import Metrics

# Every so many picks the one that waits longest is taken, so that nobody starves behind others' previews.
_OLDEST_EVERY = 4


class Urgency(IntEnum):
    """Order in which renders are served."""

    PREVIEW = 0
    PICTURE = 1
    ONE_SHOT = 2


@dataclass(eq=False)
class _Job:
    key: Hashable
    urgency: Urgency
    order: int
    work: Callable[[Sequence[Any]], Sequence[Any]]
    argument: Any
    batch_key: Hashable
    batch_limit: int
    result: asyncio.Future[Any]
    since: float = field(default_factory=time.perf_counter)


class Scheduler:
    """Runs renders on threads; used from one event loop.

    Args:
        workers: Renders at once.
        waiting: Most renders in the queue.
        metrics: Told of what waits, runs and is dropped.
        patience: Seconds that a render may be expected to wait: who would wait longer is refused at once.
    """

    def __init__(self, workers: int, waiting: int, metrics: Metrics, patience: float = math.inf) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="render")
        self._workers, self._limit, self._metrics, self._patience = workers, waiting, metrics, patience
        self._waiting: dict[Hashable, _Job] = {}
        self._running = 0
        self._picked = 0
        self._order = itertools.count()
        self._seconds = 0.05  # that a render took lately
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def waiting(self) -> int:
        """Renders in the queue."""
        return len(self._waiting)

    def submit(
        self,
        key: Hashable,
        urgency: Urgency,
        work: Callable[[Sequence[Any]], Sequence[Any]],
        argument: Any = None,
        *,
        batch_key: Hashable = None,
        batch_limit: int = 1,
        always: bool = False,
    ) -> "asyncio.Future[Any]":
        """Ask for a render.

        Args:
            key: Renders of equal keys are the same one while they wait.
            urgency: Who is served first.
            work: Takes the arguments of a batch and gives as many results; a result that is an exception is raised
                to who asked for it.
            argument: Argument of this render.
            batch_key: Renders of equal keys may run together.
            batch_limit: Most of them at once.
            always: Let it in though the queue is full: of those who wait at a socket, which are bounded themselves.

        Returns:
            A future, which several may wait for: shield it from their cancellation.

        Raises:
            BusyError: The queue is full or too slow, or the server ends.
        """
        if (same := self._waiting.get(key)) is not None:
            same.argument = argument
            self._metrics.dropped.inc()
            return same.result
        expected = len(self._waiting) * self._seconds / self._workers
        if self._closed or (not always and (len(self._waiting) >= self._limit or expected > self._patience)):
            self._metrics.refused.inc()
            raise BusyError(f"{len(self._waiting)} pictures wait already; try again in a moment", after=expected)
        result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[key] = _Job(key, urgency, next(self._order), work, argument, batch_key, batch_limit, result)
        self._idle.clear()
        self._start()
        return result

    async def run(
        self,
        key: Hashable,
        urgency: Urgency,
        work: Callable[[Sequence[Any]], Sequence[Any]],
        argument: Any = None,
        *,
        batch_key: Hashable = None,
        batch_limit: int = 1,
        seconds: float,
    ) -> Any:
        """As `submit`, and wait for the result.

        Raises:
            BusyError: The queue is full, or its turn did not come within the queue's patience.
            LateError: It was begun, and took longer than `seconds`.
        """
        future = self.submit(key, urgency, work, argument, batch_key=batch_key, batch_limit=batch_limit)
        turn = min(self._patience, seconds)
        try:
            await asyncio.wait([future], timeout=turn)
            job = self._waiting.get(key)
            if job is not None and job.result is future:  # not even begun
                self._forget(key, future)
                self._metrics.refused.inc()
                raise BusyError(f"no picture's turn came within {turn:g} s; try again later", turn)
            return await asyncio.wait_for(asyncio.shield(future), seconds)
        except TimeoutError as error:
            raise LateError(f"expected a picture within {seconds:g} s; try a smaller size, or later") from error
        except asyncio.CancelledError:
            self._forget(key, future)
            raise

    async def close(self) -> None:
        """Finish what waits and end the threads."""
        self._closed = True
        await self._idle.wait()
        self._threads.shutdown(wait=True)

    def _forget(self, key: Hashable, future: "asyncio.Future[Any]") -> None:
        """Drop a one-shot render that nobody waits for any more."""
        job = self._waiting.get(key)
        if job is not None and job.result is future and job.urgency is Urgency.ONE_SHOT:
            del self._waiting[key]
            future.cancel()
            self._settle()

    def _start(self) -> None:
        while self._running < self._workers and self._waiting:
            batch = self._pick()
            self._running += 1
            waited = time.perf_counter() - min(job.since for job in batch)
            self._metrics.waited.observe(waited)
            loop = asyncio.get_running_loop()
            task = loop.run_in_executor(self._threads, _run, batch[0].work, [job.argument for job in batch])
            task.add_done_callback(lambda done, batch=batch: self._finish(batch, done))  # type: ignore[misc]
        self._metrics.waiting.set(len(self._waiting))

    def _pick(self) -> list[_Job]:
        self._picked += 1
        by_age = self._picked % _OLDEST_EVERY == 0
        head = min(self._waiting.values(), key=lambda job: (0 if by_age else job.urgency, job.order))
        batch = [head]
        if head.batch_key is not None:
            same = [job for job in self._waiting.values() if job.batch_key == head.batch_key and job is not head]
            batch += sorted(same, key=lambda job: job.order)[: head.batch_limit - 1]
        for job in batch:
            del self._waiting[job.key]
        return batch

    def _finish(self, batch: Sequence[_Job], done: "asyncio.Future[tuple[Sequence[Any], float]]") -> None:
        self._running -= 1
        error = done.exception()
        if error is None:
            results, seconds = done.result()
            self._seconds += 0.2 * (seconds / len(batch) - self._seconds)
        else:
            results = [error] * len(batch)
        for job, result in zip(batch, results, strict=True):
            if job.result.done():
                continue
            if isinstance(result, BaseException):
                job.result.set_exception(result)
                job.result.exception()  # seen: those who waited may have gone
            else:
                job.result.set_result(result)
        self._start()
        self._settle()

    def _settle(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            if not self._waiting and not self._running:
                self._idle.set()


def _run(work: Callable[[Sequence[Any]], Sequence[Any]], arguments: Sequence[Any]) -> tuple[Sequence[Any], float]:
    begin = time.perf_counter()
    return work(arguments), time.perf_counter() - begin
