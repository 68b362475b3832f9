"""Line art of colored pictures, drawn by a model's G2."""

from pathlib import Path

import numpy as np
from PIL import Image

from .backend import LineDrawer, Precision
from .backends.registry import open_drawer
from .bundle import DEFAULT, Bundle
from .imaging.geometry import Geometry, check_long_side
from .imaging.images import ImageSource, load_line_art
from .imaging.postprocess import color_image
from .imaging.preprocess import line_art_tensor
from .imaging.scaling import scaled
from .imaging.xdog import XDoG, xdog


class Tracer:
    """A loaded G2. Safe to use from several threads.

    G2 was trained on pictures that G1 had painted, beside the hints and the local features of the line art that
    they were painted from. Here there is only the picture: the features are those of its xDoG line art at the
    working size, and the hint map is empty, as many were in training.

    Args:
        model: Name of a bundled model, a bundle's folder, or an open bundle; exported with G2.
        backend: "auto" (the fastest that works here), "openvino" or "onnxruntime".
        precision: The precision, as in `Colorizer`.
        device: The device, as in `Colorizer`.
        size: The most pixels that the long side has in the network; larger pictures are scaled down for it, and
            the line art up again. None takes the model's own.
        threads: CPU threads of the network; None leaves it to the backend.
        parameters: Parameters of xDoG; None takes the paper's.

    Raises:
        BundleError: The model cannot be used, or has no G2.
        BackendError: The backend cannot run here as asked.
        InputError: An argument has a value that it cannot have.
    """

    def __init__(
        self,
        model: str | Path | Bundle = DEFAULT,
        *,
        backend: str = "auto",
        precision: Precision = "auto",
        device: str | None = None,
        size: int | None = None,
        threads: int | None = None,
        parameters: XDoG | None = None,
    ) -> None:
        check_long_side(size)
        self.bundle = Bundle.open(model)
        self.size = size or self.bundle.working_size
        self.parameters = parameters
        self._drawer = open_drawer(self.bundle, backend, precision, device, threads)

    @property
    def backend(self) -> LineDrawer:
        """The backend that runs the network: its name, device and precision."""
        return self._drawer

    def trace(self, source: ImageSource) -> Image.Image:
        """Draw the lines of a picture.

        Args:
            source: Path, bytes, file, PIL image or array; transparent parts are white.

        Returns:
            Gray image of the picture's size, paper is white.

        Raises:
            InputError: A picture that cannot be read.
        """
        picture = load_line_art(source)
        geometry = Geometry.fit(picture.shape[1], picture.shape[0], self.size)
        image = Image.fromarray(picture).convert("RGB")
        if image.size != geometry.working:
            image = scaled(image, geometry.working)
        pixels = np.asarray(image)
        channels = [line_art_tensor(np.ascontiguousarray(pixels[..., i]), geometry) for i in range(3)]
        line_art = line_art_tensor(xdog(pixels, self.parameters), geometry)
        width, height = geometry.hint_map
        hints = np.zeros((1, 4, height, width), np.float32)
        drawn = self._drawer.draw(np.concatenate(channels, axis=1), hints, line_art)
        gray = np.repeat(drawn[0], 3, axis=0)
        return color_image(gray, geometry).getchannel(0)
