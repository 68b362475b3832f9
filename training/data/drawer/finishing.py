"""What some hands do at the end: black areas, hatching, screentones, construction lines under the drawing."""

import cv2
import numpy as np

from .cel import Cel
from .curves import Points, as_points, ellipse, line
from .framing import whole_sheet
from .inking import INK_SCALE, enlarge
from .palette import luminance

DARK = 0.24  # luminance below which a part may be inked black


def ink_blacks(cel: Cel) -> None:
    """Ink dark hair and clothes black, but for their highlights and a thin rim along lines."""
    dark = np.array([part.material in ("hair", "cloth") and luminance(part.color) < DARK for part in cel.table])
    black = dark[cel.parts] & (cel.highlight == 0)
    if not black.any():
        return
    area = black.astype(np.uint8)
    lines = cv2.resize(cel.ink.pixels, area.shape[::-1], interpolation=cv2.INTER_AREA) > 100
    rim = cv2.dilate(lines.astype(np.uint8), np.ones((3, 3), np.uint8))
    filled = cv2.morphologyEx(area & (1 - rim), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) * 255
    fine = cv2.resize(filled.astype(np.uint8), cel.ink.pixels.shape[::-1], interpolation=cv2.INTER_LINEAR)
    cel.ink.add(((fine > 127) * np.uint8(255)).astype(np.uint8))


def hatch_shadows(cel: Cel) -> None:
    """Draw hatching where the shadows of clothes, hair and necks are."""
    rng = cel.rng
    hatched = np.array([part.material in ("hair", "cloth", "skin", "thing") for part in cel.table])
    clip = (hatched[cel.parts] & (cel.shade > 0)).astype(np.uint8) * 255
    clip = cv2.erode(clip, np.ones((3, 3), np.uint8)).astype(np.uint8)
    angle = rng.uniform(0.6, 1.1) * (1 if rng.random() < 0.5 else -1)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    step = rng.uniform(0.011, 0.018)
    with whole_sheet(cel):
        for k in np.arange(-0.75, 0.75, step):
            middle = np.array([0.5, 0.5]) + across * k
            cel.stroke(line(middle - along * 0.75, middle + along * 0.75, 40), 0.5, 0, 0, clip, rough=False)


def lay_tones(cel: Cel) -> None:
    """Lay screentone, as in manga: dots over one or two parts of clothes or hair, or over all shadows."""
    rng, scale = cel.rng, cel.size / 512 * INK_SCALE
    if rng.random() < 0.4:
        toned = np.array([part.material in ("hair", "cloth", "skin", "thing") for part in cel.table])
        clip = toned[cel.parts] & (cel.shade > 0)
    else:
        counts = np.bincount(cel.parts.ravel(), minlength=len(cel.table))
        cloth = np.array([part.material in ("cloth", "hair") for part in cel.table])
        large = np.flatnonzero(cloth & (counts > 0.01 * cel.parts.size))
        if not len(large):
            return
        chosen = rng.permutation(large)[: int(rng.integers(1, 3))]
        clip = np.isin(cel.parts, chosen) & (cel.highlight == 0)
    step, share = rng.uniform(3.6, 6.5) * scale, rng.uniform(0.08, 0.35)  # between dots; covered by them
    y, x = np.mgrid[: cel.ink.pixels.shape[0], : cel.ink.pixels.shape[1]]
    u, v = (x + y) / np.sqrt(2) / step, (x - y) / np.sqrt(2) / step
    near = (u - np.rint(u)) ** 2 + (v - np.rint(v)) ** 2
    dots = (near < share / np.pi) & (enlarge(clip.astype(np.uint8)) > 0)
    cel.ink.add((dots * np.uint8(255)).astype(np.uint8))


def draw_guides(cel: Cel) -> None:
    """Draw the pale construction lines of a head, in the frame of a figure."""
    rng = cel.rng
    ways: list[Points] = []
    for _ in range(int(rng.integers(1, 3))):
        x, y, r = rng.normal(0, 0.04, 3)
        ways.append(np.vstack([ellipse(x, y - 0.1, 1.0 + r, 1.0 + r, 48)] * 2)[: int(rng.integers(50, 90))])
    ways.append(line((rng.normal(0, 0.05), -1.4), (rng.normal(0, 0.05), 1.7), 12))
    for y in (0.32, 0.75):
        ways.append(as_points([(-1.2, y + rng.normal(0, 0.04)), (0.0, y + 0.06), (1.2, y + rng.normal(0, 0.04))]))
    ways.append(line((-1.7, 1.9 + rng.normal(0, 0.1)), (1.7, 1.9 + rng.normal(0, 0.1)), 12))
    kept = cel.ink.pixels
    cel.ink.pixels = np.zeros_like(kept)
    for way in ways:
        cel.stroke(way, 0.6, 0.3, 0.3)
    pale = (cel.ink.pixels.astype(np.float32) * rng.uniform(0.25, 0.5)).astype(np.uint8)
    cel.ink.pixels = np.maximum(kept, pale)
