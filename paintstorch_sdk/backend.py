"""The contract of every backend: an adapter that runs the graphs of a bundle on one runtime and device."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from .bundle import partial_sums
from .errors import BackendError, InputError
from .imaging.geometry import HINT_STEP, MULTIPLE
from .imaging.shadows import draw_shadows

if TYPE_CHECKING:
    from .renderer import Renderer

Precision = Literal["auto", "fp32", "bf16", "fp16", "int8"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
FloatTensor = NDArray[np.float32]
# Names of the tensors between encoder and painter, of all models; see `Bundle.partial_sums` for one's own.
SUMS = tuple(partial_sums(width=1))
# What every runtime accepts without a copy of its own: contiguous, writable.
_LAYOUT: tuple[Literal["C", "W"], ...] = ("C", "W")


@dataclass(frozen=True)
class Availability:
    """Whether a backend can run here.

    Attributes:
        backend: Its name.
        version: Version of the runtime library, or None where it is not installed.
        devices: Each device that it can run on, with the precisions that are worth running there, best first.
        reason: Reason that it cannot run (no devices), in one line.
        remedy: Remedy, in one line.
    """

    backend: str
    version: str | None = None
    devices: tuple[tuple[str, tuple[Precision, ...]], ...] = ()
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Encoded:
    """Handle of encoded line art: the partial sums, wherever the backend keeps them.

    Attributes:
        backend: The backend that made it, the only one that can paint it.
        shape: N,H,W of the line art.
        sums: The tensors in the order of `Bundle.partial_sums`, of the backend's own type.
    """

    backend: "Backend"
    shape: tuple[int, int, int]
    sums: tuple[Any, ...]


class Backend(ABC):
    """Run a bundle's line encoder and painter. Safe to use from several threads.

    Attributes:
        name: The backend's name, as in `backend=`.
        device: "cpu", "cuda".
        precision: Type that the network computes in: "fp32", "bf16", "fp16" or "int8".
        min_input_size: Smallest (width, height) of the network's input, pixels; smaller line art is padded.
        max_input_size: Largest (width, height) of the network's input, pixels; strips are not stretched beyond it.
        lanes_in_parallel: How many threads may run the network at a time to some gain.
        max_batch: Largest number of line arts in one run; None is any number.
    """

    name: str
    device: str
    precision: str
    min_input_size: tuple[int, int] = (MULTIPLE, MULTIPLE)
    max_input_size: tuple[int, int] | None = None
    max_batch: int | None = None
    lanes_in_parallel: int = 1
    _closed = False

    @property
    def serving(self) -> "Backend":
        """The backend that encodes now: itself, but for one that changes over."""
        return self

    def encode(self, line_art: FloatTensor) -> Encoded:
        """Run the line encoder.

        Args:
            line_art: float32 N,1,H,W in [-1, 1], paper is 1; H and W multiples of 32.

        Raises:
            InputError: Another shape or type.
            BackendError: The backend is closed, or its runtime failed.
        """
        self.check_open()
        n, height, width = _check_tensor("line art", line_art, 1)
        return self._handle((n, height, width), self._encode(np.require(line_art, requirements=_LAYOUT)))

    def paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        """Run the painter.

        Args:
            encoded: Line art that this backend's `encode` returned.
            hints: float32 N,4,H/4,W/4 hint maps (see `hints.raster`), as many as line arts were encoded.

        Returns:
            float32 N,3,H,W in [-1, 1]; the caller owns it.

        Raises:
            InputError: Another shape or type, or line art that another backend encoded.
            BackendError: The backend is closed, or its runtime failed.
        """
        self.check_open()
        if encoded.backend is not self:
            raise InputError("encoded line art: expected what this backend encoded, received another backend's")
        n, height, width = encoded.shape
        expected = (n, 4, height // HINT_STEP, width // HINT_STEP)
        if hints.dtype != np.float32 or hints.shape != expected:
            raise InputError(f"hints: expected float32 {expected}, received {hints.dtype} {hints.shape}")
        return self._paint(encoded, np.require(hints, requirements=_LAYOUT))

    def make_renderer(self, confidence: float) -> "Renderer":
        """The renderer around this network: the host's, or one of the backend's own.

        Args:
            confidence: See `Renderer`.
        """
        from .renderer import Renderer  # here: it needs this module

        return Renderer(self, confidence)

    def close(self) -> None:
        """Release the model and the device's memory; the backend cannot be used afterwards."""
        if not self._closed:
            self._closed = True
            self._release()

    def _handle(self, shape: tuple[int, int, int], sums: tuple[Any, ...]) -> Encoded:
        return Encoded(self, shape, sums)

    @abstractmethod
    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]: ...

    @abstractmethod
    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor: ...

    @abstractmethod
    def _release(self) -> None: ...

    def check_open(self) -> None:
        """Refuse to go on after `close`.

        Raises:
            BackendError: It was closed.
        """
        if self._closed:
            raise BackendError(f"the {self.name} backend was closed; make a new Colorizer")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Shader(ABC):
    """Run a bundle's shade and kinship networks. Safe to use from several threads."""

    def find_shadows(self, line_art: FloatTensor, flats: FloatTensor) -> NDArray[np.uint8]:
        """Find where the shadows of cel shading lie, with light from the upper left.

        Args: see `find_logits`.

        Returns:
            uint8 N,H,W, 0 in the light, 255 in full shadow; the caller owns it.

        Raises: see `find_logits`.
        """
        return np.stack([draw_shadows(logits) for (logits,) in self.find_logits(line_art, flats)])

    def find_logits(self, line_art: FloatTensor, flats: FloatTensor) -> FloatTensor:
        """Run the network.

        Args:
            line_art: float32 N,1,H,W in [-1, 1], paper is 1; H and W multiples of 32.
            flats: float32 N,3,H,W in [-1, 1], the colors beneath the lines.

        Returns:
            float32 N,1,H,W, positive in the shadow; the caller owns it.

        Raises:
            InputError: Another shape or type.
            BackendError: The runtime failed.
        """
        n, height, width = _check_tensor("line art", line_art, 1)
        if flats.dtype != np.float32 or flats.shape != (n, 3, height, width):
            raise InputError(f"flats: expected float32 {(n, 3, height, width)}, received {flats.dtype} {flats.shape}")
        return self._shade(
            {
                name: np.require(tensor, requirements=_LAYOUT)
                for name, tensor in (("line_art", line_art), ("flats", flats))
            }
        )

    def find_kinship(self, line_art: FloatTensor) -> FloatTensor | None:
        """Find what the blocks of line art are; see `hints.kinship`.

        Args:
            line_art: float32 1,1,H,W in [-1, 1], paper is 1; H and W multiples of 32.

        Returns:
            float32 1,C,H/4,W/4; None where the bundle has no kinship network.

        Raises:
            BackendError: The runtime failed.
        """
        return None

    @abstractmethod
    def _shade(self, inputs: dict[str, FloatTensor]) -> FloatTensor: ...


class LineDrawer(ABC):
    """Run a bundle's G2, from a picture to line art. Safe to use from several threads.

    Attributes:
        name: The backend's name, as in `Backend`.
        device: The device, as in `Backend`.
        precision: The precision, as in `Backend`.
    """

    name: str
    device: str
    precision: str

    def draw(self, picture: FloatTensor, hints: FloatTensor, line_art: FloatTensor) -> FloatTensor:
        """Draw the lines of pictures.

        Args:
            picture: float32 N,3,H,W in [-1, 1]: red, green, blue; H and W multiples of 32.
            hints: float32 N,4,H/4,W/4: the hint maps that they were painted under; zeros where there were none.
            line_art: float32 N,1,H,W in [-1, 1], paper is 1; the local features are computed from it.

        Returns:
            float32 N,1,H,W in [-1, 1], paper is 1; the caller owns it.

        Raises:
            InputError: Another shape or type.
            BackendError: The runtime failed.
        """
        n, height, width = _check_tensor("picture", picture, 3)
        expected = {"hints": (n, 4, height // HINT_STEP, width // HINT_STEP), "line art": (n, 1, height, width)}
        for (name, shape), tensor in zip(expected.items(), (hints, line_art), strict=True):
            if tensor.dtype != np.float32 or tensor.shape != shape:
                raise InputError(f"{name}: expected float32 {shape}, received {tensor.dtype} {tensor.shape}")
        tensors = (np.require(tensor, requirements=_LAYOUT) for tensor in (picture, hints, line_art))
        return self._draw(dict(zip(("picture", "hints", "line_art"), tensors, strict=True)))

    @abstractmethod
    def _draw(self, inputs: dict[str, FloatTensor]) -> FloatTensor: ...


def _check_tensor(what: str, tensor: FloatTensor, channels: int) -> tuple[int, int, int]:
    """N, H and W of a picture for the network; raises InputError for another array."""
    if tensor.dtype != np.float32 or tensor.ndim != 4 or tensor.shape[1] != channels:
        raise InputError(f"{what}: expected float32 N,{channels},H,W, received {tensor.dtype} {tensor.shape}")
    n, _, height, width = tensor.shape
    if n < 1 or height < MULTIPLE or width < MULTIPLE or height % MULTIPLE or width % MULTIPLE:
        raise InputError(f"{what}: expected sides that are multiples of {MULTIPLE}, received {tensor.shape}")
    return n, height, width


def choose(availability: Availability, device: str | None, precision: Precision) -> tuple[str, str]:
    """Choose the device and precision to run with.

    Raises:
        BackendError: It cannot run as asked: why, and what to do.
    """
    name = availability.backend
    if not availability.devices:
        raise BackendError(f"backend {name} cannot run here: {availability.reason}; {availability.remedy}")
    devices = dict(availability.devices)
    chosen = device or availability.devices[0][0]
    if chosen not in devices:
        hint = f"; {availability.reason}; {availability.remedy}" if availability.reason else ""
        raise BackendError(f"backend {name}: expected a device of {', '.join(devices)}, received {chosen}{hint}")
    if precision == "auto":
        return chosen, devices[chosen][0]
    if precision not in devices[chosen]:
        raise BackendError(
            f"backend {name} on {chosen}: expected a precision of {', '.join(devices[chosen])}, received {precision}, "
            f"which does not run well there; leave it on auto"
        )
    return chosen, precision
