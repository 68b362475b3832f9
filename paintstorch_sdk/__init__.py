"""paintstorch-sdk: line art and a few color strokes in, a colored picture out."""

from .bundle import Bundle
from .canvas import Canvas
from .colorizer import Colorizer, colorize
from .errors import (
    BackendError,
    BundleError,
    CheckpointError,
    HintError,
    ImageError,
    InputError,
    ModelError,
    OutputError,
    PaintsTorchError,
    PaintsTorchWarning,
)
from .hints.explain import Region
from .hints.model import Hints, Stroke
from .look import Look

__version__ = "0.1.0"

__all__ = [
    "BackendError",
    "Bundle",
    "BundleError",
    "Canvas",
    "CheckpointError",
    "Colorizer",
    "HintError",
    "Hints",
    "ImageError",
    "InputError",
    "Look",
    "ModelError",
    "OutputError",
    "PaintsTorchError",
    "PaintsTorchWarning",
    "Region",
    "Stroke",
    "__version__",
    "colorize",
]
