"""Many machines on one shot: Ray tasks that fill the same store and write the same pictures as one machine does.

The folder of results is shared by all machines. A task whose worker dies is run again elsewhere; what it had written
whole stays, and is of the same bytes.

Tasks, not Ray Data: frames come from the shared folder and go there, so no block of pixels passes through Ray's object
store, and a stage that decodes has nothing to stream to one that paints. Order, retries and back pressure are a deque
of futures. A worker's process keeps the function with its model, as an actor of Ray Data's pool would, and a painter
takes a GPU of its own where there are some.
"""

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import ray

A = TypeVar("A")
B = TypeVar("B")

CHUNK = 16  # frames of a task, at most: neighbors share what is found about them
AHEAD = 64  # tasks that wait or run at once
TRIES = 5  # after workers that died

_functions: dict[str, Callable[[Any], Any]] = {}  # of a worker's process: what it was sent, by name


class Farm:
    """A Ray cluster.

    Args:
        address: "auto", a head's HOST:PORT or ray://HOST:PORT; "local" starts one on this machine.
    """

    def __init__(self, address: str) -> None:
        if not ray.is_initialized():
            ray.init(None if address == "local" else address, log_to_driver=False, configure_logging=False)

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of each item, in order; it has to be picklable, and to raise nothing that is not fatal."""
        items, sent, name = [*items], ray.put(function), secrets.token_hex(8)
        there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call, unused-ignore]
        size = int(min(CHUNK, max(1, len(items) // (2 * there.get("CPU", 1)))))
        run = _remote_chunk
        if getattr(function, "uses_gpu", False) and there.get("GPU"):
            run = _remote_chunk.options(num_gpus=1)
        chunks = [items[start : start + size] for start in range(0, len(items), size)]
        waiting = deque(run.remote(name, [sent], chunk) for chunk in chunks[:AHEAD])
        for chunk in chunks[AHEAD:]:
            yield from ray.get(waiting.popleft())
            waiting.append(run.remote(name, [sent], chunk))
        while waiting:
            yield from ray.get(waiting.popleft())


def _run_chunk(name: str, sent: list[Any], items: Sequence[Any]) -> list[Any]:
    """A chunk; the function is unpacked once in each process, with the model that it may hold."""
    if name not in _functions:
        _functions.clear()
        _functions[name] = ray.get(sent[0])
    return [_functions[name](item) for item in items]


_remote_chunk: Any = ray.remote(max_retries=TRIES)(_run_chunk)
