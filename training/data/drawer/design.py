"""The design of a figure: every random choice that says who is drawn, made before a line is."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .curves import Rng
from .hands import Hand, Range
from .palette import Colors, make_palette
from .poses import Limbs, pose_limbs

T = TypeVar("T")

# Shares; of hair styles those of women and girls, then of men and boys.
LONG_HAIR: dict[str, float] = {
    "long": 2, "wavy": 1, "half up": 1, "twin tails": 2, "ponytail": 1, "side tail": 1, "braid": 1, "braids": 1,
    "buns": 1, "drills": 1, "bob": 3, "pixie": 1, "tousled": 1, "curly": 1,
}  # fmt: skip
SHORT_HAIR: dict[str, float] = {
    "tousled": 2, "spiky": 2, "pixie": 1, "slick": 1, "undercut": 1, "curly": 1, "crew": 1, "bob": 1, "ponytail": 1,
    "long": 1,
}  # fmt: skip
CROPPED = ("spiky", "tousled", "pixie", "slick", "undercut", "curly", "crew", "bald")
ODD_PUPILS = ("slit", "slit", "star", "heart", "cross", "ring")
# What goes with a raised hood.
HOODED_HAIR = ("bob", "long", "wavy", "half up", "tousled", "pixie", "braid", "braids")
HOODED_TOPS = ("hoodie", "cloak", "coat", "jacket", "poncho")
BANGS: dict[str, float] = {"blunt": 1, "sweep": 2, "part": 2, "messy": 2, "zigzag": 1, "swoop": 1, "none": 1}
MOUTHS: dict[str, float] = {
    "smile": 2, "open": 2, "small": 1, "o": 1, "cat": 1, "flat": 1, "frown": 1, "grin": 1, "smirk": 1, "shout": 1,
    "pout": 1,
}  # fmt: skip
BOTTOMS: dict[str, float] = {"pleated": 2, "flared": 1, "long skirt": 1, "shorts": 1, "trousers": 1}
TROUSERS: dict[str, float] = {"trousers": 2, "shorts": 1, "jeans": 1}
PRINTS: dict[str, float] = {
    "none": 4, "stripes": 2, "dots": 1, "plaid": 1, "stars": 1, "emblem": 2, "flowers": 1, "checks": 1,
}  # fmt: skip
TIES: dict[str, float] = {"bow": 1, "ribbon": 1, "tie": 2, "none": 1}
# What goes with some tops; all others have long sleeves and any bottom.
SLEEVES: dict[str, tuple[str, ...]] = {
    "tee": ("short",), "camisole": ("none",), "overalls": ("short", "long"), "vest": ("short", "long"),
    "dress": ("none", "puff", "long"), "maid": ("puff",), "sailor": ("short", "long", "long"),
    "shirt": ("short", "long", "rolled", "long"),
}  # fmt: skip
SLEEVE_WIDTHS = {"hoodie": 1.15, "kimono": 1.9, "coat": 1.15, "tee": 1.15, "cloak": 1.2}
BOTTOMS_OF: dict[str, tuple[str, ...]] = {
    "kimono": ("hakama", "kimono"), "dress": ("flared", "long skirt"), "maid": ("flared",),
    "overalls": ("trousers", "shorts", "flared"),
}  # fmt: skip
TOPS: dict[str, float] = {
    "sailor": 2, "shirt": 2, "blazer": 1, "hoodie": 1, "dress": 2, "jacket": 1, "tee": 2, "kimono": 1, "sweater": 2,
    "gakuran": 1, "camisole": 1, "maid": 1, "cloak": 1, "overalls": 1, "coat": 1, "armor": 1, "vest": 1, "poncho": 1,
}  # fmt: skip
POSES: dict[str, float] = {
    "stand": 3, "hip": 2, "hips": 1, "wave": 1, "chest": 1, "behind": 1, "cheer": 1, "point": 1, "hold": 2,
    "carry": 2, "think": 1, "peace": 1, "walk": 1, "run": 1, "sit": 1, "jump": 1, "crossed": 1,
}  # fmt: skip
# Probability of each.
ACCESSORIES: dict[str, float] = {
    "ribbon": 0.16, "clips": 0.2, "cat ears": 0.1, "glasses": 0.16, "beret": 0.06, "headband": 0.1, "choker": 0.12,
    "witch hat": 0.05, "headphones": 0.06, "star": 0.05, "cap": 0.07, "straw hat": 0.05, "flower": 0.08,
    "earrings": 0.14, "scarf": 0.09, "crown": 0.03, "horns": 0.04, "eyepatch": 0.03, "mask": 0.03, "goggles": 0.04,
    "necklace": 0.08, "maid cap": 0.02, "wings": 0.03,
}  # fmt: skip
HATS = (
    "beret", "witch hat", "cap", "straw hat", "crown", "goggles", "headphones", "headband", "maid cap", "cat ears",
    "horns",
)  # fmt: skip
PROPS = (
    "book", "cup", "phone", "flower", "sword", "umbrella", "ice cream", "star wand", "paper", "microphone", "balloon",
    "plush",
)  # fmt: skip


@dataclass(slots=True)
class Face:
    """Units of the head; see `FaceHabits`."""

    contour: str
    width: float
    chin: float
    blunt: float
    jaw: float
    nose: str
    mouth: str
    mouth_width: float
    lips: bool
    ears: float
    elf: bool
    blush: int  # 0 none, 1 soft, 2 with strokes
    freckles: bool
    fang: bool
    wrinkles: bool
    beard: str
    mole: bool
    scar: bool


@dataclass(slots=True)
class Eyes:
    """Units of the head; see `EyeHabits`."""

    kind: str
    lid: str
    a: float  # half width
    b: float  # half height
    level: float
    spacing: float
    iris: float
    lash: float
    flicks: int
    lower: str
    pupil: str
    shines: int
    crease: bool
    brow: float
    brow_shape: float
    state: str  # open, half, closed, wink
    mood: float  # of the brows: below 0 is angry
    slant: float
    gaze: float
    odd: bool  # two colors


@dataclass(slots=True)
class Hair:
    """See `HairHabits`."""

    style: str
    bangs: str
    volume: float
    waves: float
    count: float
    sharp: float
    fine: float
    reach: float
    shine: str
    angular: bool
    length: float  # 0 shortest to 1 longest of its style
    ahoge: bool
    flip: bool  # tips turn outward
    streak: bool
    tie: str

    @property
    def cropped(self) -> bool:
        """Whether it ends above the jaw."""
        return self.style in CROPPED


@dataclass(slots=True)
class Outfit:
    """What a figure wears."""

    top: str
    bottom: str
    sleeves: str  # none, short, elbow, long
    sleeve_width: float
    feet: str
    legs: str  # bare, socks, knee, thigh, tights
    print: str
    print_scale: float
    print_on: str  # top, bottom, both
    trim: bool
    tie: str  # bow, ribbon, tie, none
    gloves: bool
    over_hands: bool  # sleeves reach over the hands
    apron: bool
    belt: bool
    pockets: bool


@dataclass(slots=True)
class Design:
    """One figure."""

    hand: Hand
    palette: Colors
    face: Face
    eyes: Eyes
    hair: Hair
    outfit: Outfit
    age: str
    male: bool
    view: str  # turned, profile, back
    yaw: float  # 0 front to 1 three-quarter view
    flip: bool
    tilt: float
    heads: float
    build: float
    plump: float
    pose: str
    lean: float
    accessories: set[str]
    prop: str
    shadow: float
    soft: bool
    limbs: Limbs
    stance: float  # the yaw that decides what cannot change gradually, such as which ear is seen


def choose(rng: Rng, *options: T) -> T:
    """One of the options."""
    return options[int(rng.integers(len(options)))]


def weigh(rng: Rng, shares: dict[str, float]) -> str:
    """One of the names, by their shares."""
    weights = np.array(list(shares.values()), np.float64)
    return list(shares)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def chance(rng: Rng, probability: float) -> bool:
    """True with the probability."""
    return bool(rng.random() < probability)


def between(rng: Rng, bounds: Range) -> float:
    """A number of the range."""
    return float(rng.uniform(*bounds))


def make_design(rng: Rng, hand: Hand) -> Design:
    """Draw the design of one figure of a hand."""
    age = ("child", "teen", "adult", "elder")[int(rng.choice(4, p=[a / sum(hand.ages) for a in hand.ages]))]
    male = chance(rng, hand.male)
    palette = make_palette(rng, hand.sense, age == "elder")
    view = ("turned", "turned", "profile", "back")[int(rng.choice(4, p=[0.4, 0.42, 0.14, 0.04]))]
    yaw = float(choose(rng, 0.0, rng.uniform(0, 0.3), rng.uniform(0.4, 1.0), rng.uniform(0.5, 1.0)))
    heads = between(rng, hand.heads)
    if heads > 3.5:
        heads += {"child": -1.5, "teen": 0.0, "adult": 0.45, "elder": 0.1}[age] * (heads - 1) / 6
    hair = _hair(rng, hand, male, age)
    accessories = _accessories(rng, hair, male)
    outfit = _outfit(rng, male)
    hooded = view == "turned" and hair.style in HOODED_HAIR and outfit.top in HOODED_TOPS
    if hooded and chance(rng, 0.3):
        outfit.top = "hoodie" if outfit.top == "jacket" else outfit.top
        accessories = (accessories - {*HATS, "ribbon", "flower", "star", "earrings", "scarf"}) | {"hood"}
        hair.ahoge = False
    yaw = yaw if view == "turned" else 0.0
    return Design(
        hand=hand,
        palette=palette,
        face=_face(rng, hand, male, age),
        eyes=_eyes(rng, hand, male, age),
        hair=hair,
        outfit=outfit,
        age=age,
        male=male,
        view=view,
        yaw=yaw,
        stance=yaw,
        flip=chance(rng, 0.5),
        tilt=float(rng.normal(0, 0.075)) if chance(rng, 0.8) else 0.0,
        heads=heads,
        build=between(rng, hand.build) * (1.16 if male and age != "child" else 1.0) * (0.9 if age == "child" else 1.0),
        plump=float(rng.uniform(0.9, 1.12)) * (1.2 if chance(rng, 0.06) else 1.0),
        pose=(pose := weigh(rng, POSES)),
        lean=float(rng.normal(0, 0.03)),
        accessories=accessories,
        prop=choose(rng, *PROPS),
        shadow=between(rng, hand.shadow),
        soft=chance(rng, hand.soft),
        limbs=pose_limbs(pose, rng.normal(0, 5, 8).tolist()),
    )


def _face(rng: Rng, hand: Hand, male: bool, age: str) -> Face:
    habits = hand.face
    grown = male and age in ("teen", "adult", "elder")
    return Face(
        contour=choose(rng, *habits.contours),
        width=between(rng, habits.width) * (1.04 if age == "child" else 1.0),
        chin=between(rng, habits.chin)
        + {"child": -0.08, "teen": 0.0, "adult": 0.03, "elder": 0.03}[age]
        + 0.05 * grown,
        blunt=between(rng, habits.blunt) * (1.5 if grown else 1.0),
        jaw=between(rng, habits.jaw) * (1.05 if grown else 1.0),
        nose=choose(rng, *habits.noses),
        mouth=weigh(rng, MOUTHS),
        mouth_width=between(rng, habits.mouth) * (1.12 if grown else 1.0),
        lips=chance(rng, habits.lips) and not male,
        ears=between(rng, habits.ears),
        elf=chance(rng, 0.06),
        blush=choose(rng, 0, 1, 1, 2) if not grown else choose(rng, 0, 0, 1),
        freckles=chance(rng, 0.05),
        fang=chance(rng, 0.15),
        wrinkles=age == "elder",
        beard=choose(rng, "mustache", "beard", "stubble")
        if male and age in ("adult", "elder") and chance(rng, 0.35)
        else "",
        mole=chance(rng, 0.05),
        scar=chance(rng, 0.03),
    )


def _eyes(rng: Rng, hand: Hand, male: bool, age: str) -> Eyes:
    habits = hand.eyes
    small = 0.82 if male and age != "child" else 1.0
    small *= {"child": 1.1, "teen": 1.0, "adult": 0.92, "elder": 0.74}[age]
    return Eyes(
        kind=choose(rng, *habits.kinds),
        lid=choose(rng, *habits.lids),
        a=between(rng, habits.width) * (0.95 if small < 0.9 else 1.0),
        b=between(rng, habits.height) * small,
        level=between(rng, habits.level) + {"child": 0.05, "teen": 0.0, "adult": -0.03, "elder": -0.03}[age],
        spacing=between(rng, habits.spacing),
        iris=between(rng, habits.iris),
        lash=between(rng, habits.lash) * (0.62 if male else 1.0),
        flicks=int(rng.integers(habits.flicks[0], habits.flicks[1] + 1)) if not male else 0,
        lower=choose(rng, *habits.lower),
        pupil=choose(rng, *habits.pupils) if not chance(rng, 0.1) else choose(rng, *ODD_PUPILS),
        shines=int(rng.integers(habits.shines[0], habits.shines[1] + 1)),
        crease=chance(rng, habits.crease),
        brow=between(rng, habits.brow) * (1.4 if male else 1.0),
        brow_shape=float(rng.uniform(-1, 1)),
        state=("open", "half", "closed", "wink")[int(rng.choice(4, p=[0.76, 0.08, 0.1, 0.06]))],
        mood=float(rng.normal(0.0, 0.05)) - (0.03 if male else 0.0),
        slant=float(rng.normal(0, 0.06)),
        gaze=float(rng.normal(0, 0.12)),
        odd=chance(rng, 0.03),
    )


def _hair(rng: Rng, hand: Hand, male: bool, age: str) -> Hair:
    habits = hand.hair
    style = weigh(rng, SHORT_HAIR if male else LONG_HAIR)
    if male and age in ("adult", "elder") and chance(rng, 0.12):
        style = "bald"
    if age == "elder" and not male and chance(rng, 0.4):
        style = "bun"
    bangs = weigh(rng, BANGS)
    if style in ("slick", "crew", "bald", "bun") or (style == "undercut" and bangs == "blunt"):
        bangs = "swoop" if style == "undercut" else "none"
    return Hair(
        style=style,
        bangs=bangs,
        volume=between(rng, habits.volume),
        waves=between(rng, habits.wave) * (0.5 if chance(rng, 0.5) else 1.0) + (0.9 if style == "wavy" else 0.0),
        count=between(rng, habits.count),
        sharp=between(rng, habits.sharp),
        fine=between(rng, habits.fine),
        reach=between(rng, habits.reach),
        shine=choose(rng, *habits.shines) if chance(rng, habits.shine) else "",
        angular=habits.angular,
        length=float(rng.random()),
        ahoge=chance(rng, 0.22),
        flip=chance(rng, 0.3),
        streak=chance(rng, 0.07),
        tie=choose(rng, "band", "bow", "scrunchie", "bead"),
    )


def _outfit(rng: Rng, male: bool) -> Outfit:
    top = weigh(rng, TOPS)
    if male and top in ("dress", "maid", "camisole", "sailor"):
        top = choose(rng, "shirt", "tee", "gakuran", "jacket", "hoodie", "coat", "vest")
    bottom = weigh(rng, TROUSERS if male else BOTTOMS)
    return Outfit(
        top=top,
        bottom=choose(rng, *BOTTOMS_OF[top]) if top in BOTTOMS_OF else bottom,
        sleeves=choose(rng, *SLEEVES.get(top, ("long",))),
        sleeve_width=float(rng.uniform(1.15, 1.5)) * SLEEVE_WIDTHS.get(top, 1.0),
        feet=choose(rng, "shoes", "loafers", "sneakers", "boots", "long boots") if top != "kimono" else "sandals",
        legs=choose(rng, "bare", "socks") if male else choose(rng, "bare", "socks", "knee", "thigh", "tights"),
        print=weigh(rng, PRINTS),
        print_scale=float(rng.uniform(0.8, 1.6)),
        print_on=choose(rng, "top", "bottom", "both"),
        trim=chance(rng, 0.35),
        tie=weigh(rng, TIES) if not male else choose(rng, "tie", "tie", "none"),
        gloves=chance(rng, 0.06),
        over_hands=top in ("hoodie", "sweater", "coat", "jacket") and chance(rng, 0.18),
        apron=top == "maid" or (top == "dress" and chance(rng, 0.15)),
        belt=chance(rng, 0.35),
        pockets=chance(rng, 0.4),
    )


def _accessories(rng: Rng, hair: Hair, male: bool) -> set[str]:
    chosen = {name for name, share in ACCESSORIES.items() if chance(rng, share)}
    if male:
        chosen -= {"ribbon", "flower", "straw hat", "maid cap", "star"}
        if chance(rng, 0.7):
            chosen -= {"clips", "cat ears", "choker", "headband"}
    worn = [name for name in HATS if name in chosen]
    if worn:
        chosen -= set(worn) - {choose(rng, *worn)}
    if hair.style in ("buns", "spiky", "bun"):
        chosen -= {"beret", "witch hat", "cap", "straw hat", "maid cap"}
    if hair.style in ("bald", "crew"):
        chosen -= {"ribbon", "clips", "flower", "star", "maid cap"}
    if "mask" in chosen or "eyepatch" in chosen:
        chosen -= {"glasses"}
    return chosen
