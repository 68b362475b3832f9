"""One picture of posed people, as the drawer's `Drawn`: exact lines, flats, shade and ids of parts."""

import numpy as np

from ..drawer.backdrop import draw_backdrop
from ..drawer.cel import Cel
from ..drawer.curves import Rng
from ..drawer.design import Design, chance, make_design
from ..drawer.drawing import ATTEMPTS, Drawn, check_request, develop, draw_light
from ..drawer.hands import HANDS
from ..drawer.scene import Tags, draw_look, frame_figure
from ..drawer.styles import draw_style
from .makehuman import MakeHuman
from .person import make_person
from .poses import choose_pose
from .rendering import Camera, draw_person, find_intrusions, fit_camera

FRAMINGS = ("face", "bust", "half", "whole")
WORN_BELOW = ("skin.body", "socks", "underwear")
PAIRS = 0.16  # share of pictures with two people
SHARES = (0.1, 0.38, 0.26, 0.26)


def draw_people(makehuman: MakeHuman, seed: int, size: int = 512, hand: int | None = None) -> Drawn:
    """Draw what a seed gives: the same layers in every process.

    Raises:
        InputError: As the drawer's `draw`.
    """
    check_request(seed, size, hand)
    for attempt in range(ATTEMPTS):
        drawn, faults = _attempt(makehuman, np.random.default_rng([seed, attempt, 3]), size, hand)
        if not faults:
            break
    return drawn


def make_person_design(rng: Rng, hand: int) -> Design:
    """A design of the drawer that a mesh can be made from: seen from the front, its head is turned by the camera."""
    design = make_design(rng, HANDS[hand])
    design.view, design.yaw, design.stance, design.tilt, design.flip = "turned", 0.0, 0.0, 0.0, False
    design.face.beard = "" if design.face.beard == "beard" else design.face.beard
    return design


def _attempt(makehuman: MakeHuman, rng: Rng, size: int, hand: int | None) -> tuple[Drawn, list[str]]:
    number = int(rng.integers(len(HANDS)))
    number = number if hand is None else hand
    style = draw_style(rng, HANDS[number])
    cel = Cel(size, style, draw_light(rng), rng)
    design = make_person_design(rng, number)
    cel.shadow = design.shadow
    backdrop = draw_backdrop(cel)
    framing = FRAMINGS[int(rng.choice(len(FRAMINGS), p=SHARES))]
    pair = chance(rng, PAIRS)
    designs = [design, make_person_design(rng, number)] if pair else [design]
    radius, y = frame_figure(rng, 1.0, max(designs, key=lambda one: one.heads), framing if not pair else "half")
    faults = []
    azimuths = []
    for figure, one in enumerate(designs):
        cel.figure = figure
        person = make_person(makehuman, one, rng, cel.part)
        azimuth = float(rng.normal(0, 32)) if chance(rng, 0.88) else float(rng.uniform(-180, 180))
        x = rng.uniform(0.42, 0.58) if not pair else rng.uniform(0.24, 0.34) + 0.42 * figure
        shift = rng.uniform(-0.06, 0.06) if pair else 0.0
        camera = Camera(azimuth, float(rng.normal(2, 7)), float(rng.normal(0, 3)), radius, (x, y + shift))
        pose = choose_pose(rng, makehuman, person, framing == "whole")
        if framing == "whole" and not pair:
            camera = fit_camera(person, pose, camera)
        view = draw_person(cel, person, pose, camera)
        below = [number for number, part in enumerate(cel.table) if part.name in WORN_BELOW]
        if find_intrusions(view.surface, below, cel.size):
            faults.append("intrusion")
        azimuths.append(azimuth)
    cel.figure = 0
    tags: Tags = {
        "figures": len(designs),
        "framing": framing,
        "backdrop": backdrop,
        "azimuth": round(azimuths[0]),
        "age": design.age,
        "male": design.male,
    }
    drawn, found = develop(cel, number, draw_look(rng, design.soft), tags)
    return drawn, found + faults
