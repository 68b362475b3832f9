"""A line art as a drawing: its paper, its lines, and which of them is dark.

Everything is measured against the drawing's own paper and its own lines, at full size: pale pencil on yellowed paper,
white lines on black and one-pixel lines of a poster are lines like any others.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .geometry import measure_side

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

WALL = 0.3  # of the lines' own darkness: from here on a pixel belongs to a line
SOLID = 0.85  # of the lines' own darkness, against the paper of the whole drawing: an area filled with ink
INK = 150  # levels below the paper: ink that fills an area, not a tone, is at least as dark
FAINT = 10  # levels: weaker structure is paper grain, noise or compression
NOISE = 5.5  # standard deviations of the noise: a pixel that is darker by as much is not noise
MAX_NOISE = 80  # levels: what is darker is no noise
UNEVEN = 12  # levels: paper that differs by less is evenly lit
LINE_WIDTH = 1 / 48  # of the long side: a wider dark structure is an area, not a line
TONE_WIDTH = 1 / 128  # of the long side: a wider structure is a tone, if it is much lighter than the lines
TONE = 0.6  # of the lines' own darkness: tones are lighter
DIM = 230  # paper darker than this is worth a word
DARK = 110  # paper darker than this is black, if there are lighter lines on it
MAX_LIT = 0.35  # of all pixels: lighter lines on black paper cover less
MAX_WHITE = 0.6  # of the lighter pixels: with more in areas, they are the paper, and the black is ink
TONE_EDGE = 0.12  # of the whole range: a step between two tones that bounds a region
CHROMA = 70  # levels between the channels: the color of a trace line, not of graphite or brown ink
TRACED = 0.004  # of the line pixels: fewer colored ones are noise
ANALYZED = 1024  # pixels of the long side on which the paper is found


@dataclass(frozen=True, eq=False)
class Drawing:
    """A line art, understood.

    Attributes:
        walls: bool H,W, lines and solid ink: what bounds regions.
        ink: uint8 H,W, 0 on paper and tones, 255 where as dark as the drawing's own lines.
        tone: uint8 H,W, the level of paper and tones without the lines on them; 255 is white.
        even_tone: uint8 H,W, the same under even light.
        sheet: The level of the paper itself, in 0..255.
        trace: bool H,W, the colored trace lines beside black ones; None where there are none.
        inverted: Whether the lines are lighter than the paper.
        report: What a user should know, a sentence each.
    """

    walls: Mask
    ink: Pixels
    tone: Pixels
    even_tone: Pixels
    sheet: int
    trace: Mask | None
    inverted: bool
    report: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), pixels."""
        return self.walls.shape[1], self.walls.shape[0]

    def clean(self, line_art: Pixels) -> Pixels:
        """The line art on white paper.

        Args:
            line_art: uint8 H,W or H,W,3, the one that was analyzed.

        Returns:
            uint8 of the same shape; tones and lines keep their contrast.
        """
        lifted = 255 - line_art if self.inverted else line_art
        paper = np.maximum(self.tone, np.uint8(self.sheet))  # lighter where the light was better; tones stay
        if line_art.ndim == 3:
            paper = cv2.merge([paper] * 3)
        white: Pixels = cv2.divide(lifted, paper, scale=255.0)
        return white


def analyze(line_art: Pixels) -> Drawing:
    """Find paper, lines, polarity and trace lines.

    Args:
        line_art: uint8 H,W gray or H,W,3 RGB, transparent paper already white (see `images.load_line_art`).
    """
    inverted = _is_inverted(line_art)
    upright = cv2.bitwise_not(line_art) if inverted else line_art
    level = _against_white(upright)
    smooth = _without_screentone(level)
    small = _reduce(smooth)
    paper = _local_paper(small, LINE_WIDTH, smooth.shape)
    faint = _noise_level(smooth)
    strong = _strength_of_lines(cv2.subtract(paper, smooth), faint)
    narrow = _local_paper(small, TONE_WIDTH, smooth.shape)
    toned = cv2.subtract(paper, narrow) < math.ceil(TONE * strong)
    paper = cv2.copyTo(narrow, toned.view(np.uint8), paper)
    sheet = _sheet_level(paper)
    depth = cv2.subtract(paper, smooth)
    report = []
    if strong == 0:
        report.append("no lines found: colors flow over the whole picture")
        walls = np.zeros(level.shape, bool)
    else:
        walls = depth > math.floor(max(faint, WALL * strong))  # whole numbers: uint8 beside a float is slow
        walls |= cv2.subtract(np.full_like(smooth, sheet), smooth) > math.floor(max(INK, SOLID * strong))
        walls |= _tone_edges(smooth, paper, sheet)
    if inverted:
        report.append("light lines on dark paper: colors are laid between them, the paper stays dark")
    elif sheet < DIM:
        report.append(f"paper is dark (level {sheet} of 255): colors darken with it; --clean-paper whitens it")
    trace = _trace_lines(upright, walls)
    if trace is not None:
        report.append("trace lines found: colored lines bound regions, and stay apart from the ink")
    ink = cv2.convertScaleAbs(depth, alpha=255.0 / max(strong, 1))
    return Drawing(walls, ink, paper, _even_light(paper), sheet, trace, inverted, tuple(report))


def _is_inverted(line_art: Pixels) -> bool:
    sample = line_art[:: max(1, line_art.shape[0] // 512), :: max(1, line_art.shape[1] // 512)]
    gray = sample if sample.ndim == 2 else sample.max(2)
    paper = int(_count_levels(gray).reshape(32, 8).sum(1).argmax()) * 8 + 4
    if paper >= DARK:
        return False
    lit = (gray > paper + 60).astype(np.uint8)
    share = float(np.mean(lit))
    if not 0.0002 < share < MAX_LIT:
        return False
    side = 2 * max(1, round(measure_side(gray.shape) * LINE_WIDTH / 2)) + 1
    areas = cv2.morphologyEx(lit, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return float(np.mean(areas)) < MAX_WHITE * share


def _against_white(line_art: Pixels) -> Pixels:
    """The darkest channel of each pixel, with the sheet's own tint taken out: lines of every color are dark."""
    if line_art.ndim == 2:
        return line_art
    sample = line_art[:: max(1, line_art.shape[0] // 256), :: max(1, line_art.shape[1] // 256)].reshape(-1, 3)
    bright = sample[sample.min(1) >= np.percentile(sample.min(1), 50)]
    tint = np.maximum(np.median(bright, 0), 1.0)
    brightest = tint.max()
    if tint.min() < brightest - 2:  # yellowed paper is paper
        scale = brightest / tint
        line_art = np.clip(line_art * scale, 0, 255).astype(np.uint8)
    first, second, third = cv2.split(line_art)
    darkest: Pixels = cv2.min(cv2.min(first, second), third)
    return darkest


def _without_screentone(level: Pixels) -> Pixels:
    """Dots of a tone, averaged: where light and dark alternate both along rows and along columns, within few pixels."""
    dark = (level < 128).astype(np.uint8)
    across = np.zeros(level.shape, np.uint8)
    down = np.zeros(level.shape, np.uint8)
    np.not_equal(dark[:, 1:], dark[:, :-1], out=across[:, 1:].view(bool))
    np.not_equal(dark[1:], dark[:-1], out=down[1:].view(bool))
    if min(cv2.countNonZero(across), cv2.countNonZero(down)) < 0.01 * level.size:
        return level
    reach = 2 * max(4, round(measure_side(level.shape) / 200)) + 1
    often = (cv2.blur(across * 255, (reach, reach)) > 60) & (cv2.blur(down * 255, (reach, reach)) > 60)
    wide = 2 * reach + 1  # dotted lines are narrower
    toned = cv2.morphologyEx(often.astype(np.uint8), cv2.MORPH_OPEN, np.ones((wide, wide), np.uint8))
    if not toned.any():
        return level
    mean = cv2.blur(level, (reach // 2 | 1, reach // 2 | 1))
    return np.where(toned.view(bool), mean, level)


def _reduce(level: Pixels) -> Pixels:
    """What the paper is found on: levels without specks, of at most `ANALYZED` pixels a side."""
    rows, columns = level.shape
    factor = math.ceil(measure_side(level.shape) / ANALYZED)
    if factor > 1:
        size = math.ceil(columns / factor), math.ceil(rows / factor)
        level = cv2.resize(level, size, interpolation=cv2.INTER_AREA)
    small: Pixels = cv2.medianBlur(level, 3)
    return small


def _local_paper(small: Pixels, width: float, shape: tuple[int, ...]) -> Pixels:
    """The paper, or the tone, without structures narrower than `width` of the long side: uint8 of a shape H,W."""
    side = 2 * max(1, round(measure_side(small.shape) * width / 2)) + 1
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8), borderType=cv2.BORDER_REPLICATE)
    if small.shape != shape:
        paper = cv2.resize(paper, shape[::-1], interpolation=cv2.INTER_LINEAR)
    result: Pixels = paper
    return result


def _sheet_level(paper: Pixels) -> int:
    """The level of the sheet: the lightest that a good part of the drawing has."""
    sample = paper[:: max(1, paper.shape[0] // 256), :: max(1, paper.shape[1] // 256)]
    return int(np.percentile(sample, 75))


def _noise_level(level: Pixels) -> int:
    """Levels under the paper from which on a pixel is more than grain or noise of the paper."""
    rows, columns = level.shape
    top, left = max(0, rows // 2 - 512), max(0, columns // 2 - 512)
    sample = level[top : top + 1024, left : left + 1024]
    counts = np.cumsum(_count_levels(cv2.absdiff(sample, cv2.blur(sample, (3, 3)))))
    median = np.searchsorted(counts, [sample.size // 2 + 1, (sample.size + 1) // 2]).mean()
    deviation = float(median) / 0.636  # of normal noise: what is left of it without its mean over 9 pixels
    return round(min(MAX_NOISE, max(FAINT, NOISE * deviation)))


def _count_levels(levels: Pixels) -> NDArray[np.float32]:
    """float32 256: how many pixels have each level."""
    counts: NDArray[np.float32] = cv2.calcHist([levels], [0], None, [256], [0, 256]).ravel()
    return counts


def _strength_of_lines(depth: Pixels, faint: int) -> float:
    """How much darker than their paper most lines are, in levels; 0 where nothing is drawn."""
    counts = _count_levels(depth)
    counts[:faint] = 0.0
    total = counts.sum()
    if total < max(8.0, 2e-5 * depth.size):
        return 0.0
    return float(np.searchsorted(np.cumsum(counts), 0.8 * total))


def _even_light(paper: Pixels) -> Pixels:
    """Paper and tones as under even light; the same where it is even.

    Light over a page changes as slowly as a polynomial of second order in x and y; it is fitted to the lighter places.
    """
    rows, columns = paper.shape
    every = np.s_[0 : rows : max(1, rows // 48), 0 : columns : max(1, columns // 48)]
    values = paper[every].ravel().astype(np.float64)
    if np.ptp(values) < UNEVEN:
        return paper
    y, x = np.mgrid[every]
    terms = _light_terms(x.ravel() / columns, y.ravel() / rows)
    chosen = values >= np.percentile(values, 25)
    for _ in range(3):
        fitted = terms[chosen]  # by the normal equations: 6 by 6, however many values
        weights = np.linalg.lstsq(fitted.T @ fitted, fitted.T @ values[chosen], rcond=None)[0]
        off = values - terms @ weights
        chosen = np.abs(off) <= max(UNEVEN, 2.0 * float(np.median(np.abs(off[chosen]))))
    light = terms @ weights
    if np.ptp(light) < UNEVEN or np.mean(np.abs(off) <= UNEVEN) < 0.5 or light.min() < 32:
        return paper
    scale = cv2.resize((light.max() / light).reshape(y.shape).astype(np.float32), (columns, rows))
    even: Pixels = np.minimum(paper * scale, 255).astype(np.uint8)
    return even


def _light_terms(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1)


def _tone_edges(smooth: Pixels, paper: Pixels, sheet: int) -> Mask:
    """The borders of tones and fills that no line bounds."""
    toned = paper < math.ceil(sheet - 255 * TONE_EDGE)
    if np.count_nonzero(toned[::4, ::4]) * 16 < 1e-3 * toned.size:
        return np.zeros(toned.shape, bool)
    flat = cv2.medianBlur(smooth, 5)
    steps = cv2.morphologyEx(flat, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    near = cv2.dilate(toned.astype(np.uint8), np.ones((5, 5), np.uint8)).view(bool)
    edges: Mask = (steps > math.floor(255 * TONE_EDGE)) & near
    return edges


def _trace_lines(line_art: Pixels, walls: Mask) -> Mask | None:
    """Saturated lines, where most others are black: animators' trace lines."""
    if line_art.ndim == 2 or not walls.any():
        return None
    first, second, third = cv2.split(line_art)
    chroma = cv2.subtract(cv2.max(cv2.max(first, second), third), cv2.min(cv2.min(first, second), third))
    colored: Mask = (chroma > CHROMA) & walls
    share = np.count_nonzero(colored) / np.count_nonzero(walls)
    return colored if TRACED < share < 0.5 else None
