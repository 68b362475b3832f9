"""Scaling pictures to the working size, alike on the CPU and, in `kernels`, on a GPU."""

from PIL import Image


def scaled(image: Image.Image, size: tuple[int, int], reducing_gap: float | None = None) -> Image.Image:
    """Resize with a triangle filter: along the rows, rounded to 8 bits, then along the columns.

    In one call, Pillow would choose which way comes first (since version 13: along the columns, where the height
    shrinks by more than twice as many pixels as the width), and that decides how values are rounded.

    Args:
        image: An image of mode L, RGB or RGBa.
        size: (width, height) after.
        reducing_gap: Average blocks of whole pixels first, as long as the rest is still a reduction by as much;
            None resizes in one go.
    """
    width, height = size
    right, bottom = float(image.width), float(image.height)
    if reducing_gap is not None:
        factor_x = int(right / width / reducing_gap) or 1
        factor_y = int(bottom / height / reducing_gap) or 1
        image = image.reduce((factor_x, factor_y))
        right, bottom = right / factor_x, bottom / factor_y
    image = image.resize((width, image.height), Image.Resampling.BILINEAR, (0, 0, right, image.height))
    return image.resize(size, Image.Resampling.BILINEAR, (0, 0, width, bottom))
