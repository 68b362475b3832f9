"""Proof that graphs in another precision paint the same pictures as the fp32 graphs, on real line art."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from paintstorch_sdk.errors import InputError, ModelError
from paintstorch_sdk.files import replacing
from paintstorch_sdk.hints.files import HintFiles, is_hint_file
from paintstorch_sdk.hints.model import Hints, HintSource
from paintstorch_sdk.imaging.images import ImageSource
from paintstorch_sdk.imaging.metrics import ciede2000, psnr, srgb_to_lab
from paintstorch_sdk.imaging.postprocess import color_image
from paintstorch_sdk.sheet import Sheet

MIN_PSNR = 45.0  # dB
HOT = 3.0  # CIEDE2000 that the heat map shows as white: seen at a glance
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")

Example = tuple[ImageSource, HintSource]
FloatTensor = NDArray[np.float32]


@dataclass(frozen=True)
class ProofCase:
    """One line art with hints, ready for the graphs; for G2 with the picture whose lines it draws."""

    name: str
    sheet: Sheet
    line_art: FloatTensor
    hint_map: FloatTensor
    picture: FloatTensor | None = None


@dataclass(frozen=True)
class PictureDifference:
    """Difference of one picture from the reference.

    Attributes:
        image: Name of the line art.
        psnr: dB, of colors in [-1, 1].
        max_difference: Largest difference of a color channel, whose range is 2.
        mean_ciede2000: Mean color difference of the uint8 pictures; 1 is about the least that the eye sees.
        p99_ciede2000: 99th percentile over the pixels.
    """

    image: str
    psnr: float
    max_difference: float
    mean_ciede2000: float
    p99_ciede2000: float


class Network:
    """An encoder and a painter on ONNX Runtime's CPU provider.

    Args:
        encoder: Path of the graph.
        painter: Path of the graph.
    """

    def __init__(self, encoder: Path, painter: Path) -> None:
        self._encoder, self._painter = _open_session(encoder), _open_session(painter)

    def paint(self, line_art: FloatTensor, hint_map: FloatTensor) -> FloatTensor:
        """Color N,3,H,W in [-1, 1]."""
        names = [value.name for value in self._encoder.get_outputs()]
        sums = self._encoder.run(names, {"line_art": line_art})
        color: FloatTensor = self._painter.run(["color"], {"hints": hint_map, **dict(zip(names, sums, strict=True))})[0]
        return color


def open_runner(paths: Sequence[Path]) -> Callable[[ProofCase], FloatTensor]:
    """A function that runs a case: encoder and painter give its colors, G2 alone the line art of its picture."""
    if len(paths) == 2:
        network = Network(*paths)
        return lambda case: network.paint(case.line_art, case.hint_map)
    session = _open_session(paths[0])

    def draw(case: ProofCase) -> FloatTensor:
        inputs = {"picture": case.picture, "hints": case.hint_map, "line_art": case.line_art}
        drawn: FloatTensor = session.run(["drawn"], inputs)[0]
        return drawn

    return draw


def _open_session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.log_severity_level = 3  # errors
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def paint_cases(network: Callable[[ProofCase], FloatTensor], cases: Sequence[ProofCase]) -> list[ProofCase]:
    """The cases of G2: with the pictures that the encoder and painter make of them, as in its training."""
    return [replace(case, picture=network(case)) for case in cases]


def load_cases(examples: Sequence[Example], size: int) -> list[ProofCase]:
    """Decode line art and hints at a working size whose long side is at most `size` pixels."""
    if not examples:
        raise InputError("verification: expected at least one line art")
    found = []
    for index, (line_art, hints) in enumerate(examples):
        sheet = Sheet.load(line_art, size)
        hint_map = Hints.of(hints).rasterize(sheet.geometry)[np.newaxis]
        name = Path(line_art).name if isinstance(line_art, str | Path) else f"line art {index + 1}"
        found.append(ProofCase(name, sheet, sheet.tensor, hint_map))
    return found


def find_examples(folder: Path) -> list[tuple[Path, Path | None]]:
    """Line art in a folder, each with the hint file beside it or None.

    Raises:
        InputError: There is no picture.
        HintError: There are two hint files for one.
    """
    pictures = [p for p in sorted(folder.glob("*")) if p.suffix.lower() in ENDINGS and not is_hint_file(p)]
    if not pictures:
        raise InputError(f"{folder}: expected line art ({', '.join(ENDINGS)}), found none")
    hints = HintFiles()
    return [(picture, hints.find(picture)) for picture in pictures]


def compare_pictures(case: ProofCase, painted: FloatTensor, exact: FloatTensor) -> PictureDifference:
    """Measure one picture, both float32 1,3,H,W (or, of G2, 1,1,H,W) in [-1, 1]."""
    distance = _measure_distance(case, painted, exact)
    return PictureDifference(
        case.name,
        round(min(psnr(painted, exact, peak=2.0), 200.0), 2),
        float(np.abs(painted - exact).max()),
        float(distance.mean()),
        float(np.percentile(distance, 99)),
    )


def find_worst(comparisons: Sequence[PictureDifference]) -> PictureDifference:
    """The one with the lowest PSNR; one that is not a number is the worst of all."""
    return min(comparisons, key=lambda c: -np.inf if np.isnan(c.psnr) else c.psnr)


def require_psnr(comparisons: Sequence[PictureDifference], min_psnr: float, what: str) -> None:
    """Raise unless every picture is close enough.

    Raises:
        ModelError: Names the worst image.
    """
    worst = find_worst(comparisons)
    if not worst.psnr >= min_psnr:
        raise ModelError(
            f"{what}: {worst.image} comes out at {worst.psnr:.1f} dB PSNR from the fp32 network, expected at least "
            f"{min_psnr:g} (CIEDE2000 {worst.mean_ciede2000:.2f} in the mean, {worst.p99_ciede2000:.2f} at the 99th "
            f"percentile); nothing was written; check the weights, or lower --min-psnr"
        )


def make_record(comparisons: Sequence[PictureDifference]) -> dict[str, Any]:
    """For the manifest: the worst of all, and every picture's measures."""
    worst = find_worst(comparisons)
    return {"worst_image": worst.image, "psnr": worst.psnr, "images": [asdict(c) for c in comparisons]}


def write_comparison(
    path: Path, rows: Sequence[tuple[ProofCase, FloatTensor, FloatTensor]], names: tuple[str, str]
) -> None:
    """Write a PNG: a row for each case of reference, other precision, and a heat map of CIEDE2000.

    Args:
        path: The PNG to write.
        rows: The case, the painted colors, and the reference.
        names: Names of the reference and of the other precision.
    """
    pictures = [
        [_to_picture(case, exact), _to_picture(case, painted), _draw_heat_map(case, painted, exact)]
        for case, painted, exact in rows
    ]
    column, bar = max(p.width for row in pictures for p in row), 18
    sheet = Image.new("RGB", (3 * column, sum(row[0].height + bar for row in pictures)), "white")
    draw, top = ImageDraw.Draw(sheet), 0
    for (case, painted, exact), row in zip(rows, pictures, strict=True):
        measured = compare_pictures(case, painted, exact)
        heat = f"CIEDE2000, white is {HOT:g}: mean {measured.mean_ciede2000:.3f}, p99 {measured.p99_ciede2000:.3f}"
        for index, text in enumerate((f"{case.name}: {names[0]}", f"{names[1]}: {measured.psnr:.1f} dB", heat)):
            draw.text((index * column + 4, top + 3), text, "black")
            sheet.paste(row[index], (index * column, top + bar))
        top += bar + row[0].height
    with replacing(path) as temporary:
        sheet.save(temporary, "PNG")


def _to_picture(case: ProofCase, color: FloatTensor) -> Image.Image:
    geometry = case.sheet.geometry
    finite = np.broadcast_to(np.nan_to_num(color[0], nan=0.0), (3, *color.shape[2:]))
    image = color_image(finite, geometry)
    return image.resize(geometry.working) if image.size != geometry.working else image


def _measure_distance(case: ProofCase, painted: FloatTensor, exact: FloatTensor) -> NDArray[np.floating[Any]]:
    first, second = (srgb_to_lab(np.asarray(_to_picture(case, color))) for color in (painted, exact))
    return ciede2000(first, second)


def _draw_heat_map(case: ProofCase, painted: FloatTensor, exact: FloatTensor) -> Image.Image:
    """Black, red, yellow, white: CIEDE2000 from 0 to `HOT`."""
    scaled = np.clip(_measure_distance(case, painted, exact) / HOT, 0, 1)[..., np.newaxis] * 3 - np.arange(3)
    return Image.fromarray((np.clip(scaled, 0, 1) * 255).astype(np.uint8))
