"""paintstorch-sdk: line art and a few color strokes in, a colored picture out."""

from .bundle import Bundle
from .colorizer import Canvas, Colorizer, colorize
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
from .hints.model import Hints, Stroke

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
    "ModelError",
    "OutputError",
    "PaintsTorchError",
    "PaintsTorchWarning",
    "Stroke",
    "__version__",
    "colorize",
]
