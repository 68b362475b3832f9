"""The models that are evaluated, run as their users run them."""

import pickle
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, Unpack

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.canvas import Canvas
from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.look import LookOptions

from .baseline import paint_by_bucket, paint_by_watershed

ByteImage = NDArray[np.uint8]
Paint: TypeAlias = Callable[[ByteImage, Hints], ByteImage]  # uint8 H,W line art, hints -> uint8 H,W,3 RGB, with lines

BUCKET, WATERSHED, BEFORE, PRODUCT, NETWORK = "bucket", "Krita's rule", "before", "product", "network alone"
FILLS: dict[str, Paint] = {BUCKET: paint_by_bucket, WATERSHED: paint_by_watershed}
OLDER = """  # what another version's interpreter runs: line art, strokes and options in, a picture out
import pickle, sys
import numpy
import paintstorch_sdk as pts
answers, sys.stdout = sys.stdout.buffer, sys.stderr
colorizer, known, canvas = pts.Colorizer(), None, None
while True:
    try:
        line_art, strokes, layer, look = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    strokes = tuple(pts.Stroke(points, color, width) for points, color, width in strokes)
    hints = pts.Hints.of(layer) if layer is not None else pts.Hints(strokes)
    if line_art is not None:
        canvas = colorizer.canvas(line_art)
    canvas.hints = hints
    pickle.dump(numpy.asarray(canvas.render(**look)), answers)
    answers.flush()
"""


class CanvasPainter:
    """A `Colorizer` that keeps the canvas of the last line art: its hints change from case to case."""

    def __init__(self, colorizer: Colorizer, **look: Unpack[LookOptions]) -> None:
        self._colorizer, self._look = colorizer, look
        self._line_art: ByteImage | None = None
        self._canvas: Canvas | None = None

    def __call__(self, line_art: ByteImage, hints: Hints) -> ByteImage:
        if self._canvas is None or self._line_art is not line_art:
            self._canvas, self._line_art = self._colorizer.canvas(line_art, hints), line_art
        else:
            self._canvas.hints = hints
        return np.asarray(self._canvas.render(**self._look))


class OlderVersion:
    """The package as it was: another version, with its own bundled model, in a process of its own environment.

    Any version will do whose `Canvas` has `hints` and `render`. Line art and pictures are those of `Paint`.

    Args:
        python: Python interpreter of the environment that has the version.

    Raises:
        InputError: It cannot be run, or stopped.
    """

    def __init__(self, python: Path) -> None:
        self._python = python
        self._line_art: ByteImage | None = None
        command = [str(python), "-I", "-c", OLDER]  # -I: not the package that lies in the current folder
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            raise InputError(f"{python}: expected a Python interpreter, received: {error.strerror}") from error

    def __call__(self, line_art: ByteImage, hints: Hints, **look: Any) -> ByteImage:
        """Paint; the options are those of the other version's `Canvas.render`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        new = None if self._line_art is line_art else np.ascontiguousarray(line_art)
        self._line_art = line_art
        try:
            strokes = [(s.points, s.rgb, s.width) for s in hints.strokes]
            pickle.dump((new, strokes, hints.layer, look), self._process.stdin)
            self._process.stdin.flush()
            picture: ByteImage = pickle.load(self._process.stdout)  # what this process started is trusted
        except (OSError, EOFError) as error:
            raise InputError(f"{self._python}: the other version stopped; its own words stand above") from error
        return picture

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass(frozen=True)
class OpenModel:
    """A model, open.

    Attributes:
        name: Name of the bundle's folder or the model; of a checkpoint with its folder's, as many are named alike.
        bundle: What runs; a checkpoint was exported to it.
        painters: `PRODUCT`; or `NETWORK`, where that was wanted in its place.
        colorizer: What runs it.
        about: How it is run, JSON types.
    """

    name: str
    bundle: Bundle
    painters: dict[str, Paint]
    colorizer: Colorizer
    about: dict[str, Any]

    @property
    def provenance(self) -> dict[str, Any]:
        return dict(self.bundle.manifest.get("provenance", {}))


@contextmanager
def open_model(
    model: str, backend: str = "auto", flow: bool | None = None, threads: int | None = None, alone: bool = False
) -> Iterator[OpenModel]:
    """Open a model by its checkpoint, its bundle's folder or its name.

    A checkpoint is exported to a bundle in a temporary folder first, so that it is measured as it would run.

    Args:
        model: See above.
        backend: Backend of the `Colorizer`.
        flow: Whether colors flow over regions before the network; None is the model's own way.
        threads: Threads of the CPU.
        alone: The network alone, as the paper measured its networks: no flow, no votes, no exact strokes.

    Raises:
        ModelError: It cannot be used.
        BackendError: The backend cannot run here.
    """
    with ExitStack() as stack:
        path = Path(model)
        if path.is_file():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            bundle = _exported(path, folder / "bundle")
        else:
            bundle = Bundle.open(model)
        product = stack.enter_context(
            Colorizer(bundle, backend=backend, flow=False if alone else flow, threads=threads)
        )
        painter = CanvasPainter(product, style="soft", exact=False) if alone else CanvasPainter(product)
        about = {
            "model": path.name if path.is_file() else bundle.name,
            "backend": product.backend.name,
            "precision": product.backend.precision,
            "working_size": product.size,
            "confidence": product.confidence,
            "g2": bool((bundle.path / "g2.onnx").is_file()),
        }
        name = "/".join((*path.parts[-2:-1], path.stem)) if path.is_file() else path.name or model
        yield OpenModel(name, bundle, {NETWORK if alone else PRODUCT: painter}, product, about)


def _exported(path: Path, folder: Path) -> Bundle:
    from paintstorch_sdk.examples import examples
    from paintstorch_sdk.export.bundle_writer import write_bundle
    from paintstorch_sdk.networks import checkpoint

    return write_bundle(
        checkpoint.load(path),
        folder,
        name="evaluated",
        license="unknown",
        working_size=512,
        examples=examples()[:1],
    )
