"""Reading of a result's outcomes: those of a case, the samples of a call, and parts of samples."""

from ...result import Result, SubjectOutcome
from ...timing import TimeSamples


def find_outcomes(result: Result, case: str) -> list[SubjectOutcome]:
    """The outcomes of one case."""
    return [outcome for outcome in result.outcomes if outcome.case == case]


def find_samples(result: Result, case: str, subject: str, call: str) -> TimeSamples | None:
    """The samples of one subject's call, None where there are none."""
    found = (outcome.samples.get(call) for outcome in find_outcomes(result, case) if outcome.subject == subject)
    return next(found, None)


def subtract_part(whole: TimeSamples, part: TimeSamples) -> TimeSamples:
    """The rest of each sample without its part; both were taken together."""
    return TimeSamples.of(
        [[a - b for a, b in zip(*rounds, strict=True)] for rounds in zip(whole.rounds, part.rounds, strict=True)]
    )


def divide_by_whole(part: TimeSamples, whole: TimeSamples) -> TimeSamples:
    """The share that a part has in each sample; both were taken together."""
    return TimeSamples.of(
        [[a / b for a, b in zip(*rounds, strict=True)] for rounds in zip(part.rounds, whole.rounds, strict=True)]
    )
