"""The demo's picture: line art, hints and result side by side, or one below the other if they are wide."""

from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from ...hints.model import Hints
from ...imaging.images import load_line_art

HEIGHT = 640  # maximum of a panel, pixels
WIDTH = 720
GAP = 24
CAPTION = 40
TEXT = 20
PAGE = (246, 245, 242)
INK = (60, 58, 54)
FRAME = (214, 211, 204)
FADED = 0.3  # how dark the lines are below the hints


def draw_triptych(line_art: Path, hints: Hints, picture: Image.Image) -> Image.Image:
    """Line art, its hints over faded lines, and the colored picture, each with a caption.

    Returns:
        RGB.
    """
    lines = Image.fromarray(load_line_art(line_art)).convert("RGB")
    scale = min(1.0, HEIGHT / lines.height, WIDTH / lines.width)
    size = (max(1, round(lines.width * scale)), max(1, round(lines.height * scale)))
    faded = Image.blend(Image.new("RGB", lines.size, "white"), lines, FADED)
    drawn = Image.fromarray(hints.draw(*lines.size))
    strokes = drawn.getchannel("A")
    faded.paste(drawn.convert("RGB"), mask=strokes)
    reach = 2 * max(1, round(1 / scale)) + 1  # so that strokes as white as the paper are seen
    faded.paste(INK, mask=ImageChops.subtract(strokes.filter(ImageFilter.MaxFilter(reach)), strokes))
    panels = {"line art": lines, "hints": faded, "colored": picture}

    width, height = size
    wide = width > 2 * height
    columns, rows = (1, 3) if wide else (3, 1)
    step_x, step_y = width + GAP, height + CAPTION + GAP
    page = Image.new("RGB", (columns * step_x + GAP, rows * step_y + GAP), PAGE)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(TEXT)
    for index, (caption, panel) in enumerate(panels.items()):
        left, top = GAP + (index % columns) * step_x, GAP + (index // columns) * step_y
        page.paste(panel.resize(size, Image.Resampling.LANCZOS), (left, top))
        draw.rectangle((left - 1, top - 1, left + width, top + height), outline=FRAME)
        draw.text((left + width / 2, top + height + CAPTION / 2 + 4), caption, INK, font, anchor="mm")
    return page
