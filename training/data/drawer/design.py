"""The design of a figure: every random choice that says who is drawn, made before a line is."""

from dataclasses import dataclass
from typing import TypeVar

from .curves import Rng
from .hands import Hand, Range
from .palette import Palette, make_palette

T = TypeVar("T")

LONG_HAIR = ("long", "long", "wavy", "half up", "twin tails", "twin tails", "ponytail", "side tail", "braid", "braids", "buns", "drills", "bob", "bob", "bob", "pixie", "tousled", "curly")  # fmt: skip
SHORT_HAIR = ("tousled", "tousled", "spiky", "spiky", "pixie", "slick", "undercut", "curly", "crew", "bob", "ponytail", "long")  # fmt: skip
CROPPED = ("spiky", "tousled", "pixie", "slick", "undercut", "curly", "crew", "bald")
HOODED_HAIR = ("bob", "long", "wavy", "half up", "tousled", "pixie", "braid", "braids")  # fits under a hood
BANGS = ("blunt", "sweep", "sweep", "part", "part", "messy", "messy", "zigzag", "swoop", "none")
MOUTHS = ("smile", "smile", "open", "open", "small", "o", "cat", "flat", "frown", "grin", "smirk", "shout", "pout")
TOPS = (
    "sailor", "sailor", "shirt", "shirt", "blazer", "hoodie", "dress", "dress", "jacket", "tee", "tee", "kimono", "sweater", "sweater",
    "gakuran", "camisole", "maid", "cloak", "overalls", "coat", "armor", "vest", "poncho",
)  # fmt: skip
POSES = (
    "stand", "stand", "stand", "hip", "hip", "hips", "wave", "chest", "behind", "cheer", "point", "hold", "hold", "carry", "carry", "think", "peace", "walk",
    "run", "sit", "jump", "crossed",
)  # fmt: skip
ACCESSORIES = {
    "ribbon": 0.16, "clips": 0.2, "cat ears": 0.1, "glasses": 0.16, "beret": 0.06, "headband": 0.1, "choker": 0.12, "witch hat": 0.05,
    "headphones": 0.06, "star": 0.05, "cap": 0.07, "straw hat": 0.05, "flower": 0.08, "earrings": 0.14, "scarf": 0.09, "crown": 0.03,
    "horns": 0.04, "eyepatch": 0.03, "mask": 0.03, "goggles": 0.04, "necklace": 0.08, "maid cap": 0.02, "wings": 0.03, "bag": 0.06,
}  # fmt: skip
HATS = (
    "beret",
    "witch hat",
    "cap",
    "straw hat",
    "crown",
    "goggles",
    "headphones",
    "headband",
    "maid cap",
    "cat ears",
    "horns",
)
PROPS = (
    "book",
    "cup",
    "phone",
    "flower",
    "sword",
    "umbrella",
    "ice cream",
    "star wand",
    "paper",
    "microphone",
    "balloon",
    "plush",
)


@dataclass(slots=True)
class Face:
    """Units of the head; see `FaceHabits`."""

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
    palette: Palette
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
    jitter: tuple[float, ...] = (0.0,) * 8  # degrees: both bones of both arms, then of both legs


def choose(rng: Rng, *options: T) -> T:
    """One of the options."""
    return options[int(rng.integers(len(options)))]


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
    outfit = _outfit(rng, male, age)
    if view == "turned" and hair.style in HOODED_HAIR and outfit.top in ("hoodie", "cloak", "coat", "jacket", "poncho"):
        if chance(rng, 0.3):
            outfit.top = "hoodie" if outfit.top == "jacket" else outfit.top
            accessories = (accessories - {*HATS, "ribbon", "flower", "star", "earrings", "scarf"}) | {"hood"}
            hair.ahoge = False
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
        yaw=yaw if view == "turned" else 0.0,
        flip=chance(rng, 0.5),
        tilt=float(rng.normal(0, 0.075)) if chance(rng, 0.8) else 0.0,
        heads=heads,
        build=between(rng, hand.build) * (1.16 if male and age != "child" else 1.0) * (0.9 if age == "child" else 1.0),
        plump=float(rng.uniform(0.9, 1.12)) * (1.2 if chance(rng, 0.06) else 1.0),
        pose=choose(rng, *POSES),
        lean=float(rng.normal(0, 0.03)),
        accessories=accessories,
        prop=choose(rng, *PROPS),
        shadow=between(rng, hand.shadow),
        soft=chance(rng, hand.soft),
        jitter=tuple(rng.normal(0, 5, 8).tolist()),
    )


def _face(rng: Rng, hand: Hand, male: bool, age: str) -> Face:
    habits = hand.face
    grown = male and age in ("teen", "adult", "elder")
    return Face(
        width=between(rng, habits.width) * (1.04 if age == "child" else 1.0),
        chin=between(rng, habits.chin)
        + {"child": -0.08, "teen": 0.0, "adult": 0.03, "elder": 0.03}[age]
        + 0.05 * grown,
        blunt=between(rng, habits.blunt) * (1.5 if grown else 1.0),
        jaw=between(rng, habits.jaw) * (1.05 if grown else 1.0),
        nose=choose(rng, *habits.noses),
        mouth=choose(rng, *MOUTHS),
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
        pupil=choose(rng, *habits.pupils) if not chance(rng, 0.06) else "slit",
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
    style = choose(rng, *(SHORT_HAIR if male else LONG_HAIR))
    if male and age in ("adult", "elder") and chance(rng, 0.12):
        style = "bald"
    if age == "elder" and not male and chance(rng, 0.4):
        style = "bun"
    bangs = choose(rng, *BANGS)
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


def _outfit(rng: Rng, male: bool, age: str) -> Outfit:
    top = choose(rng, *TOPS)
    if male and top in ("dress", "maid", "camisole", "sailor"):
        top = choose(rng, "shirt", "tee", "gakuran", "jacket", "hoodie", "coat", "vest")
    bottom = (
        choose(rng, "trousers", "trousers", "shorts", "jeans")
        if male
        else choose(rng, "pleated", "pleated", "flared", "long skirt", "shorts", "trousers")
    )
    sleeves = {
        "tee": "short", "camisole": "none", "overalls": choose(rng, "short", "long"), "vest": choose(rng, "short", "long"),
        "dress": choose(rng, "none", "puff", "long"), "maid": "puff", "sailor": choose(rng, "short", "long", "long"),
        "shirt": choose(rng, "short", "long", "rolled", "long"), "armor": "long",
    }.get(top, "long")  # fmt: skip
    return Outfit(
        top=top,
        bottom={"kimono": choose(rng, "hakama", "kimono"), "dress": choose(rng, "flared", "long skirt"), "maid": "flared", "overalls": choose(rng, "trousers", "shorts", "flared")}.get(top, bottom),
        sleeves=sleeves,
        sleeve_width=float(rng.uniform(1.15, 1.5)) * {"hoodie": 1.15, "kimono": 1.9, "coat": 1.15, "tee": 1.15, "cloak": 1.2}.get(top, 1.0),
        feet=choose(rng, "shoes", "loafers", "sneakers", "boots", "long boots") if top != "kimono" else "sandals",
        legs=choose(rng, "bare", "socks", "knee", "thigh", "tights") if not male else choose(rng, "bare", "socks"),
        print=choose(rng, "none", "none", "none", "none", "stripes", "stripes", "dots", "plaid", "stars", "emblem", "emblem", "flowers", "checks"),
        print_scale=float(rng.uniform(0.8, 1.6)),
        print_on=choose(rng, "top", "bottom", "both"),
        trim=chance(rng, 0.35),
        tie=choose(rng, "bow", "ribbon", "tie", "tie", "none") if not male else choose(rng, "tie", "tie", "none"),
        gloves=chance(rng, 0.06),
        over_hands=top in ("hoodie", "sweater", "coat", "jacket") and chance(rng, 0.18),
        apron=top == "maid" or (top == "dress" and chance(rng, 0.15)),
        belt=chance(rng, 0.35),
        pockets=chance(rng, 0.4),
    )  # fmt: skip


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
