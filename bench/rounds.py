"""Subjects in turns: each in its own process, all of them in every round, so that noise hits all alike."""

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.metrics import psnr

from .process import WHOLE, Process, Subject, SubjectError
from .record import Entry
from .timing import SEED, Samples

Say = Callable[[str], None]

# How far a subject's colours in [-1, 1] may be from the reference's, by what it computes in.
MAX_DIFFERENCE = 1e-4  # fp32
MIN_PSNR = {"bf16": 40.0, "fp16": 40.0}  # dB
FEWEST, MOST = 3, 40  # samples of one call in one round


def take(
    subjects: Sequence[Subject],
    *,
    threads: int,
    rounds: int,
    seconds: float,
    warm_seconds: float = 15.0,
    say: Say = lambda line: None,
) -> list[Entry]:
    """Time subjects in rounds.

    The first subject of a case that gives pixels is the case's reference; one whose pixels are others has failed,
    however fast.

    Args:
        subjects: Each opened in its own process, one after the other; they all stay open until the end.
        threads: Of each.
        rounds: Turns; their order differs from round to round.
        seconds: What a call of a subject may take of a round; `FEWEST` samples are taken anyway.
        warm_seconds: The most that the warm-up of a call may take.
        say: Told what is going on.

    Returns:
        An entry for each subject, in their order.
    """
    turns = [_Turn(subject) for subject in subjects]
    references: dict[str, NDArray[Any]] = {}
    order = random.Random(SEED)
    with contextlib.ExitStack() as stack:
        for turn in turns:
            with turn.caught(say):
                process = stack.enter_context(Process(turn.subject, threads))
                turn.begin(process, seconds, warm_seconds)
                if process.has_result:
                    pixels = process.result()
                    reference = references.setdefault(turn.subject.case, pixels)
                    turn.facts["accuracy"] = accuracy(pixels, reference, turn.facts.get("precision"))
                turn.facts["peak_bytes"] = process.peak_bytes()
                say(f"{turn.subject.case}: {turn.subject.name} is ready")
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            for turn in order.sample(turns, len(turns)):
                if not turn.error:
                    with turn.caught(say):
                        turn.sample()
    return [turn.entry() for turn in turns]


class _Turn:
    """One subject on its way through the rounds."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.facts: dict[str, Any] = dict(subject.facts)
        self.error = ""
        self._counts: dict[str, int] = {}
        self._taken: dict[str, list[list[float]]] = {}

    @contextlib.contextmanager
    def caught(self, say: Say) -> Iterator[None]:
        """A subject that fails is out; the others go on."""
        try:
            yield
        except SubjectError as error:
            self.error = str(error).removeprefix(f"{self.subject.name}: ")
            say(f"{self.subject.case}: {self.subject.name}: {self.error}")

    def begin(self, process: Process, seconds: float, warm_seconds: float) -> None:
        self._process = process
        self.facts |= {**process.facts, "open_seconds": round(process.open_seconds, 3), "warm_up": {}}
        for call in process.calls:
            warm, stable = process.warm_up(call, warm_seconds)
            usual = min(warm[1:] or warm)
            self._counts[call] = max(FEWEST, min(MOST, round(seconds / max(usual, 1e-9))))
            self.facts["warm_up"][call] = {"first": round(warm[0], 6), "calls": len(warm), "stable": stable}

    def sample(self) -> None:
        for call, count in self._counts.items():
            for part, values in self._process.sample(call, count).items():
                self._taken.setdefault(call if part == WHOLE else f"{call}/{part}", []).append(values)

    def entry(self) -> Entry:
        taken = {} if self.error else {call: Samples.of(rounds) for call, rounds in self._taken.items()}
        return Entry(self.subject.case, self.subject.name, taken, self.facts, self.error)


def accuracy(pixels: NDArray[Any], reference: NDArray[Any], precision: str | None) -> dict[str, float]:
    """How far colours in [-1, 1] are from the reference's.

    Args:
        pixels: float32, what a subject painted.
        reference: float32 of the same shape.
        precision: What the subject computes in; None is fp32.

    Returns:
        max_difference, and psnr in dB.

    Raises:
        SubjectError: They are not the same picture.
    """
    if pixels.shape != reference.shape:
        raise SubjectError(f"wrong pixels: expected shape {reference.shape}, received {pixels.shape}")
    difference = float(np.abs(pixels - reference).max())
    noise = min(psnr(pixels, reference, peak=2.0), 200.0)
    floor = MIN_PSNR.get(precision or "fp32")
    right = difference <= MAX_DIFFERENCE if floor is None else noise >= floor
    if not right:  # NaN is never right
        limit = f"at most {MAX_DIFFERENCE:g} apart" if floor is None else f"at least {floor:g} dB"
        raise SubjectError(f"wrong pixels: expected {limit}, received {difference:.2g} apart, {noise:.1f} dB")
    return {"max_difference": float(f"{difference:.3g}"), "psnr": round(noise, 1)}
