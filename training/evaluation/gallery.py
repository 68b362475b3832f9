"""The pictures of an evaluation: which cases are shown, and their tiles."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paintstorch_sdk.hints.model import Hints

from .cases import SEED, ColoringCase, Condition, cases
from .drawings import HeldOutDrawing
from .goals import NAMES, describe_condition
from .methods import BUCKET, FILLS, PRODUCT, Paint
from .results import Painting, Results

ByteImage = NDArray[np.uint8]

SHOWN = 3  # best, worst, and lost to the baseline, of each kind of lines


class Example(NamedTuple):
    """One case as every method painted it.

    Attributes:
        caption: What it is, with its measures.
        tiles: Name and uint8 H,W,3 picture: line art under the hints, each method, truth.
    """

    caption: str
    tiles: list[tuple[str, ByteImage]]


class Section(NamedTuple):
    """Examples under a heading."""

    title: str
    note: str
    examples: list[Example]


def make_sections(
    results: Results, chosen: Sequence[HeldOutDrawing], painters: Mapping[str, Paint], seed: int = SEED
) -> list[Section]:
    """The pictures of a report: worst, lost and best cases, few and many strokes, tidy strokes, gaps, each source."""
    place = {(drawing.name, drawing.lines): drawing for drawing in chosen}
    methods = {**FILLS, **painters}
    known: dict[tuple[str, Condition], dict[str, float]] = {}
    for r in results.rows:
        known.setdefault((r.drawing, r.condition), {})[r.method] = r.measured.psnr

    def shown(name: str, condition: Condition) -> list[Example]:
        found = cases(place[name, condition.lines], [condition], seed)
        return [example(case, methods, known[name, condition]) for case in found]

    def every(names: Sequence[tuple[str, Condition]]) -> list[Example]:
        return [made for name, condition in names for made in shown(name, condition)]

    rows = [r for r in results.rows if r.condition.manner == "messy" and r.condition.strokes == 16]
    own = [r for r in rows if r.condition.colors == "natural" and r.method == PRODUCT]
    ranked = sorted(own, key=lambda r: -r.measured.psnr)
    lost = sorted(own, key=lambda r: r.measured.psnr - known[r.drawing, r.condition][BUCKET])
    middle = _middle(own)
    out = [
        Section("Worst", "Lowest PSNR of the product at 16 messy strokes.", every(_keys(ranked[::-1][:SHOWN]))),
        Section(
            "Lost to the bucket", "Where the bucket is ahead the most, or least behind.", every(_keys(lost[:SHOWN]))
        ),
        Section("Best", "Highest PSNR of the product at 16 messy strokes.", every(_keys(ranked[:SHOWN]))),
    ]
    few = [c for r in middle[:2] for n in (4, 16, 64, 256) for c in [(r.drawing, _with(r.condition, strokes=n))]]
    out.append(Section("Few and many strokes", "Two drawings of middling PSNR, 4 to 256 strokes.", every(few)))
    random = [(r.drawing, _with(r.condition, colors="random", strokes=64)) for r in middle[:3]]
    out.append(Section("Random colors", "64 strokes whose colors nobody can guess.", every(random)))
    for manner, title, note in (
        ("tidy", "Tidy strokes", "16 and 64 strokes that stay in their regions."),
        ("gaps", "Lines with gaps", "Cuts of some 6 pixels in the lines: a bucket pours through them."),
        ("pixels", "Random pixels", "AlacGAN's hints: 64 single cells of the hint map."),
    ):
        counts = (64,) if manner == "pixels" else (16, 64)
        wanted = [(r.drawing, _with(r.condition, manner=manner, strokes=n)) for r in middle[:2] for n in counts]
        out.append(Section(title, note, every(wanted)))
    blotched = [r for r in results.rows if r.condition.colors == "saturated" and r.method == PRODUCT]
    blotched.sort(key=lambda r: -(r.measured.blotches or 0.0))
    out.append(
        Section("Dense and saturated", "256 saturated strokes, most blotches first.", every(_keys(blotched[:SHOWN])))
    )
    by_source = {r.source: r for r in sorted(middle, key=lambda r: r.drawing)}
    out.append(Section("Each source", "One drawing of each at 16 strokes.", every(_keys(list(by_source.values())))))
    return [section for section in out if section.examples]


def example(case: ColoringCase, methods: Mapping[str, Paint], psnr: Mapping[str, float]) -> Example:
    """Paint a case with every method, of which the PSNR is known."""
    tiles = [("line art and hints", with_hints(case.line_art, case.hints))]
    tiles += [(name, paint(case.line_art, case.hints)) for name, paint in methods.items()]
    words = [f"{name} {psnr[name]:.1f} dB" for name in methods]
    tiles.append(("truth", case.truth))
    condition = case.condition
    marks = f"{condition.strokes} {'marks' if condition.manner == 'pixels' else 'strokes'}"
    caption = (
        f"{case.drawing.name}, {NAMES[condition.lines]}, {describe_condition(condition)}, {marks}: {', '.join(words)}"
    )
    return Example(caption, tiles)


def with_hints(line_art: ByteImage, hints: Hints) -> ByteImage:
    """The strokes over the line art, on light gray paper so that white strokes can be seen."""
    height, width = line_art.shape
    rgba = hints.draw(width, height).astype(np.float32)
    alpha = rgba[..., 3:] / 255.0
    paper = (0.55 * line_art + 100.0)[..., None]
    laid: ByteImage = np.rint(rgba[..., :3] * alpha + paper * (1.0 - alpha)).clip(0, 255).astype(np.uint8)
    return laid


def tile(image: ByteImage, side: int) -> Image.Image:
    """A picture in the middle of a white square of `side` pixels."""
    scale = side / max(image.shape[:2])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    out = Image.new("RGB", (side, side), "white")
    small = Image.fromarray(image).resize(size, Image.Resampling.LANCZOS) if scale != 1.0 else Image.fromarray(image)
    out.paste(small, ((side - size[0]) // 2, (side - size[1]) // 2))
    return out


def sheet(rows: Sequence[Sequence[ByteImage]], side: int, gap: int = 8) -> Image.Image:
    """Rows of tiles on white."""
    columns = max(len(row) for row in rows)
    out = Image.new("RGB", (columns * (side + gap) - gap, len(rows) * (side + gap) - gap), "white")
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            out.paste(tile(image, side), (x * (side + gap), y * (side + gap)))
    return out


def strip(row: Sequence[ByteImage], width: int, gap: int = 8) -> Image.Image:
    """Pictures of one shape side by side on white, each `width` pixels wide."""
    height = round(row[0].shape[0] * width / row[0].shape[1])
    out = Image.new("RGB", (len(row) * (width + gap) - gap, height), "white")
    for x, image in enumerate(row):
        out.paste(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS), (x * (width + gap), 0))
    return out


def webp(image: Image.Image, limit: int | None = None) -> bytes:
    """A WebP file, at the highest quality of a few at which it has at most `limit` bytes."""
    for quality in (86, 78, 70, 60, 50, 40, 30):
        content = io.BytesIO()
        image.save(content, "WEBP", quality=quality, method=4)
        if limit is None or content.tell() <= limit:
            break
    return content.getvalue()


def _with(condition: Condition, **changes: object) -> Condition:
    return replace(condition, **changes)  # type: ignore[arg-type]


def _keys(rows: Sequence[Painting]) -> list[tuple[str, Condition]]:
    return [(row.drawing, row.condition) for row in rows]


def _middle(rows: Sequence[Painting]) -> list[Painting]:
    """Rows nearest to the median PSNR first, kinds of lines and sources in turn."""
    if not rows:
        return []
    median = float(np.median([row.measured.psnr for row in rows]))
    order = sorted(rows, key=lambda row: abs(row.measured.psnr - median))
    seen: dict[tuple[str, str], int] = {}
    turns = []
    for row in order:
        key = row.condition.lines, row.source
        turns.append(seen.setdefault(key, 0))
        seen[key] += 1
    return [row for _, row in sorted(zip(turns, order, strict=True), key=lambda pair: pair[0])]
