"""The report of a study: one page, without anything from elsewhere."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .analysis import Contrast, Score, contrast_models, score_models
from .rates import Rate


def analyze(rates: Sequence[Rate]) -> tuple[list[Score], list[Contrast]]:
    """Scores, the best first, and the best model beside each other one."""
    scores = score_models(rates)
    best = scores[0].model
    return scores, [contrast_models(rates, best, score.model) for score in scores[1:]]


def render_report(rates: Sequence[Rate]) -> str:
    """The page, HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scores, contrasts = analyze(rates)
    raters = len({one.rater for one in rates})
    return environment.get_template("report.html.j2").render(
        scores=scores, contrasts=contrasts, raters=raters, ratings=len(rates)
    )
