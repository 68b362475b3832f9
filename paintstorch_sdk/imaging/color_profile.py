"""Color profiles (ICC): what a file's numbers mean. Everything here computes in sRGB."""

import functools
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

MAX_BYTES = 16 * 2**20  # of a profile; larger ones are no profiles
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}  # mode -> the profile's color space
_GRID = 17  # samples a channel, to see whether a profile is sRGB by another name


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert a tagged picture to sRGB.

    Args:
        image: L, LA, RGB, RGBA or CMYK; alpha stays as it is.
        profile: ICC.

    Returns:
        L, LA, RGB or RGBA: the same picture where the profile is of another kind of picture.

    Raises:
        ImageCms.PyCMSError: The profile is damaged.
    """
    bands, alpha = image.split(), None
    mode = image.mode
    if mode in ("LA", "RGBA"):
        bands, alpha, mode = bands[:-1], bands[-1], mode[:-1]
    if _color_space(profile) != _SPACES.get(mode):
        return image.convert("RGB") if mode == "CMYK" else image
    plain = Image.merge(mode, bands)
    if mode == "L":
        converted = plain.point(_gray_curve(profile))
    elif mode == "RGB" and _is_srgb(profile):
        return image
    else:
        changed = ImageCms.applyTransform(plain, _transform(profile, mode, False))
        assert changed is not None
        converted = changed
    return converted if alpha is None else Image.merge(converted.mode + "A", (*converted.split(), alpha))


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Convert an sRGB picture to the space of a profile, to be saved with it; None where it is no RGB profile.

    Args:
        image: RGB.
        profile: ICC.
    """
    try:
        if image.mode != "RGB" or _color_space(profile) != "RGB":
            return None
        if _is_srgb(profile):
            return image
        return ImageCms.applyTransform(image, _transform(profile, "RGB", True))
    except ImageCms.PyCMSError:  # such as one that can only be read from
        return None


def from_lab(image: Image.Image) -> Image.Image:
    """A picture in CIELAB as RGB."""
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert converted is not None
    return converted


def _opened(profile: bytes) -> ImageCms.ImageCmsProfile:
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except OSError as error:
        raise ImageCms.PyCMSError(str(error)) from error


@functools.lru_cache(maxsize=8)
def _color_space(profile: bytes) -> str:
    return str(_opened(profile).profile.xcolor_space).strip()


@functools.lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str, back: bool) -> ImageCms.ImageCmsTransform:
    ends: tuple[Any, Any] = _opened(profile), ImageCms.createProfile("sRGB")
    modes = mode, "RGB"
    if back:
        ends, modes = ends[::-1], modes[::-1]
    return ImageCms.buildTransform(
        *ends, *modes, ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    )


@functools.lru_cache(maxsize=8)
def _gray_curve(profile: bytes) -> list[int]:
    """sRGB of each gray value."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    changed = ImageCms.applyTransform(ramp, _transform(profile, "L", False))
    assert changed is not None
    return [int(value) for value in np.asarray(changed)[0, :, 1]]


@functools.lru_cache(maxsize=8)
def _is_srgb(profile: bytes) -> bool:
    axis = np.linspace(0, 255, _GRID).round().astype(np.uint8)
    cube: NDArray[np.uint8] = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(1, -1, 3)
    changed = ImageCms.applyTransform(Image.fromarray(cube), _transform(profile, "RGB", False))
    return int(np.abs(np.asarray(changed).astype(int) - cube).max()) <= 1
