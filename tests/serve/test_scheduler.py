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
    async def test_what_was_taken_is_finished_at_the_end():
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
