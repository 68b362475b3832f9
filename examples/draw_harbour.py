"""Draw harbour.png and harbour.hints.json: a line drawing made by code, so that it may be used for anything.

python examples/draw_harbour.py examples/
"""

import json
import math
import random
import sys
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1680, 1120
SCALE = 3  # drawn this much larger, then averaged down: smooth lines
PEN = 4.0  # pixels

Point = tuple[float, float]


class Board:
    """White paper on which filled white shapes with a slightly unsteady outline hide what is behind them."""

    def __init__(self) -> None:
        self.image = Image.new("L", (WIDTH * SCALE, HEIGHT * SCALE), 255)
        self.draw = ImageDraw.Draw(self.image)
        self.random = random.Random(7)

    def shape(self, outline: list[Point], pen: float = PEN) -> None:
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in outline], fill=255)
        self.line([*outline, outline[0]], pen)

    def line(self, points: list[Point], pen: float = PEN) -> None:
        """A line whose weight and place waver like a hand's."""
        phase = self.random.uniform(0, 6.28)
        traveled = 0.0
        for (x0, y0), (x1, y1) in pairwise(points):
            length = math.hypot(x1 - x0, y1 - y0)
            steps = max(1, round(length * SCALE / 2))
            for i in range(steps):
                t = i / steps
                s = traveled + t * length
                wave = 0.9 * math.sin(s / 37 + phase) + 0.5 * math.sin(s / 13 + 2 * phase)
                radius = SCALE * pen / 2 * (0.85 + 0.2 * math.sin(s / 90 + phase))
                x = SCALE * (x0 + t * (x1 - x0) + wave)
                y = SCALE * (y0 + t * (y1 - y0) + wave)
                self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
            traveled += length

    def finished(self) -> Image.Image:
        return self.image.reduce(SCALE)


def curve(*knots: Point, steps: int = 24) -> list[Point]:
    """A smooth line through the knots (Catmull-Rom)."""
    padded = [knots[0], *knots, knots[-1]]
    points: list[Point] = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for i in range(steps):
            t = i / steps
            points.append(
                tuple(
                    0.5
                    * (
                        2 * b[k]
                        + (c[k] - a[k]) * t
                        + (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t**2
                        + (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t**3
                    )
                    for k in (0, 1)
                )  # type: ignore[arg-type]
            )
    return [*points, knots[-1]]


def circle(x: float, y: float, rx: float, ry: float | None = None) -> list[Point]:
    return [(x + rx * math.cos(a / 40 * math.tau), y + (ry or rx) * math.sin(a / 40 * math.tau)) for a in range(40)]


def cloud(x: float, y: float, size: float) -> list[Point]:
    bumps = [(-1.5, 0.1, 0.5), (-0.8, -0.4, 0.6), (0.1, -0.65, 0.7), (0.95, -0.35, 0.6), (1.6, 0.1, 0.45)]
    top: list[Point] = []
    for i in range(161):
        bx = -1.97 + 4.0 * i / 160
        heights = [by - math.sqrt(r * r - (bx - cx) ** 2) for cx, by, r in bumps if abs(bx - cx) <= r]
        top.append((x + size * bx, y + size * min(heights, default=0.35)))
    return [*top, (x + 2.03 * size, y + 0.35 * size), (x - 1.97 * size, y + 0.35 * size)]


def _wall(y: float) -> float:
    """The left edge of the lighthouse, which stands symmetrically around x = 1300."""
    return 1225 + (790 - y) * 27 / 390


def harbour() -> Image.Image:
    board = Board()
    board.shape(circle(1290, 205, 105))
    for x, y, size in ((330, 215, 100), (860, 150, 75), (1440, 310, 80)):
        board.shape(cloud(x, y, size))
    far = curve((-20, 560), (150, 430), (330, 350), (480, 450), (620, 400), (800, 505), (1000, 455), (1210, 560))
    board.shape([*far, (1210, 700), (-20, 700)])
    near = curve((640, 610), (820, 545), (1010, 590), (1230, 490), (1430, 560), (1710, 470))
    board.shape([*near, (1710, 720), (640, 720)])
    board.shape([(-20, 620), (1710, 620), (1710, 1140), (-20, 1140)])
    for x, y in ((120, 700), (520, 690), (820, 720), (1120, 690), (700, 860), (980, 950), (400, 1010), (1180, 1060)):
        board.line(curve((x, y), (x + 30, y - 14), (x + 60, y), (x + 90, y - 14), (x + 120, y)), 3.0)
    # The boat.
    board.shape([(655, 330), (668, 330), (668, 800), (655, 800)])
    board.shape([*curve((648, 345), (540, 520), (430, 745)), (648, 755)])
    board.shape([*curve((678, 380), (790, 560), (850, 750)), (678, 755)])
    hull = [*curve((395, 790), (640, 806), (930, 775)), *curve((930, 775), (880, 880), (800, 905)), (500, 905)]
    board.shape([*hull, *curve((500, 905), (430, 860), (395, 790))])
    board.line(curve((415, 830), (650, 845), (910, 818)))
    for x in (520, 620, 720, 820):
        board.shape(circle(x, 868 - (x - 520) * 0.02, 13), 3.0)
    board.shape([*curve((668, 330), (720, 345), (770, 335)), *curve((770, 372), (720, 385), (668, 372))], 3.0)
    # The cliff, and what stands on it.
    cliff = curve((1010, 1140), (1060, 960), (1120, 900), (1170, 800), (1300, 770), (1480, 780), (1710, 750))
    board.shape([*cliff, (1710, 1140)])
    board.shape([(1225, 790), (1252, 400), (1348, 400), (1375, 790)])
    for low, high in ((690, 600), (510, 455)):
        board.shape([(_wall(low), low), (_wall(high), high), (2600 - _wall(high), high), (2600 - _wall(low), low)])
    board.shape([(1235, 400), (1235, 380), (1365, 380), (1365, 400)])
    board.shape([(1258, 380), (1258, 310), (1342, 310), (1342, 380)])
    board.line([(1300, 310), (1300, 380)], 3.0)
    board.shape([(1243, 310), (1300, 245), (1357, 310)])
    board.shape([*curve((1278, 790), (1278, 745), (1300, 725), (1322, 745), (1322, 790))])
    board.shape([(1450, 800), (1450, 655), (1640, 655), (1640, 800)])
    board.shape([(1425, 662), (1480, 560), (1610, 560), (1665, 662)])
    board.shape([(1475, 690), (1530, 690), (1530, 745), (1475, 745)], 3.0)
    board.line([(1502, 690), (1502, 745)], 3.0)
    board.shape([(1565, 800), (1565, 700), (1615, 700), (1615, 800)])
    board.shape([(1428, 900), (1428, 800), (1452, 800), (1452, 900)])
    board.shape(curve((1440, 830), (1375, 800), (1380, 725), (1440, 690), (1500, 728), (1505, 800), (1440, 830)))
    for x, y in ((1180, 900), (1280, 860), (1560, 880), (1620, 1000), (1180, 1040), (1400, 990)):
        board.line([(x, y), (x + 9, y - 26), (x + 16, y), (x + 28, y - 22), (x + 34, y)], 3.0)
    for x, y, size in ((1010, 300, 34), (1090, 350, 26), (215, 345, 26)):
        board.line(
            curve(
                (x - size, y - 8), (x - size / 2, y - size / 2), (x, y), (x + size / 2, y - size / 2), (x + size, y - 8)
            )
        )
    return board.finished()


# Waypoints, color, width: what a user would paint in half a minute.
STROKES: list[tuple[list[Point], str, float]] = [
    ([(90, 80), (300, 60)], "#8fd0f5", 26),
    ([(560, 260), (740, 290)], "#a5dcf7", 26),
    ([(1000, 60), (1120, 110)], "#8fd0f5", 26),
    ([(1560, 90), (1640, 200)], "#8fd0f5", 26),
    ([(60, 330), (110, 300)], "#b9e4f7", 24),
    ([(1060, 430), (1180, 440)], "#b9e4f7", 24),
    ([(1250, 200), (1330, 215)], "#ffd65c", 26),
    ([(260, 210), (400, 200)], "#ffffff", 24),
    ([(810, 140), (910, 140)], "#ffffff", 20),
    ([(1400, 300), (1490, 300)], "#ffffff", 20),
    ([(250, 450), (380, 520)], "#8f9fd6", 26),
    ([(60, 590), (180, 560)], "#8f9fd6", 22),
    ([(850, 527), (960, 535)], "#8f9fd6", 14),
    ([(900, 600), (1080, 605)], "#7fb77a", 16),
    ([(1388, 600), (1412, 606)], "#7fb77a", 14),
    ([(1635, 540), (1668, 530)], "#7fb77a", 16),
    ([(1090, 580), (1190, 560)], "#7fb77a", 20),
    ([(80, 780), (300, 800)], "#2f8fc4", 28),
    ([(160, 980), (320, 1060)], "#2a7fb5", 28),
    ([(600, 980), (860, 1020)], "#2a7fb5", 28),
    ([(960, 800), (1080, 780)], "#2f8fc4", 26),
    ([(60, 650), (330, 655)], "#58b0d8", 18),
    ([(930, 650), (1150, 655)], "#58b0d8", 18),
    ([(590, 560), (540, 700)], "#fff4dc", 24),
    ([(710, 560), (770, 700)], "#f6a04d", 24),
    ([(560, 890), (760, 890)], "#c0392b", 12),
    ([(470, 865), (490, 880)], "#c0392b", 12),
    ([(860, 850), (880, 840)], "#c0392b", 12),
    ([(520, 818), (860, 812)], "#f3e3c3", 14),
    ([(690, 358), (740, 360)], "#e74c3c", 16),
    ([(1290, 560), (1310, 560)], "#ffffff", 22),
    ([(1280, 430), (1320, 430)], "#ffffff", 22),
    ([(1262, 650), (1340, 650)], "#d64545", 26),
    ([(1266, 482), (1334, 482)], "#d64545", 20),
    ([(1275, 345), (1285, 350)], "#fff2a8", 14),
    ([(1318, 345), (1326, 350)], "#fff2a8", 14),
    ([(1290, 285), (1312, 290)], "#b03a3a", 18),
    ([(1296, 765), (1304, 770)], "#7a5230", 20),
    ([(1510, 605), (1590, 620)], "#5d6fa8", 26),
    ([(1545, 670), (1548, 780)], "#f5e6c8", 18),
    ([(1488, 705), (1490, 730)], "#bfe6ff", 12),
    ([(1516, 705), (1518, 730)], "#bfe6ff", 12),
    ([(1590, 725), (1590, 780)], "#a5673f", 22),
    ([(1420, 750), (1460, 770)], "#3f9b4f", 26),
    ([(1440, 850), (1440, 880)], "#7a5230", 12),
    ([(1240, 830), (1400, 850)], "#9ccf6a", 26),
    ([(1500, 940), (1660, 930)], "#9ccf6a", 28),
    ([(1100, 1020), (1130, 960)], "#b9a27e", 24),
    ([(1250, 1000), (1340, 1080)], "#8fc35f", 28),
    ([(1500, 1070), (1640, 1080)], "#8fc35f", 28),
]


def main(folder: Path) -> None:
    harbour().save(folder / "harbour.png", optimize=True)
    strokes = [{"points": points, "color": color, "width": width} for points, color, width in STROKES]
    text = json.dumps({"version": 1, "strokes": strokes})
    (folder / "harbour.hints.json").write_text(text.replace('{"points"', '\n  {"points"') + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
