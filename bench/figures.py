"""The figures of a scenario, each drawn for the width that it is shown at; colors come from the style around them."""

from collections.abc import Callable, Sequence

from .bars import cold_start, server, speed
from .curves import accuracy, latency, roofline, throughput
from .figure import Figure
from .run import Ceiling, Row


def of_rows(rows: Sequence[Row], ceilings: Sequence[Ceiling], width: int) -> list[Figure]:
    """The figures of rows of one scenario, model and size."""
    first = min((row.batch for row in rows), default=1)
    single = [row for row in rows if row.batch == first]
    scenario = rows[0].scenario if rows else ""
    makers: list[Callable[[], Figure | None]] = {
        "single-stream": [
            lambda: latency(single, width),
            lambda: accuracy(single, width),
            lambda: throughput(rows, width),
            lambda: roofline(single, ceilings, width),
            lambda: cold_start(single, width),
        ],
        "interactive": [lambda: latency(single, width), lambda: roofline(single, ceilings, width)],
        "offline": [lambda: speed(rows, width)],
        "server": [lambda: server(rows, width), lambda: speed(rows, width), lambda: latency(single, width)],
    }.get(scenario, [])
    return [figure for make in makers if (figure := make())]
