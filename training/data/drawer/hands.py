"""Hands: each a way to construct faces, bodies and hair, and a line style, as one artist would have them."""

from dataclasses import dataclass, field

from .line_styles import BRIGHT_INKS, COLORED_INKS, LineStyle

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class FaceHabits:
    """Ranges of the construction of a face, in units of the head (half its width is about 0.9).

    Attributes:
        width: Factor of the face's width.
        chin: Height of the chin below the middle of the head.
        blunt: Half width of the chin: 0.05 is pointed, 0.3 square.
        jaw: Factor of the jaw's width.
        noses: Kinds to choose from.
        mouth: Factor of the mouth's width.
        lips: Probability of painted lips.
        ears: Factor of the ears' size.
        contours: Kinds of the face's outline to choose from: "soft", "angular", "round" or "cheeky".
    """

    width: Range = (0.97, 1.03)
    chin: Range = (1.16, 1.27)
    blunt: Range = (0.08, 0.16)
    jaw: Range = (0.94, 1.05)
    noses: tuple[str, ...] = ("dot", "tick", "line", "shadow")
    mouth: Range = (0.9, 1.3)
    lips: float = 0.0
    ears: Range = (0.9, 1.1)
    contours: tuple[str, ...] = ("soft",)


@dataclass(frozen=True, slots=True)
class EyeHabits:
    """Ranges of the construction of eyes, in units of the head.

    Attributes:
        kinds: "anime", "dot", "oval" or "cartoon".
        lids: Shapes of the opening to choose from.
        width: Half width of an eye.
        height: Half height of an eye.
        level: Height below the middle of the head.
        spacing: From the middle line to the middle of an eye.
        iris: Width of the iris beside the eye's.
        lash: Thickness of the upper lashes.
        flicks: Numbers of single lashes at the outer corner.
        lower: Kinds of the lower lid.
        pupils: Kinds of the pupil.
        shines: Numbers of highlights.
        crease: Probability of a line above the lid.
        white: Probability that the white of the eye is seen beside the iris as a color of its own.
        brow: Factor of the brows' weight.
    """

    kinds: tuple[str, ...] = ("anime",)
    lids: tuple[str, ...] = ("round", "droop", "flat")
    width: Range = (0.24, 0.29)
    height: Range = (0.22, 0.29)
    level: Range = (0.30, 0.42)
    spacing: Range = (0.42, 0.48)
    iris: Range = (0.60, 0.74)
    lash: Range = (0.055, 0.10)
    flicks: tuple[int, int] = (0, 3)
    lower: tuple[str, ...] = ("line",)
    pupils: tuple[str, ...] = ("fill", "line", "none")
    shines: tuple[int, int] = (1, 2)
    crease: float = 0.6
    brow: Range = (0.9, 1.5)


@dataclass(frozen=True, slots=True)
class HairHabits:
    """How a hand draws hair.

    Attributes:
        count: Factor of the number of locks.
        sharp: Exponent of the taper of locks: below 2 they are spikes, above they are leaves.
        fine: Amount of lines within locks, 0..1.
        reach: Share of a lock's sides, from its root, that is not drawn.
        wave: Factor of waves.
        volume: How far the hair stands off the skull.
        shine: Probability of a highlight band.
        shines: Kinds of it: "zigzag", "band", "spots".
        angular: Locks have corners.
    """

    count: Range = (0.9, 1.2)
    sharp: Range = (1.9, 2.6)
    fine: Range = (0.1, 0.7)
    reach: Range = (0.1, 0.45)
    wave: Range = (0.0, 0.5)
    volume: Range = (0.12, 0.24)
    shine: float = 0.75
    shines: tuple[str, ...] = ("zigzag", "band")
    angular: bool = False


@dataclass(frozen=True, slots=True)
class Hand:
    """One artist.

    Attributes:
        name: Name of the hand.
        line: Its pen, with ranges of the width given apart.
        widths: Range of the lines' width, pixels at 512.
        heads: How many heads tall its teenagers are.
        build: Factor of the shoulders' width.
        sense: Probability of a palette with sense.
        soft: Probability of soft shading instead of cel.
        shadow: Factor of the shadows' width.
        hatching: Probability that shadows are hatched.
        tones: Probability of screentones.
        inks: Colors of its lines.
        male: Share of men and boys.
        ages: Shares of children, teenagers, adults and elders.
    """

    name: str
    line: LineStyle
    widths: Range
    face: FaceHabits = field(default_factory=FaceHabits)
    eyes: EyeHabits = field(default_factory=EyeHabits)
    hair: HairHabits = field(default_factory=HairHabits)
    heads: Range = (5.8, 6.8)
    build: Range = (0.95, 1.05)
    sense: float = 0.6
    soft: float = 0.2
    shadow: Range = (0.8, 1.6)
    hatching: float = 0.03
    tones: float = 0.02
    inks: tuple[tuple[int, int, int], ...] = ((20, 18, 22), (20, 18, 22), (50, 30, 50), (70, 40, 30))
    male: float = 0.35
    ages: tuple[float, float, float, float] = (0.15, 0.55, 0.25, 0.05)


HANDS: tuple[Hand, ...] = (
    Hand(
        "television",
        LineStyle(taper=0.8, swell=0.06, wobble=0.1, overshoot=0.05),
        (1.2, 1.9),
    ),
    Hand(
        "novel game",
        LineStyle(taper=0.7, swell=0.1, wobble=0.1, colored=True),
        (0.9, 1.4),
        FaceHabits(width=(0.96, 1.0), blunt=(0.07, 0.12), noses=("tick", "line", "shadow")),
        EyeHabits(
            lids=("round", "tall"), height=(0.25, 0.31), lash=(0.07, 0.11), shines=(2, 3), flicks=(1, 3),
            lower=("line", "lashes"), iris=(0.66, 0.78),
        ),
        HairHabits(count=(1.2, 1.6), fine=(0.6, 1.0), reach=(0.05, 0.3), shine=0.95),
        soft=0.5, inks=COLORED_INKS, male=0.2,
    ),
    Hand(
        "eighties",
        LineStyle(taper=0.6, swell=0.12, wobble=0.15, gap=0.04),
        (1.3, 2.0),
        FaceHabits(width=(0.9, 0.97), chin=(1.24, 1.34), blunt=(0.08, 0.15), noses=("line", "tick", "bridge")),
        EyeHabits(
            lids=("tall", "round"), width=(0.22, 0.26), height=(0.27, 0.34), level=(0.24, 0.34), spacing=(0.41, 0.46),
            lash=(0.07, 0.12), flicks=(1, 2), lower=("full",), shines=(2, 3), iris=(0.62, 0.72), crease=0.3,
        ),
        HairHabits(count=(0.8, 1.1), volume=(0.24, 0.4), wave=(0.2, 0.9), shine=0.9, shines=("band", "spots")),
        heads=(6.2, 7.2),
    ),
    Hand(
        "shonen",
        LineStyle(taper=0.55, swell=0.12, wobble=0.1, overshoot=0.12, blacks=0.5, contour=1.35),
        (1.7, 2.6),
        FaceHabits(
            contours=("angular", "soft"), blunt=(0.12, 0.24), jaw=(0.98, 1.1), noses=("bridge", "tick", "line"),
            mouth=(1.1, 1.6),
        ),
        EyeHabits(
            lids=("trapezoid", "flat"), width=(0.24, 0.29), height=(0.17, 0.23), level=(0.26, 0.36),
            iris=(0.42, 0.58), lash=(0.04, 0.075), flicks=(0, 1), brow=(1.5, 2.6), shines=(0, 1), crease=0.4,
        ),
        HairHabits(count=(0.7, 0.95), sharp=(1.2, 1.6), fine=(0.0, 0.35), angular=True, shine=0.4),
        tones=0.12, heads=(5.6, 7.0), build=(1.0, 1.15), male=0.7, soft=0.0, shadow=(1.0, 2.0),
    ),
    Hand(
        "shojo",
        LineStyle(floor=0.35, taper=1.0, swell=0.15, wobble=0.12, gap=0.12),
        (0.9, 1.4),
        FaceHabits(width=(0.92, 0.98), chin=(1.22, 1.32), blunt=(0.05, 0.09), jaw=(0.88, 0.96), mouth=(0.7, 1.1)),
        EyeHabits(
            lids=("tall", "round"), width=(0.27, 0.32), height=(0.28, 0.35), level=(0.28, 0.36), lash=(0.06, 0.1),
            flicks=(2, 4), lower=("lashes",), shines=(3, 4), iris=(0.66, 0.76), brow=(0.6, 0.9),
            pupils=("fill", "line"),
        ),
        HairHabits(count=(1.1, 1.5), wave=(0.3, 1.0), fine=(0.5, 1.0), sharp=(2.0, 2.8)),
        tones=0.12, heads=(6.4, 7.4), build=(0.86, 0.96), soft=0.4, male=0.25,
    ),
    Hand(
        "seinen",
        LineStyle(floor=0.5, taper=0.6, swell=0.1, wobble=0.2, gap=0.08, overshoot=0.08),
        (1.0, 1.6),
        FaceHabits(
            contours=("angular", "angular", "soft"), width=(0.9, 0.96), chin=(1.3, 1.42), blunt=(0.14, 0.24),
            jaw=(0.96, 1.08), noses=("bridge", "full"), mouth=(1.1, 1.5), lips=0.25, ears=(1.0, 1.2),
        ),
        EyeHabits(
            lids=("almond", "flat"), width=(0.21, 0.25), height=(0.1, 0.15), level=(0.2, 0.28), spacing=(0.4, 0.44),
            iris=(0.44, 0.54), lash=(0.03, 0.05), flicks=(0, 1), crease=0.9, pupils=("fill",), shines=(0, 1),
            brow=(1.3, 2.2), lower=("line", "none"),
        ),
        HairHabits(volume=(0.06, 0.16), count=(1.0, 1.4), fine=(0.3, 0.9)),
        tones=0.12, heads=(7.0, 7.8), hatching=0.25, sense=0.9, male=0.55, ages=(0.05, 0.2, 0.5, 0.25),
        inks=((20, 18, 22), (30, 26, 24)),
    ),
    Hand(
        "chibi",
        LineStyle(taper=0.25, swell=0.03, wobble=0.06, floor=1.0),
        (2.0, 3.2),
        FaceHabits(
            contours=("round", "soft", "cheeky"), width=(1.06, 1.16), chin=(0.98, 1.08), blunt=(0.26, 0.42),
            jaw=(1.06, 1.18), noses=("none", "dot"), mouth=(0.7, 1.0),
        ),
        EyeHabits(
            kinds=("anime", "anime", "oval"), lids=("tall", "round"), width=(0.22, 0.27), height=(0.27, 0.34),
            level=(0.36, 0.48), spacing=(0.48, 0.56), iris=(0.7, 0.82), lash=(0.06, 0.1), lower=("none", "line"),
            flicks=(0, 1),
        ),
        HairHabits(count=(0.6, 0.85), fine=(0.0, 0.2), reach=(0.3, 0.55), volume=(0.16, 0.28)),
        heads=(2.4, 3.2), ages=(0.3, 0.6, 0.1, 0.0),
    ),
    Hand(
        "picture book",
        LineStyle(taper=0.5, swell=0.2, wobble=0.5, grain=0.28, gap=0.06, colored=True, darkness=0.92),
        (1.5, 2.6),
        FaceHabits(
            contours=("round", "round", "cheeky"), width=(1.0, 1.12), chin=(1.0, 1.14), blunt=(0.24, 0.4),
            jaw=(1.0, 1.14), noses=("dot", "button", "line"), mouth=(0.7, 1.1),
        ),
        EyeHabits(
            kinds=("dot", "oval", "dot"), width=(0.06, 0.1), height=(0.08, 0.16), level=(0.34, 0.46),
            spacing=(0.4, 0.52), flicks=(0, 2), brow=(0.8, 1.4), shines=(0, 1),
        ),
        HairHabits(count=(0.6, 0.9), fine=(0.1, 0.5), reach=(0.3, 0.6), shine=0.15),
        heads=(3.2, 4.6), soft=0.3, inks=COLORED_INKS, sense=0.85, ages=(0.45, 0.3, 0.15, 0.1),
    ),
    Hand(
        "marker",
        LineStyle(taper=0.0, swell=0.02, wobble=0.05, floor=1.2),
        (2.4, 3.8),
        FaceHabits(
            contours=("soft", "angular"), width=(0.98, 1.08), blunt=(0.12, 0.3), noses=("none", "dot", "tick"),
            mouth=(0.9, 1.4),
        ),
        EyeHabits(
            kinds=("anime", "oval"), lids=("flat", "round"), lash=(0.05, 0.09), flicks=(0, 1), lower=("none",),
            pupils=("none", "fill"), shines=(1, 1), crease=0.1, brow=(1.2, 2.0),
        ),
        HairHabits(
            count=(0.55, 0.8), fine=(0.0, 0.15), reach=(0.4, 0.6), sharp=(1.6, 2.4), shine=0.5,
            shines=("band", "spots"),
        ),
        heads=(4.6, 6.0), soft=0.0,
    ),
    Hand(
        "cel trace",
        LineStyle(taper=0.15, swell=0.0, wobble=0.0, floor=0.9, aliased=True, colored=False),
        (1.0, 1.5),
        FaceHabits(noses=("tick", "line", "shadow")),
        EyeHabits(lids=("round", "flat", "trapezoid"), lash=(0.05, 0.085), lower=("line", "full"), flicks=(0, 2)),
        HairHabits(count=(0.8, 1.1), fine=(0.1, 0.5)),
        soft=0.0, inks=((0, 0, 0), (30, 20, 20), (92, 52, 38), *BRIGHT_INKS[:2]),
    ),
    Hand(
        "sketch",
        LineStyle(
            taper=0.6, swell=0.2, wobble=0.5, overshoot=0.4, again=0.35, passes=2, grain=0.22, darkness=0.8,
            guides=0.35,
        ),
        (0.9, 1.5),
        FaceHabits(noses=("tick", "line", "bridge")),
        EyeHabits(lids=("round", "droop", "flat", "almond"), lower=("line", "none"), flicks=(0, 3)),
        HairHabits(fine=(0.4, 1.0), reach=(0.0, 0.3)),
        inks=((50, 48, 54), (40, 36, 40), (64, 60, 80), *BRIGHT_INKS),
    ),
    Hand(
        "brush",
        LineStyle(taper=1.3, swell=0.3, wobble=0.25, gap=0.2, overshoot=0.15, blacks=0.8, floor=0.4, contour=1.3),
        (2.2, 3.8),
        FaceHabits(
            contours=("angular", "soft"), noses=("bridge", "line", "shadow"), blunt=(0.1, 0.2), chin=(1.2, 1.34),
        ),
        EyeHabits(
            lids=("almond", "flat", "trapezoid"), height=(0.15, 0.22), lash=(0.07, 0.12), iris=(0.5, 0.62),
            pupils=("fill",), brow=(1.6, 2.8), lower=("none", "line"),
        ),
        HairHabits(count=(0.8, 1.1), sharp=(1.4, 2.0), reach=(0.2, 0.5), shine=0.4),
        tones=0.12, heads=(6.2, 7.4), inks=((0, 0, 0), (16, 14, 16)), male=0.5, hatching=0.25,
    ),
    Hand(
        "cartoon",
        LineStyle(taper=0.35, swell=0.05, wobble=0.08, floor=0.9, contour=1.5),
        (1.8, 2.8),
        FaceHabits(
            contours=("cheeky", "angular", "round", "soft"), width=(0.9, 1.14), chin=(1.1, 1.4), blunt=(0.2, 0.42),
            jaw=(0.9, 1.2), noses=("button", "full", "beak"), mouth=(1.3, 2.0), ears=(1.0, 1.5),
        ),
        EyeHabits(
            kinds=("cartoon",), width=(0.18, 0.26), height=(0.22, 0.32), level=(0.12, 0.28), spacing=(0.26, 0.36),
            iris=(0.3, 0.5), lash=(0.02, 0.05), flicks=(0, 3), brow=(1.6, 3.0), shines=(0, 1),
        ),
        HairHabits(count=(0.6, 0.8), fine=(0.0, 0.2), reach=(0.3, 0.6), shine=0.2),
        heads=(3.6, 5.4), build=(0.85, 1.2), soft=0.0, male=0.5, ages=(0.2, 0.3, 0.35, 0.15),
    ),
    Hand(
        "sixties",
        LineStyle(taper=0.4, swell=0.1, wobble=0.12, floor=0.8, blacks=0.4, contour=1.2),
        (1.6, 2.4),
        FaceHabits(
            contours=("round", "cheeky"), width=(1.0, 1.1), chin=(1.04, 1.16), blunt=(0.2, 0.34), jaw=(1.0, 1.12),
            noses=("button", "tick"), mouth=(0.9, 1.3), ears=(1.0, 1.3),
        ),
        EyeHabits(
            lids=("tall", "round"), width=(0.2, 0.25), height=(0.26, 0.33), level=(0.22, 0.34), spacing=(0.36, 0.42),
            iris=(0.6, 0.72), lash=(0.06, 0.1), flicks=(1, 3), lower=("none", "line"), pupils=("fill",),
            shines=(1, 1), brow=(1.2, 2.2), crease=0.1,
        ),
        HairHabits(count=(0.5, 0.75), fine=(0.0, 0.2), volume=(0.1, 0.2), shine=0.6, shines=("spots", "band")),
        heads=(3.8, 5.2), soft=0.0,
    ),
    Hand(
        "moe",
        LineStyle(taper=0.7, swell=0.06, wobble=0.06, floor=0.5, darkness=0.72, colored=True),
        (1.0, 1.6),
        FaceHabits(
            contours=("cheeky", "soft"), width=(1.04, 1.12), chin=(1.04, 1.14), blunt=(0.1, 0.2), jaw=(1.0, 1.08),
            noses=("dot", "none", "shadow"), mouth=(0.6, 0.95),
        ),
        EyeHabits(
            lids=("round", "droop", "tall"), width=(0.28, 0.34), height=(0.26, 0.34), level=(0.42, 0.52),
            spacing=(0.48, 0.55), iris=(0.7, 0.82), lash=(0.05, 0.085), flicks=(0, 2), shines=(2, 3), brow=(0.6, 1.0),
            lower=("line", "none"),
        ),
        HairHabits(count=(1.0, 1.4), fine=(0.3, 0.7), reach=(0.15, 0.4), shine=0.9),
        heads=(4.6, 5.8), soft=0.4, inks=COLORED_INKS, male=0.15, ages=(0.35, 0.6, 0.05, 0.0),
    ),
    Hand(
        "fashion",
        LineStyle(taper=1.0, swell=0.12, wobble=0.12, floor=0.35, gap=0.15, overshoot=0.1),
        (1.1, 1.8),
        FaceHabits(
            contours=("soft", "angular"), width=(0.86, 0.93), chin=(1.34, 1.46), blunt=(0.09, 0.16), jaw=(0.9, 1.0),
            noses=("bridge", "full", "shadow"), mouth=(0.9, 1.2), lips=0.8,
        ),
        EyeHabits(
            lids=("almond", "droop"), width=(0.23, 0.27), height=(0.12, 0.17), level=(0.2, 0.27), spacing=(0.4, 0.44),
            iris=(0.46, 0.56), lash=(0.05, 0.09), flicks=(1, 3), crease=1.0, pupils=("fill",), shines=(0, 1),
            lower=("line", "lashes"), brow=(1.2, 2.0),
        ),
        HairHabits(count=(1.1, 1.5), fine=(0.5, 1.0), wave=(0.1, 0.8), volume=(0.1, 0.22)),
        heads=(7.4, 8.4), build=(0.86, 0.98), sense=0.85, male=0.25, ages=(0.0, 0.3, 0.65, 0.05), soft=0.4,
    ),
)  # fmt: skip
