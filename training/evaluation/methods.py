"""The model that is evaluated, run as its users run it."""

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
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.look import LookOptions

ByteImage = NDArray[np.uint8]
Paint: TypeAlias = Callable[[ByteImage, Hints], ByteImage]  # uint8 H,W line art, hints -> uint8 H,W,3 RGB, with lines

FILL, NETWORK, PRODUCT = "nearest stroke", "network alone", "product"


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


@dataclass(frozen=True)
class OpenModel:
    """A model, open.

    Attributes:
        name: Name of the bundle's folder or the model; of a checkpoint with its folder's, as many are named alike.
        bundle: What runs; a checkpoint was exported to it.
        painters: `PRODUCT`, and `NETWORK` where the product spreads hints before the network.
        about: How it is run, JSON types.
    """

    name: str
    bundle: Bundle
    painters: dict[str, Paint]
    about: dict[str, Any]

    @property
    def provenance(self) -> dict[str, Any]:
        return dict(self.bundle.manifest.get("provenance", {}))


@contextmanager
def open_model(
    model: str, backend: str = "auto", flow: bool | None = None, threads: int | None = None
) -> Iterator[OpenModel]:
    """Open a model by its checkpoint, its bundle's folder or its name.

    A checkpoint is exported to a bundle in a temporary folder first, so that it is measured as it would run.

    Args:
        model: See above.
        backend: Backend of the `Colorizer`.
        flow: Whether colors flow over regions before the network; None is the model's own way.
        threads: Threads of the CPU.

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
        product = stack.enter_context(Colorizer(bundle, backend=backend, flow=flow, threads=threads))
        painters: dict[str, Paint] = {}
        if product.confidence:
            alone = stack.enter_context(Colorizer(bundle, backend=backend, flow=False, threads=threads))
            painters[NETWORK] = CanvasPainter(alone, style="soft", exact=False)
        painters[PRODUCT] = CanvasPainter(product)
        about = {
            "model": path.name if path.is_file() else bundle.name,
            "backend": product.backend.name,
            "precision": product.backend.precision,
            "working_size": product.size,
            "confidence": product.confidence,
            "g2": bool((bundle.path / "g2.onnx").is_file()),
        }
        name = "/".join((*path.parts[-2:-1], path.stem)) if path.is_file() else path.name or model
        yield OpenModel(name, bundle, painters, about)


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
