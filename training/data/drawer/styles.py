"""The pen of one drawing: the line style of a hand, varied as pens and scans vary."""

from dataclasses import replace

from .curves import Rng
from .design import between, chance, choose
from .hands import Hand
from .line_styles import LineStyle


def draw_style(rng: Rng, hand: Hand) -> LineStyle:
    """The line style of one drawing of a hand."""
    base = hand.line
    return replace(
        base,
        width=between(rng, hand.widths),
        swell=base.swell * rng.uniform(0.7, 1.4),
        wobble=base.wobble * rng.uniform(0.6, 1.5),
        overshoot=base.overshoot * choose(rng, 0.0, 1.0, 1.5),
        gap=base.gap * choose(rng, 0.0, 1.0, 1.5) if base.gap else (0.06 if chance(rng, 0.08) else 0.0),
        grain=base.grain * rng.uniform(0.6, 1.4)
        if base.grain
        else (rng.uniform(0.08, 0.2) if chance(rng, 0.06) else 0.0),
        darkness=base.darkness * rng.uniform(0.9, 1.0) * (rng.uniform(0.5, 0.8) if chance(rng, 0.06) else 1.0),
        aliased=base.aliased or (base.passes == 1 and chance(rng, 0.04)),
        colored=base.colored or chance(rng, 0.08),
        blacks=1.0 if chance(rng, base.blacks) else 0.0,
        guides=1.0 if chance(rng, base.guides) else 0.0,
        ink=choose(rng, *hand.inks),
    )
