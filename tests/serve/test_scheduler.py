"""The queue before the threads that paint."""

import asyncio
import threading

import pytest

from paintstorch_sdk.serve.errors import BusyError, LateError
from paintstorch_sdk.serve.metrics import Metrics
from paintstorch_sdk.serve.scheduler import Scheduler, Urgency


class Gate:
    """Work that waits until it is let through, and remembers what it was given."""

    def __init__(self):
        self.open, self.begun, self.batches = threading.Event(), threading.Event(), []

    def __call__(self, arguments):
        self.batches.append(list(arguments))
        self.begun.set()
        assert self.open.wait(20)
        return [f"painted {argument}" for argument in arguments]


def with_scheduler(test, workers=1, waiting=4, **options):
    """Run a test on a scheduler whose one thread is taken by a gate."""

    async def run():
        scheduler = Scheduler(workers, waiting, Metrics(), **options)
        gate = Gate()
        first = scheduler.submit("first", Urgency.PICTURE, gate, "first")
        await asyncio.to_thread(gate.begun.wait, 20)
        try:
            await test(scheduler, gate)
        finally:
            gate.open.set()
            await first
            await scheduler.close()

    asyncio.run(run())


def test_who_asks_for_what_waits_already_shares_it():
    async def test(scheduler, gate):
        one = scheduler.submit("a", Urgency.PICTURE, gate, "old")
        other = scheduler.submit("a", Urgency.PICTURE, gate, "new")
        assert one is other
        gate.open.set()
        assert await one == "painted new"
        assert gate.batches == [["first"], ["new"]]

    with_scheduler(test)


def test_previews_come_first_but_nobody_starves():
    async def test(scheduler, gate):
        slow = scheduler.submit("slow", Urgency.ONE_SHOT, gate, "slow")
        previews = [scheduler.submit(k, Urgency.PREVIEW, gate, k) for k in range(6)]
        gate.open.set()
        await asyncio.gather(slow, *previews)
        order = [batch[0] for batch in gate.batches]
        assert order[1] == 0
        assert order.index("slow") < len(order) - 1

    with_scheduler(test, waiting=10)


def test_a_full_queue_refuses_and_says_when_to_come_again():
    async def test(scheduler, gate):
        for k in range(4):
            scheduler.submit(k, Urgency.PICTURE, gate, k)
        with pytest.raises(BusyError) as refused:
            scheduler.submit("one more", Urgency.PICTURE, gate)
        assert int(refused.value.headers["Retry-After"]) >= 1
        scheduler.submit(3, Urgency.PICTURE, gate, "the same")  # takes no more room

    with_scheduler(test)


def test_who_would_wait_too_long_is_refused_at_once():
    async def test(scheduler, gate):
        scheduler.submit(0, Urgency.PICTURE, gate)
        with pytest.raises(BusyError):
            scheduler.submit(1, Urgency.PICTURE, gate)
        scheduler.submit(2, Urgency.PICTURE, gate, always=True)

    with_scheduler(test, patience=0.01)


def test_one_size_runs_together_up_to_its_limit():
    async def test(scheduler, gate):
        jobs = [scheduler.submit(k, Urgency.ONE_SHOT, gate, k, batch_key=k % 2, batch_limit=2) for k in range(4)]
        gate.open.set()
        assert await asyncio.gather(*jobs) == [f"painted {k}" for k in range(4)]
        assert gate.batches[1:] == [[0, 2], [1, 3]]

    with_scheduler(test)


def test_an_error_in_a_batch_is_of_the_one_that_caused_it():
    async def test(scheduler, gate):
        def work(arguments):
            return [ValueError("broken") if argument == 1 else argument for argument in arguments]

        jobs = [scheduler.submit(k, Urgency.ONE_SHOT, work, k, batch_key="same", batch_limit=4) for k in range(3)]
        gate.open.set()
        assert await asyncio.gather(*jobs, return_exceptions=True) == [0, jobs[1].exception(), 2]

    with_scheduler(test)


def test_who_waits_too_long_is_told_and_makes_room():
    async def test(scheduler, gate):
        with pytest.raises(BusyError):
            await scheduler.run(object(), Urgency.ONE_SHOT, gate, "late", seconds=0.01)
        assert scheduler.waiting == 0
        gate.open.set()

    with_scheduler(test)


def test_a_picture_that_takes_too_long_is_late():
    async def test(scheduler, gate):
        with pytest.raises(LateError):
            await scheduler.run(object(), Urgency.ONE_SHOT, gate, "late", seconds=0.05)

    with_scheduler(test, workers=2)


def test_what_was_taken_is_finished_at_the_end():
    async def run():
        scheduler = Scheduler(1, 4, Metrics())
        gate = Gate()
        jobs = [scheduler.submit(k, Urgency.PICTURE, gate, k) for k in range(3)]
        closing = asyncio.create_task(scheduler.close())
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            scheduler.submit("late", Urgency.PICTURE, gate)
        gate.open.set()
        assert await asyncio.gather(*jobs) == ["painted 0", "painted 1", "painted 2"]
        await closing

    asyncio.run(run())


def test_a_full_queue_is_answered_429(client, monkeypatch):
    from support.cli import line_art
    from support.serving import png

    def refuse(*args, **kwargs):
        raise BusyError("64 pictures wait already; try again in a moment", after=3.2)

    monkeypatch.setattr(client.app.state.parts.scheduler, "submit", refuse)
    answer = client.post("/v1/colorize", files={"line_art": png(line_art())})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
