"""Subjects in turns: each in its own process, all of them in every round, so that noise hits all alike."""

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from numpy.typing import NDArray

from . import machine
from .accuracy import measure_accuracy
from .load import PROBES, Load, Search
from .process import WHOLE, Process, Subject, SubjectError
from .result import Accuracy, SubjectOutcome
from .timing import SEED, TimeSamples

Say = Callable[[str], None]

FEWEST, MOST = 3, 40  # samples of one call in one round
UNMEASURED = "interrupted before it was measured"  # error of a subject that Ctrl-C left without a sample


class Interrupted(Exception):  # noqa: N818 - like KeyboardInterrupt, it is no error
    """Ctrl-C, and what was measured until then.

    Attributes:
        outcomes: One of every subject; those that were not opened failed with "interrupted".
    """

    def __init__(self, outcomes: list[SubjectOutcome]) -> None:
        super().__init__("interrupted")
        self.outcomes = outcomes


def time_in_rounds(
    subjects: Sequence[Subject],
    *,
    threads: int,
    rounds: int,
    seconds: float,
    warm_seconds: float = 15.0,
    most: int = MOST,
    load: Load | None = None,
    say: Say = lambda line: None,
    between: Callable[[], None] = lambda: None,
) -> list[SubjectOutcome]:
    """Time subjects in rounds.

    The first subject of a case that gives pixels is the case's reference; one whose pixels are others has failed,
    however fast, unless its facts say that its picture is "another".

    Args:
        subjects: Each opened in its own process, one after the other; they all stay open until the end.
        threads: Threads of each.
        rounds: Turns; their order differs from round to round.
        seconds: Time that a call of a subject may take of a round; `FEWEST` samples are taken anyway.
        warm_seconds: The most that the warm-up of a call may take.
        most: Most samples of a call in one round.
        load: The server scenario instead: a rate that is tried takes the place of a round.
        say: Told what is going on.
        between: Called before each round.

    Returns:
        An outcome for each subject, in their order.

    Raises:
        Interrupted: Ctrl-C.
    """
    turns = [_Turn(subject) for subject in subjects]
    references: dict[str, NDArray[Any]] = {}
    order = random.Random(SEED)
    try:
        with contextlib.ExitStack() as stack:
            for turn in turns:
                say(f"{turn.subject.name}: opens")
                with turn.caught(say):
                    _check_room(turn.subject.name, [other.facts.get("peak_bytes") or 0 for other in turns])
                    process = stack.enter_context(Process(turn.subject, threads))
                    turn.begin(process, seconds, warm_seconds, most, load)
                    if process.has_result:
                        pixels = process.result()
                        turn.compare(pixels, references.setdefault(turn.subject.case, pixels))
            for number in range(PROBES if load else rounds):
                between()
                for turn in order.sample(turns, len(turns)):
                    if not turn.error:
                        say(f"round {number + 1} of {PROBES if load else rounds}: {turn.subject.name}")
                        with turn.caught(say):
                            turn.sample()
            for turn in turns:
                turn.end()
    except KeyboardInterrupt:
        raise Interrupted([turn.outcome() for turn in turns]) from None
    return [turn.outcome() for turn in turns]


def _check_room(name: str, peaks: Sequence[int]) -> None:
    """Whether one more process may be as large as the largest so far: what runs out of memory takes others along.

    Raises:
        SubjectError: There is no room for it.
    """
    left, needed = machine.find_available_bytes(), max(peaks)
    if left is not None and left < needed:
        raise SubjectError(
            f"{name}: {left / 2**30:.1f} GiB of memory are left, another one of these took {needed / 2**30:.1f} GiB; "
            f"give a smaller --size or --batch, or fewer --backends",
            refused=True,
        )


class _Turn:
    """One subject on its way through the rounds."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.facts: dict[str, Any] = dict(subject.facts)
        self.error = ""
        self._accuracy: Accuracy | None = None
        self._counts: dict[str, int] = {}
        self._taken: dict[str, list[list[float]]] = {}
        self._search: Search | None = None
        self._process: Process | None = None

    @contextlib.contextmanager
    def caught(self, say: Say) -> Iterator[None]:
        """A subject that fails is out; the others go on."""
        try:
            yield
        except SubjectError as error:
            self.error = str(error).removeprefix(f"{self.subject.name}: ")
            self.facts["refused"] = error.refused
            say(f"{self.subject.name}: {self.error}")

    def begin(self, process: Process, seconds: float, warm_seconds: float, most: int, load: Load | None) -> None:
        self._process = process
        opened = {"open_seconds": round(process.open_seconds, 3), "start_seconds": round(process.start_seconds, 3)}
        self.facts |= {**process.facts, **opened, "warm_up": {}}
        self._load = load
        for call in process.calls:
            warm, stable = process.warm_up(call, warm_seconds)
            usual = max(min(warm[1:] or warm), 1e-9)
            own = self.subject.seconds
            fewest, wanted = (FEWEST, seconds) if own is None else (1, own)
            self._counts[call] = max(fewest, min(most, round(wanted / usual)))
            self.facts["warm_up"][call] = {"first": round(warm[0], 6), "calls": len(warm), "stable": stable}
            if load:
                self._search = Search(load, load.most / usual)
        self.facts["peak_bytes"] = process.peak_bytes()  # before pictures for the comparison take their share

    def compare(self, pixels: NDArray[Any], reference: NDArray[Any]) -> None:
        """Hold what it paints against the reference."""
        same = not self.facts.get("another")
        self._accuracy = measure_accuracy(pixels, reference, self.facts.get("precision"), same)

    def sample(self) -> None:
        assert self._process is not None
        if self._search is not None and self._load is not None:
            times = self._search.arrivals()
            self._search.tell(*self._process.serve(times, self._load.most, self._load.target))
            return
        for call, count in self._counts.items():
            for part, values in self._process.sample(call, count).items():
                self._taken.setdefault(call if part == WHOLE else f"{call}/{part}", []).append(values)

    def end(self) -> None:
        if self._process is not None and not self.error:
            self.facts["peak_vram_bytes"] = self._process.peak_vram_bytes()

    def outcome(self) -> SubjectOutcome:
        server = None
        taken = {} if self.error else {call: TimeSamples.of(rounds) for call, rounds in self._taken.items()}
        if self._search is not None and self._search.latencies and not self.error:
            taken = {next(iter(self._counts)): TimeSamples.of([self._search.latencies])}
            server = self._search.found
        error = self.error or self._unfinished(taken)
        return SubjectOutcome(self.subject.case, self.subject.name, taken, self.facts, error, self._accuracy, server)

    def _unfinished(self, taken: dict[str, TimeSamples]) -> str:
        """Nothing failed, and yet there is nothing."""
        return "" if taken or (self._process and not self._counts) else UNMEASURED
