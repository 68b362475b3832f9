"""Arms with their sleeves."""

import numpy as np

from .body import Skeleton, draw_arm_skin, draw_hand, limb_spine
from .cel import Cel, Group, piece
from .cloth import cloth_part, draw_band, draw_fold, draw_print, draw_ruffle
from .clothes import top_color
from .curves import Points, direction, ellipse, line, normals, spline, tube
from .design import Design, chance
from .palette import Rgb


def is_bent(body: Skeleton, side: int) -> bool:
    """Whether an arm is drawn in two pieces, the forearm over what lies between."""
    pose = body.poses[side]
    return pose.layer in ("front", "face") or abs(pose.fore - pose.upper) > 55


@piece
def draw_arm(cel: Cel, design: Design, body: Skeleton, side: int, piece: str) -> None:
    """Draw a piece of an arm with its sleeve: "whole", "upper" or "fore"; the last two are of bent arms."""
    sleeves = design.outfit.sleeves
    if sleeves in ("long", "rolled"):
        bare = sleeves == "rolled"
        if piece in ("whole", "fore"):
            draw_hand(cel, design, body, side)
            if bare:
                draw_arm_skin(cel, design, body, side, piece)
        _draw_long_sleeve(cel, design, body, side, piece)
        return
    if piece in ("whole", "fore"):
        draw_hand(cel, design, body, side)
    draw_arm_skin(cel, design, body, side, piece)
    if piece in ("whole", "upper") and sleeves != "none":
        _draw_short_sleeve(cel, design, body, side)


def _sleeve_part(cel: Cel, design: Design, piece: str, front: bool) -> int:
    color: int | Rgb = 0 if design.outfit.top not in ("vest", "overalls") else top_color(design)
    group = Group.FRONT_SLEEVE if front else Group.SLEEVE
    return cloth_part(cel, design, f"sleeve.{piece}" if front else "sleeve", group, color)


def _draw_long_sleeve(cel: Cel, design: Design, body: Skeleton, side: int, piece: str) -> None:
    outfit, rng = design.outfit, cel.rng
    joints = body.arms[side]
    a, b, c = joints
    wide = body.arm * outfit.sleeve_width
    wrist = body.wrist * max(1.25, outfit.sleeve_width * 1.05)
    if outfit.top == "kimono":
        wide, wrist = body.arm * 1.3, body.arm * 1.9
    elbow = wide * 0.55 + wrist * 0.45
    until = 0.62 if outfit.sleeves == "rolled" else 0.97
    opening = [(float(a[0] - side * wide * 0.95), float(a[1] + wide * 0.3), wide * 1.3)]
    front = piece == "fore"
    part = _sleeve_part(cel, design, piece, front)
    if piece == "whole":
        way = _reach_over(limb_spine(joints, until), body, outfit.over_hands)
        widths = [wide, wide * 0.98, elbow, elbow, wrist] if until > 0.9 else [wide, wide * 0.98, elbow * 1.05]
        cel.fill_merged([tube(way, widths, 0.9, 0.12)], part, 1.1, 0.13, opening)
    elif piece == "upper":
        way = line(a, b, 16)
        cel.fill_merged([tube(way, [wide, wide * 0.98, elbow], 0.9, 0.9)], part, 1.1, 0.13, opening)
    else:
        if until < 0.9:
            return
        way = _reach_over(line(b, c, 16)[: int(16 * until) + 1], body, outfit.over_hands)
        cel.fill_merged([tube(way, [elbow, elbow * 1.05, wrist], 0.9, 0.12)], part, 1.1, 0.1)
    _print_sleeve(cel, design, part, way)
    if outfit.top == "kimono" and piece != "upper":
        _hang_sleeve(cel, part, b, c, wrist)
    spine, half = way, np.interp(np.linspace(0, 1, len(way)), [0, 1], [wide, elbow if piece == "upper" else wrist])
    normal = normals(spine)
    for _ in range(int(rng.integers(2, 5))):
        share = (
            rng.normal({"whole": 0.5, "upper": 0.88}.get(piece, 0.12), 0.12)
            if chance(rng, 0.75)
            else rng.uniform(0.2, 0.9)
        )
        i = int(np.clip(share, 0.04, 0.95) * len(spine))
        edge = 1 if rng.random() < 0.5 else -1
        at = spine[i] + edge * normal[i] * half[i] * 0.97
        along = -edge * normal[i] * half[i] * rng.uniform(0.6, 1.3) + direction(a, b) * rng.uniform(-0.1, 0.15)
        draw_fold(cel, part, at, along)
    if (
        piece != "upper"
        and (outfit.trim or outfit.top in ("shirt", "sailor", "blazer", "maid"))
        and outfit.top != "kimono"
    ):
        end, ahead = way[-1], direction(way[-3], way[-1])
        cuff = tube(
            np.stack([end - ahead * 0.2, end - ahead * 0.1, end + ahead * 0.02]), [wrist * 1.06, wrist * 1.06], 0.0, 0.1
        )
        color = 2 if outfit.top in ("sailor", "gakuran") else 3
        group = Group.FRONT_SLEEVE if front else Group.SLEEVE
        cel.fill_merged([cuff], cloth_part(cel, design, f"cuff.{piece}", group, color), 0.95, 0.04)


def _reach_over(way: Points, body: Skeleton, over_hand: bool) -> Points:
    """The spine of a sleeve, made longer where it covers most of the hand."""
    if not over_hand:
        return way
    ahead = direction(way[-3], way[-1])
    return np.vstack([way, way[-1] + np.outer(np.linspace(0.2, 0.85, 4) * body.palm, ahead)])


def _print_sleeve(cel: Cel, design: Design, part: int, way: Points) -> None:
    low, high = way.min(0) - 0.4, way.max(0) + 0.4
    reach = (float(high[0] - low[0]) / 2, float(high[1] - low[1]) / 2)
    draw_print(cel, design, part, (low + high) / 2, reach, "print.sleeve")


def _hang_sleeve(cel: Cel, part: int, elbow: np.ndarray, wrist: np.ndarray, wide: float) -> None:
    """The pouch of a kimono's sleeve, that hangs from the forearm."""
    middle = (elbow + wrist) / 2
    drop = 1.5 * np.hypot(*(wrist - elbow))
    shape = spline(
        [middle, wrist, wrist + (0.05, drop * 0.6), (middle + wrist) / 2 + (0, drop * 0.75), middle + (0, drop * 0.5)],
        8,
        closed=True,
    )
    cel.fill_merged([shape], part, 1.05, 0.12, [(float(middle[0]), float(middle[1]), wide * 1.1)])


def _draw_short_sleeve(cel: Cel, design: Design, body: Skeleton, side: int) -> None:
    outfit, rng = design.outfit, cel.rng
    a, b, _ = body.arms[side]
    part = _sleeve_part(cel, design, "short", False)
    wide = body.arm * max(1.2, outfit.sleeve_width)
    if outfit.sleeves == "puff":
        ahead = direction(a, b)
        middle = a + ahead * body.arm * 0.5
        puff = ellipse(
            middle[0], middle[1], body.arm * 1.5, body.arm * 1.4, 30, turn=float(np.arctan2(ahead[1], ahead[0]))
        )
        cel.fill_merged([puff], part, 1.1, 0.14, [(float(a[0] - side * wide * 1.1), float(a[1] + wide * 0.3), wide)])
        end = a + ahead * body.arm * 1.85
        across = np.array([-ahead[1], ahead[0]]) * body.arm * 1.15
        cuff = np.stack([end - across, end + ahead * 0.05, end + across])
        draw_band(cel, cloth_part(cel, design, "cuff.short", Group.SLEEVE, 3), spline(cuff, 6), 0.07)
        for k in (-0.5, 0.0, 0.5):
            way = line(end + across * k, end + across * k * 1.3 - ahead * body.arm * rng.uniform(0.7, 1.3), 6)
            cel.stroke(way, 0.65, 0.05, 0.7)
        return
    share = {"short": rng.uniform(0.5, 0.72), "elbow": 0.98}.get(outfit.sleeves, 0.6)
    way = line(a, a + (b - a) * share, 12)
    cel.fill_merged(
        [tube(way, [wide, wide * 1.04], 0.9, 0.12)],
        part,
        1.1,
        0.12,
        [(float(a[0] - side * wide * 0.95), float(a[1] + wide * 0.3), wide * 1.25)],
    )
    _print_sleeve(cel, design, part, way)
    ahead = direction(a, b)
    across = np.array([-ahead[1], ahead[0]]) * wide
    hem = spline([way[-1] - across * 0.98, way[-1] + ahead * 0.06, way[-1] + across * 0.98], 6)
    if outfit.trim or outfit.top in ("sailor", "tee"):
        cel.stroke(hem - ahead * 0.09, 0.6, 0.05, 0.05)
    for _ in range(2):
        draw_fold(cel, part, way[-1] + across * rng.uniform(-0.6, 0.6), -ahead * rng.uniform(0.2, 0.45))
    if chance(rng, 0.15):
        draw_ruffle(cel, cloth_part(cel, design, "sleeve.ruffle", Group.SLEEVE, 3), hem, 0.1)
