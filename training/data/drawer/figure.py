"""A whole figure, from back to front."""

import numpy as np

from .accessories import draw_behind, draw_on_face, draw_on_hair, draw_wings
from .body import Skeleton, draw_neck, draw_torso_skin
from .capes import draw_cloak, draw_hood_lining, draw_poncho, draw_raised_hood
from .cel import Cel, piece
from .clothes import draw_trunk, is_tucked
from .collars import draw_collar, draw_hood
from .curves import direction
from .design import Design, chance
from .details import draw_details
from .effects import draw_effects
from .face import draw_brows, draw_face
from .finishing import draw_guides
from .hair import TIED, draw_back_hair, draw_front_hair
from .head import Head
from .legs import draw_bottom, draw_legs, is_skirt
from .lighting import cast_shadows, shade_form, shade_half_face
from .neckwear import draw_choker, draw_necklace, draw_scarf
from .props import draw_prop
from .sleeves import draw_arm, is_bent
from .tails import behind_head, draw_buns, draw_tails, draw_ties

NECK = (0.0, 1.3)  # what the head tilts around
HANGS = 0.4  # height from which hair hangs free
EFFECTS = 0.08  # share of figures with signs around the head


@piece
def draw_figure(cel: Cel, design: Design) -> None:
    """Draw one figure in the cel's frame."""
    head, body = Head(design), Skeleton(design)
    if cel.style.guides:
        with cel.moved(turn=design.tilt, pivot=NECK):
            draw_guides(cel)
    if design.view == "back":
        _draw_body(cel, design, head, body)
        _draw_head_from_behind(cel, design, head)
        shade_form(cel, body)
        cast_shadows(cel)
        return
    tails_behind = behind_head(design)
    if "wings" in design.accessories:
        draw_wings(cel, design, body.shoulder)
    with cel.moved(turn=design.tilt, pivot=NECK):
        draw_behind(cel, design, head)
        draw_hood_lining(cel, design, head)
        if design.hair.style in ("buns", "bun"):
            draw_buns(cel, design, head)
        with cel.swaying(HANGS):
            if tails_behind:
                draw_tails(cel, design, head)
            draw_back_hair(cel, design, head)
    _draw_body(cel, design, head, body)
    with cel.moved(turn=design.tilt, pivot=NECK):
        if not tails_behind:
            with cel.swaying(HANGS):
                draw_tails(cel, design, head)
        over = chance(cel.rng, 0.6)
        draw_face(cel, design, head)
        if not over:
            draw_brows(cel, design, head)
        draw_on_face(cel, design, head)
        with cel.swaying(HANGS):
            draw_front_hair(cel, design, head)
        if over:
            draw_brows(cel, design, head)
        draw_ties(cel, design, head)
        draw_on_hair(cel, design, head)
        draw_raised_hood(cel, design, head)
    if chance(cel.rng, EFFECTS):
        draw_effects(cel, design, head)
    for side in (-1, 1):
        if body.poses[side].layer == "face":
            draw_arm(cel, design, body, side, "fore")
    shade_form(cel, body)
    with cel.moved(turn=design.tilt, pivot=NECK):
        shade_half_face(cel, head)
    cast_shadows(cel)


def _draw_head_from_behind(cel: Cel, design: Design, head: Head) -> None:
    with cel.moved(turn=design.tilt, pivot=NECK):
        draw_behind(cel, design, head)
        draw_face(cel, design, head)
        if design.hair.style in ("buns", "bun"):
            draw_buns(cel, design, head)
        draw_front_hair(cel, design, head)
        if design.hair.style not in TIED:
            draw_back_hair(cel, design, head)
        draw_tails(cel, design, head)
        draw_ties(cel, design, head)
        draw_on_hair(cel, design, head)


@piece
def _draw_body(cel: Cel, design: Design, head: Head, body: Skeleton) -> None:
    sides = (1, -1)  # the far arm first
    for side in sides:
        if _is_behind(design, body, side):
            draw_arm(cel, design, body, side, "whole")
    draw_legs(cel, design, body)
    if design.outfit.top == "hoodie":
        draw_hood(cel, design, body)
    draw_neck(cel, design, body)
    if design.outfit.top in ("camisole", "dress", "tee", "sailor", "overalls", "maid"):
        draw_torso_skin(cel, design, body)
    tucked = is_tucked(design)
    sways_from = body.hip if is_skirt(design) else np.inf
    if not tucked:
        with cel.swaying(sways_from):
            draw_bottom(cel, design, body)
    draw_trunk(cel, design, body)
    if tucked:
        with cel.swaying(sways_from):
            draw_bottom(cel, design, body)
    jacket = design.outfit.top in ("blazer", "jacket", "coat", "kimono", "shirt", "gakuran")  # below its sleeves
    if jacket and design.view != "back":
        draw_collar(cel, design, body)
    for side in sides:
        layer = body.poses[side].layer
        if not _is_behind(design, body, side):
            draw_arm(cel, design, body, side, "upper" if is_bent(body, side) else "whole")
            if is_bent(body, side) and layer == "side":
                draw_arm(cel, design, body, side, "fore")
    if not jacket and design.view != "back":
        draw_collar(cel, design, body)
    if design.outfit.top == "cloak":
        draw_cloak(cel, design, body)
    elif design.outfit.top == "poncho":
        draw_poncho(cel, design, body)
    if design.outfit.top not in ("cloak", "poncho", "armor"):
        draw_details(cel, design, body)
    if "scarf" in design.accessories:
        draw_scarf(cel, design, body)
    elif design.outfit.top in ("camisole", "dress", "tee", "sailor", "shirt"):
        if "choker" in design.accessories:
            draw_choker(cel, design, body)
        elif "necklace" in design.accessories:
            draw_necklace(cel, design, body)
    _draw_held(cel, design, body)
    for side in sides:
        if body.poses[side].layer == "front":
            draw_arm(cel, design, body, side, "fore")


def _is_behind(design: Design, body: Skeleton, side: int) -> bool:
    """Whether the whole arm lies behind the trunk: of poses with hands on the back, and the far arm of a profile."""
    pose = body.poses[side]
    return pose.layer == "behind" or (design.view == "profile" and side == 1 and pose.layer == "side")


def _draw_held(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw the prop of poses that hold one, before the hands that close around it."""
    scale = body.palm * 1.9
    if design.pose == "hold":
        left, right = (body.arms[side][2] for side in (-1, 1))
        draw_prop(cel, design, (left + right) / 2 + (0, 0.35 * scale), scale)
    elif design.pose == "carry":
        _, elbow, wrist = body.arms[-1]
        draw_prop(cel, design, wrist + direction(elbow, wrist) * body.palm * 0.5, scale)
