"""Above the waist: trunks of garments and sleeves. What lies on them is in collars.py."""

import numpy as np

from .body import Body, draw_arm_skin, draw_hand, limb_spine
from .canvas import Canvas, Group
from .cloth import cloth_part, draw_band, draw_fold, draw_print, draw_ruffle
from .curves import Points, as_points, direction, ellipse, line, normals, spline, tube
from .design import Design, chance
from .palette import Rgb, shaded

OPEN_TOPS = ("blazer", "jacket", "coat")
COVERED = ("hoodie", "sweater", "gakuran", "shirt", "blazer", "jacket", "coat", "kimono", "vest", "armor")


def top_color(design: Design) -> int | Rgb:
    """The color of the trunk: the inner shirt's where a jacket is worn open."""
    if design.view == "back":
        return 0
    if design.outfit.top in OPEN_TOPS or design.outfit.top in ("vest", "overalls"):
        return 3
    return 0


def is_tucked(design: Design) -> bool:
    """Whether the bottom is drawn over the top."""
    return design.outfit.top in ("shirt", "camisole", "dress", "maid", "overalls", "vest", "kimono") or (
        design.outfit.belt and design.outfit.top in ("tee", "sailor", "sweater")
    )


def neckline(body: Body, wide: float, deep: float, sharp: bool) -> Points:
    """From the left to the right side of the neck; `wide` in neck halves, `deep` below the neck."""
    x, half, y = body.neck_x, body.neck_half * wide, body.neck + 0.02 + 0.1 * max(0.0, wide - 1.3)
    middle = (x + body.x) / 2
    if sharp:
        return as_points([(x - half, y), (middle, body.neck + deep), (x + half, y)])
    return spline([(x - half, y), (middle - half * 0.55, body.neck + deep * 0.7), (middle, body.neck + deep), (middle + half * 0.55, body.neck + deep * 0.7), (x + half, y)], 8)  # fmt: skip


def draw_trunk(canvas: Canvas, design: Design, body: Body) -> int:
    """Draw the body of the top, without sleeves and collar; returns its part."""
    outfit, rng = design.outfit, canvas.rng
    top = outfit.top
    scale = body.shoulder_half / 1.23
    deep = {
        "sailor": 0.95,
        "tee": 0.4,
        "kimono": 0.8,
        "camisole": 0.75,
        "dress": 0.45,
        "maid": 0.3,
        "overalls": 0.3,
    }.get(top, 0.16) * scale
    wide = {"tee": 1.5, "camisole": 2.3, "dress": 1.7, "sailor": 1.25, "kimono": 1.2, "overalls": 1.3}.get(top, 1.14)
    neck = neckline(body, wide, deep, top in ("sailor", "kimono"))
    long = {
        "hoodie": body.hip + 0.1,
        "sweater": body.hip,
        "sailor": body.waist + 0.3 * scale,
        "tee": body.hip - 0.1,
        "gakuran": body.hip + 0.3,
    }.get(top, body.waist + 0.25)
    if is_tucked(design):
        long = body.waist + 0.15
    ease = {"hoodie": 0.16, "sweater": 0.1, "tee": 0.07, "gakuran": 0.06, "coat": 0.05}.get(top, 0.03) * scale
    part = cloth_part(canvas, design, "top", Group.CLOTH, top_color(design))
    left, right = body.shoulders(-1), body.shoulders(1)
    half = abs(neck[0, 0] - body.neck_x)
    left, right = left[np.abs(left[:, 0] - body.neck_x) > half], right[np.abs(right[:, 0] - body.neck_x) > half]
    if top == "camisole":
        left = right = as_points(np.empty((0, 2)))
        y = body.shoulder + 0.25 * scale
        neck = spline(
            [
                (body.x - body.bust_half * 1.02, y + 0.35 * scale),
                (body.x - body.bust_half * 0.6, y),
                (body.x, y + 0.28 * scale),
                (body.x + body.bust_half * 0.6, y),
                (body.x + body.bust_half * 1.02, y + 0.35 * scale),
            ],
            8,
        )
    side_l, side_r = body.flank(-1, ease, long), body.flank(1, ease, long)
    if top == "camisole":
        side_l, side_r = side_l[side_l[:, 1] > neck[0, 1]], side_r[side_r[:, 1] > neck[-1, 1]]
    hem = spline([side_l[-1], ((side_l[-1, 0] + side_r[-1, 0]) / 2, long + 0.1 * scale), side_r[-1]], 8)
    canvas.fill(np.vstack([neck, right, side_r, hem[::-1][1:-1], side_l[::-1], left[::-1]]), part, crescent=0.16)
    draw_print(
        canvas,
        design,
        part,
        (body.x, (body.shoulder + long) / 2),
        (body.shoulder_half * 1.1, (long - body.shoulder) / 2 + 0.3),
    )
    canvas.stroke(neck, 1.0, 0, 0)
    for shoulder, side in ((left, side_l), (right, side_r)):
        if len(shoulder):
            canvas.stroke(shoulder, 1.15, 0.1, 0.2)
        canvas.stroke(side[2:], 1.05, 0.2, 0.05)
    canvas.stroke(hem, 1.0, 0.02, 0.02)
    if top == "sweater" or (top == "hoodie" and outfit.trim):
        for dy in (0.12, 0.2):
            canvas.stroke(hem - (0, dy * scale), 0.6, 0.1, 0.1)
    if outfit.trim and top in ("tee", "camisole", "dress"):
        draw_band(canvas, cloth_part(canvas, design, "top.trim", Group.CLOTH, 2), neck + (0, 0.05), 0.045)
    for _ in range(int(rng.integers(3, 7))):
        side = 1 if rng.random() < 0.5 else -1
        at = (
            body.x + side * body.waist_half * rng.uniform(0.7, 1.0),
            rng.uniform(body.bust + 0.2, max(long - 0.2, body.bust + 0.4)),
        )
        draw_fold(canvas, part, at, (-side * rng.uniform(0.2, 0.6) * scale, rng.uniform(-0.15, 0.4) * scale))
    if not design.male and design.age != "child" and design.view != "back" and design.heads > 4 and chance(rng, 0.75):
        clip = (canvas.parts == part).astype(np.uint8) * 255
        x, y, b = body.x, body.bust + 0.1 * scale, body.bust_half
        for side in (-1, 1):
            upper = spline(
                [
                    (x + side * 0.95 * b, y - 0.2 * scale),
                    (x + side * 0.55 * b, y + 0.06 * scale),
                    (x + side * 0.08 * b, y - 0.08 * scale),
                ],
                8,
            )
            lower = spline(
                [
                    (x + side * 0.08 * b, y - 0.08 * scale),
                    (x + side * 0.55 * b, y + 0.24 * scale),
                    (x + side * b, y + 0.05 * scale),
                ],
                8,
            )
            canvas.shade_shape(np.vstack([upper, lower]), clip=clip)
            if rng.random() < 0.5:
                canvas.stroke(upper[4:13], 0.6, 0.4, 0.5, clip)
    return part


def is_bent(body: Body, side: int) -> bool:
    """Whether an arm is drawn in two pieces, the forearm over what lies between."""
    pose = body.poses[side]
    return pose.layer in ("front", "face") or abs(pose.fore - pose.upper) > 55


def draw_arm(canvas: Canvas, design: Design, body: Body, side: int, piece: str) -> None:
    """Draw a piece of an arm with its sleeve: "whole", "upper" or "fore"; the last two are of bent arms."""
    sleeves = design.outfit.sleeves
    if sleeves in ("long", "rolled"):
        bare = sleeves == "rolled"
        if piece in ("whole", "fore"):
            draw_hand(canvas, design, body, side)
            if bare:
                draw_arm_skin(canvas, design, body, side, piece)
        _draw_long_sleeve(canvas, design, body, side, piece)
        return
    if piece in ("whole", "fore"):
        draw_hand(canvas, design, body, side)
    draw_arm_skin(canvas, design, body, side, piece)
    if piece in ("whole", "upper") and sleeves != "none":
        _draw_short_sleeve(canvas, design, body, side)


def _sleeve_part(canvas: Canvas, design: Design, piece: str, front: bool) -> int:
    color: int | Rgb = 0 if design.outfit.top not in ("vest", "overalls") else top_color(design)
    group = Group.FRONT_SLEEVE if front else Group.SLEEVE
    return cloth_part(canvas, design, f"sleeve.{piece}" if front else "sleeve", group, color)


def _draw_long_sleeve(canvas: Canvas, design: Design, body: Body, side: int, piece: str) -> None:
    outfit, rng = design.outfit, canvas.rng
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
    part = _sleeve_part(canvas, design, piece, front)
    if piece == "whole":
        way = _reach_over(limb_spine(joints, until), body, outfit.over_hands)
        widths = [wide, wide * 0.98, elbow, elbow, wrist] if until > 0.9 else [wide, wide * 0.98, elbow * 1.05]
        canvas.fill_merged([tube(way, widths, 0.9, 0.12)], part, 1.1, 0.13, opening)
    elif piece == "upper":
        way = line(a, b, 16)
        canvas.fill_merged([tube(way, [wide, wide * 0.98, elbow], 0.9, 0.9)], part, 1.1, 0.13, opening)
    else:
        if until < 0.9:
            return
        way = _reach_over(line(b, c, 16)[: int(16 * until) + 1], body, outfit.over_hands)
        canvas.fill_merged([tube(way, [elbow, elbow * 1.05, wrist], 0.9, 0.12)], part, 1.1, 0.1)
    _print_sleeve(canvas, design, part, way)
    if outfit.top == "kimono" and piece != "upper":
        _hang_sleeve(canvas, part, b, c, wrist)
    spine, half = way, np.interp(np.linspace(0, 1, len(way)), [0, 1], [wide, elbow if piece == "upper" else wrist])
    normal = normals(spine)
    for _ in range(int(rng.integers(2, 5))):
        i = int(rng.uniform(0.3, 0.92) * len(spine))
        edge = 1 if rng.random() < 0.5 else -1
        at = spine[i] + edge * normal[i] * half[i] * 0.97
        draw_fold(
            canvas,
            part,
            at,
            -edge * normal[i] * half[i] * rng.uniform(0.6, 1.3) + direction(a, b) * rng.uniform(-0.1, 0.15),
        )
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
        canvas.fill_merged([cuff], cloth_part(canvas, design, f"cuff.{piece}", group, color), 0.95, 0.04)


def _reach_over(way: Points, body: Body, over_hand: bool) -> Points:
    """The spine of a sleeve, made longer where it covers most of the hand."""
    if not over_hand:
        return way
    ahead = direction(way[-3], way[-1])
    return np.vstack([way, way[-1] + np.outer(np.linspace(0.2, 0.85, 4) * body.palm, ahead)])


def _print_sleeve(canvas: Canvas, design: Design, part: int, way: Points) -> None:
    low, high = way.min(0) - 0.4, way.max(0) + 0.4
    reach = (float(high[0] - low[0]) / 2, float(high[1] - low[1]) / 2)
    draw_print(canvas, design, part, (low + high) / 2, reach, "print.sleeve")


def _hang_sleeve(canvas: Canvas, part: int, elbow: np.ndarray, wrist: np.ndarray, wide: float) -> None:
    """The pouch of a kimono's sleeve, that hangs from the forearm."""
    middle = (elbow + wrist) / 2
    drop = 1.5 * np.hypot(*(wrist - elbow))
    shape = spline(
        [middle, wrist, wrist + (0.05, drop * 0.6), (middle + wrist) / 2 + (0, drop * 0.75), middle + (0, drop * 0.5)],
        8,
        closed=True,
    )
    canvas.fill_merged([shape], part, 1.05, 0.12, [(float(middle[0]), float(middle[1]), wide * 1.1)])


def _draw_short_sleeve(canvas: Canvas, design: Design, body: Body, side: int) -> None:
    outfit, rng = design.outfit, canvas.rng
    a, b, _ = body.arms[side]
    part = _sleeve_part(canvas, design, "short", False)
    wide = body.arm * max(1.2, outfit.sleeve_width)
    if outfit.sleeves == "puff":
        ahead = direction(a, b)
        middle = a + ahead * body.arm * 0.5
        puff = ellipse(
            middle[0], middle[1], body.arm * 1.5, body.arm * 1.4, 30, turn=float(np.arctan2(ahead[1], ahead[0]))
        )
        canvas.fill_merged([puff], part, 1.1, 0.14, [(float(a[0] - side * wide * 1.1), float(a[1] + wide * 0.3), wide)])
        end = a + ahead * body.arm * 1.85
        across = np.array([-ahead[1], ahead[0]]) * body.arm * 1.15
        cuff = np.stack([end - across, end + ahead * 0.05, end + across])
        draw_band(canvas, cloth_part(canvas, design, "cuff.short", Group.SLEEVE, 3), spline(cuff, 6), 0.07)
        for k in (-0.5, 0.0, 0.5):
            canvas.stroke(
                line(end + across * k, end + across * k * 1.3 - ahead * body.arm * rng.uniform(0.7, 1.3), 6),
                0.65,
                0.05,
                0.7,
            )
        return
    share = {"short": rng.uniform(0.5, 0.72), "elbow": 0.98}.get(outfit.sleeves, 0.6)
    way = line(a, a + (b - a) * share, 12)
    canvas.fill_merged(
        [tube(way, [wide, wide * 1.04], 0.9, 0.12)],
        part,
        1.1,
        0.12,
        [(float(a[0] - side * wide * 0.95), float(a[1] + wide * 0.3), wide * 1.25)],
    )
    _print_sleeve(canvas, design, part, way)
    ahead = direction(a, b)
    across = np.array([-ahead[1], ahead[0]]) * wide
    hem = spline([way[-1] - across * 0.98, way[-1] + ahead * 0.06, way[-1] + across * 0.98], 6)
    if outfit.trim or outfit.top in ("sailor", "tee"):
        canvas.stroke(hem - ahead * 0.09, 0.6, 0.05, 0.05)
    for _ in range(2):
        draw_fold(canvas, part, way[-1] + across * rng.uniform(-0.6, 0.6), -ahead * rng.uniform(0.2, 0.45))
    if chance(rng, 0.15):
        draw_ruffle(canvas, cloth_part(canvas, design, "sleeve.ruffle", Group.SLEEVE, 3), hem, 0.1)


def draw_poncho(canvas: Canvas, design: Design, body: Body) -> None:
    """Draw a poncho: a wide drape over shoulders and arms, with a rolled collar."""
    rng, scale = canvas.rng, body.shoulder_half / 1.23
    part = cloth_part(canvas, design, "poncho", Group.COLLAR, 0)
    low = body.waist + rng.uniform(-0.2, 0.7) * scale
    half = body.shoulder_half * rng.uniform(1.35, 1.6)
    x, y, dip = body.x, body.neck, rng.uniform(0.2, 0.9) * scale
    left = spline(
        [
            (body.neck_x - body.neck_half, y),
            (x - body.shoulder_half * 0.95, body.shoulder - 0.08),
            (x - half * 0.96, body.bust),
            (x - half, low),
        ],
        10,
    )
    right = spline(
        [
            (body.neck_x + body.neck_half, y),
            (x + body.shoulder_half * 0.95, body.shoulder - 0.08),
            (x + half * 0.96, body.bust),
            (x + half, low),
        ],
        10,
    )
    hem = spline(
        [left[-1], (x - half * 0.45, low + dip * 0.6), (x, low + dip), (x + half * 0.45, low + dip * 0.6), right[-1]], 8
    )
    canvas.fill(np.vstack([left, hem, right[::-1]]), part, crescent=0.2)
    if design.outfit.trim:
        draw_band(
            canvas, cloth_part(canvas, design, "poncho.trim", Group.COLLAR, 2), hem - (0, 0.2 * scale), 0.06 * scale
        )
    for way in (left, hem, right):
        canvas.stroke(way, 1.1, 0.03, 0.03)
    for _ in range(int(rng.integers(4, 8))):
        side = 1 if rng.random() < 0.5 else -1
        at = (x + side * half * rng.uniform(0.3, 0.9), rng.uniform(body.shoulder + 0.3, low))
        draw_fold(canvas, part, at, (-side * rng.uniform(0.3, 0.9) * scale, rng.uniform(0.1, 0.6) * scale))
    nx, nw = body.neck_x, body.neck_half
    for k in (1, 0):
        ring = spline(
            [
                (nx - nw * 1.7, y - 0.05),
                (nx - nw, y - 0.3 * scale),
                (nx, y - 0.2 * scale),
                (nx + nw, y - 0.3 * scale),
                (nx + nw * 1.7, y - 0.05),
                (nx + nw, y + 0.3 * scale),
                (nx, y + 0.42 * scale),
                (nx - nw, y + 0.3 * scale),
            ],
            8,
            closed=True,
        )
        ring = ring + (0, 0.2 * scale * k)
        canvas.fill(ring, part, crescent=0.1)
        canvas.outline(ring, 1.05)
    inner = ellipse(nx, y - 0.08 * scale, nw * 1.12, 0.17 * scale, 30)
    canvas.fill(
        inner[15:], cloth_part(canvas, design, "poncho.inner", Group.COLLAR, shaded(design.palette.clothes[0], 0.7))
    )
    brooch = ellipse((nx + x) / 2, y + 0.5 * scale, 0.12 * scale, 0.12 * scale, 20)
    canvas.fill(brooch, canvas.part("brooch", "thing", Group.COLLAR, design.palette.metal), crescent=0.03)
    canvas.outline(brooch, 0.8)


def draw_cloak(canvas: Canvas, design: Design, body: Body) -> None:
    """Draw a cloak over the shoulders, open in front."""
    rng = canvas.rng
    part = cloth_part(canvas, design, "cloak", Group.COLLAR, 0)
    low = rng.uniform(body.waist, body.sole - 1.0)
    for side in (-1, 1):
        out = body.x + side * body.shoulder_half * rng.uniform(1.35, 1.7)
        front = spline(
            [
                (body.neck_x + side * 0.1, body.neck + 0.25),
                (body.x + side * body.bust_half * 0.35, body.bust),
                (body.x + side * body.bust_half * 0.6, body.waist),
                (body.x + side * body.hip_half * 0.8, low),
            ],
            8,
        )
        outer = spline(
            [
                (body.neck_x + side * body.neck_half * 1.2, body.neck - 0.05),
                (body.x + side * body.shoulder_half * 0.9, body.shoulder - 0.12),
                (body.x + side * body.shoulder_half * 1.22, body.bust),
                (out, low - 0.1),
            ],
            8,
        )
        hem = spline([outer[-1], ((outer[-1, 0] + front[-1, 0]) / 2, low + 0.2), front[-1]], 6)
        canvas.fill(np.vstack([outer, hem[1:], front[::-1]]), part, crescent=0.16)
        for edge in (outer, hem, front):
            canvas.stroke(edge, 1.1, 0.03, 0.03)
        for _ in range(3):
            at = hem[int(rng.integers(1, len(hem) - 1))]
            draw_fold(canvas, part, at, (side * -rng.uniform(0.0, 0.2), -rng.uniform(0.8, 2.0)))
        if design.outfit.trim:
            draw_band(canvas, cloth_part(canvas, design, "cloak.trim", Group.COLLAR, 2), front + (side * 0.08, 0), 0.06)
    brooch = ellipse((body.neck_x + body.x) / 2, body.neck + 0.25, 0.16, 0.16, 20)
    canvas.fill(brooch, canvas.part("brooch", "thing", Group.COLLAR, design.palette.metal), crescent=0.04)
    canvas.outline(brooch, 0.9)
