"""A whole figure, from back to front."""

from .accessories import draw_behind, draw_on_face, draw_on_hair, draw_wings
from .body import Body, draw_neck, draw_torso_skin
from .canvas import InkCanvas
from .capes import draw_cloak, draw_poncho
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
from .hoods import draw_hood_lining, draw_raised_hood
from .legs import draw_bottom, draw_legs
from .lighting import cast_shadows, shade_form, shade_half_face
from .neckwear import draw_choker, draw_necklace, draw_scarf
from .props import draw_prop
from .sleeves import draw_arm, is_bent
from .tails import behind_head, draw_buns, draw_tails, draw_ties

NECK = (0.0, 1.3)  # what the head tilts around
EFFECTS = 0.08  # share of figures with signs around the head


def draw_figure(canvas: InkCanvas, design: Design) -> None:
    """Draw one figure in the canvas' frame."""
    head, body = Head(design), Body(design)
    if canvas.style.guides:
        with canvas.moved(turn=design.tilt, pivot=NECK):
            draw_guides(canvas)
    if design.view == "back":
        _draw_body(canvas, design, head, body)
        _draw_head_from_behind(canvas, design, head)
        shade_form(canvas, body)
        cast_shadows(canvas)
        return
    tails_behind = behind_head(design)
    if "wings" in design.accessories:
        draw_wings(canvas, design, body.shoulder)
    with canvas.moved(turn=design.tilt, pivot=NECK):
        draw_behind(canvas, design, head)
        draw_hood_lining(canvas, design, head)
        if design.hair.style in ("buns", "bun"):
            draw_buns(canvas, design, head)
        if tails_behind:
            draw_tails(canvas, design, head)
        draw_back_hair(canvas, design, head)
    _draw_body(canvas, design, head, body)
    with canvas.moved(turn=design.tilt, pivot=NECK):
        if not tails_behind:
            draw_tails(canvas, design, head)
        over = chance(canvas.rng, 0.6)
        draw_face(canvas, design, head)
        if not over:
            draw_brows(canvas, design, head)
        draw_on_face(canvas, design, head)
        draw_front_hair(canvas, design, head)
        if over:
            draw_brows(canvas, design, head)
        draw_ties(canvas, design, head)
        draw_on_hair(canvas, design, head)
        draw_raised_hood(canvas, design, head)
    if chance(canvas.rng, EFFECTS):
        draw_effects(canvas, design, head)
    for side in (-1, 1):
        if body.poses[side].layer == "face":
            draw_arm(canvas, design, body, side, "fore")
    shade_form(canvas, body)
    with canvas.moved(turn=design.tilt, pivot=NECK):
        shade_half_face(canvas, head)
    cast_shadows(canvas)


def _draw_head_from_behind(canvas: InkCanvas, design: Design, head: Head) -> None:
    with canvas.moved(turn=design.tilt, pivot=NECK):
        draw_behind(canvas, design, head)
        draw_face(canvas, design, head)
        if design.hair.style in ("buns", "bun"):
            draw_buns(canvas, design, head)
        draw_front_hair(canvas, design, head)
        if design.hair.style not in TIED:
            draw_back_hair(canvas, design, head)
        draw_tails(canvas, design, head)
        draw_ties(canvas, design, head)
        draw_on_hair(canvas, design, head)


def _draw_body(canvas: InkCanvas, design: Design, head: Head, body: Body) -> None:
    sides = (1, -1)  # the far arm first
    for side in sides:
        if _is_behind(design, body, side):
            draw_arm(canvas, design, body, side, "whole")
    draw_legs(canvas, design, body)
    if design.outfit.top == "hoodie":
        draw_hood(canvas, design, body)
    draw_neck(canvas, design, body)
    if design.outfit.top in ("camisole", "dress", "tee", "sailor", "overalls", "maid"):
        draw_torso_skin(canvas, design, body)
    tucked = is_tucked(design)
    if not tucked:
        draw_bottom(canvas, design, body)
    draw_trunk(canvas, design, body)
    if tucked:
        draw_bottom(canvas, design, body)
    jacket = design.outfit.top in ("blazer", "jacket", "coat", "kimono", "shirt", "gakuran")  # below its sleeves
    if jacket and design.view != "back":
        draw_collar(canvas, design, body)
    for side in sides:
        layer = body.poses[side].layer
        if not _is_behind(design, body, side):
            draw_arm(canvas, design, body, side, "upper" if is_bent(body, side) else "whole")
            if is_bent(body, side) and layer == "side":
                draw_arm(canvas, design, body, side, "fore")
    if not jacket and design.view != "back":
        draw_collar(canvas, design, body)
    if design.outfit.top == "cloak":
        draw_cloak(canvas, design, body)
    elif design.outfit.top == "poncho":
        draw_poncho(canvas, design, body)
    if design.outfit.top not in ("cloak", "poncho", "armor"):
        draw_details(canvas, design, body)
    if "scarf" in design.accessories:
        draw_scarf(canvas, design, body)
    elif design.outfit.top in ("camisole", "dress", "tee", "sailor", "shirt"):
        if "choker" in design.accessories:
            draw_choker(canvas, design, body)
        elif "necklace" in design.accessories:
            draw_necklace(canvas, design, body)
    _draw_held(canvas, design, body)
    for side in sides:
        if body.poses[side].layer == "front":
            draw_arm(canvas, design, body, side, "fore")


def _is_behind(design: Design, body: Body, side: int) -> bool:
    """Whether the whole arm lies behind the trunk: of poses with hands on the back, and the far arm of a profile."""
    pose = body.poses[side]
    return pose.layer == "behind" or (design.view == "profile" and side == 1 and pose.layer == "side")


def _draw_held(canvas: InkCanvas, design: Design, body: Body) -> None:
    """Draw the prop of poses that hold one, before the hands that close around it."""
    scale = body.palm * 1.9
    if design.pose == "hold":
        left, right = (body.arms[side][2] for side in (-1, 1))
        draw_prop(canvas, design, (left + right) / 2 + (0, 0.35 * scale), scale)
    elif design.pose == "carry":
        _, elbow, wrist = body.arms[-1]
        draw_prop(canvas, design, wrist + direction(elbow, wrist) * body.palm * 0.5, scale)
