"""Hints on opaque pictures: on white, on a color, on a copy of the line art, as JPEG, of another size."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from paintstorch_sdk.hints.flattened import is_opaque, lift_strokes
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.geometry import Geometry

WIDTH, HEIGHT = 320, 240
STROKES = (
    Stroke([(60, 60), (140, 90)], "#e8c0a0", 20),
    Stroke([(40, 160), (250, 190)], "#2040c0", 9),
    Stroke([(220, 70)], "#30a030", 34),
)
TRUE = Hints(STROKES).draw(WIDTH, HEIGHT)


def line_art():
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 20, 300, 220), outline=0, width=3)
    draw.line((0, 120, 320, 130), fill=90, width=1)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def paint_over(ground):
    picture = ground.convert("RGB")
    picture.paste(Image.fromarray(TRUE[..., :3]), mask=Image.fromarray(TRUE[..., 3]))
    return picture


def as_jpeg(image, quality=90):
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return Image.open(data)


def plain(color):
    return Image.new("RGB", (WIDTH, HEIGHT), color)


PICTURES = {
    "RGB": paint_over(plain("white")),
    "RGBA": paint_over(plain("white")).convert("RGBA"),
    "gray ground": paint_over(plain((180, 180, 180))),
    "black ground": paint_over(plain("black")),
    "pink ground": paint_over(plain((250, 220, 225))),
    "palette": paint_over(plain("white")).quantize(64),
    "JPEG": as_jpeg(paint_over(plain("white"))),
    "copy": paint_over(line_art()),
    "copy as JPEG": as_jpeg(paint_over(line_art())),
    "copy as worse JPEG": as_jpeg(paint_over(line_art()), 75),
    "half copy": paint_over(line_art()).resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.BILINEAR),
    "double copy": paint_over(line_art()).resize((WIDTH * 2, HEIGHT * 2), Image.Resampling.BICUBIC),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_strokes_are_the_hints_and_the_ground_is_none(name):
    seen = Hints.of(PICTURES[name]).on(np.asarray(line_art())).picture()
    true = TRUE if seen.shape == TRUE.shape else cv2.resize(TRUE, seen.shape[1::-1], interpolation=cv2.INTER_AREA)
    found, wanted = seen[..., 3] > 127, true[..., 3] > 127
    assert (found & wanted).sum() > 0.96 * wanted.sum()
    near = cv2.dilate(wanted.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert not (found & ~near).any()
    off = np.abs(seen[..., :3].astype(int) - true[..., :3])[found & wanted].max(1)
    assert np.median(off) <= 8
    assert np.percentile(off, 90) <= 24


def test_a_picture_with_transparency_is_taken_as_it_is():
    """White in it is white."""
    layer = TRUE.copy()
    layer[:20, :20] = 255
    assert np.array_equal(Hints.of(layer).on(np.asarray(line_art())).picture(), layer)
    assert not is_opaque(layer)


@pytest.mark.parametrize("color", ["white", "black", (7, 99, 200)])
def test_a_picture_of_one_color_hints_nothing(color):
    hints = Hints.of(plain(color)).on(np.asarray(line_art()))
    assert not hints.rasterize(Geometry.fit(WIDTH, HEIGHT, 256)).any()


def test_the_line_art_alone_hints_nothing():
    for picture in (line_art(), as_jpeg(line_art()), line_art().resize((WIDTH * 2, HEIGHT * 2))):
        assert not Hints.of(picture).on(np.asarray(line_art())).picture()[..., 3].any()


def test_a_picture_that_is_painted_everywhere_is_a_hint_everywhere(rng):
    blocks = rng.integers(0, 256, (12, 16, 3), np.uint8).repeat(20, 0).repeat(20, 1)
    assert (lift_strokes(blocks)[..., 3] == 255).all()


def test_edges_keep_the_stroke_s_own_color():
    """Where the picture mixes it with the ground, the hint is weaker, not paler."""
    seen = Hints.of(PICTURES["RGB"]).on(np.asarray(line_art())).picture()
    rim = (seen[..., 3] > 40) & (seen[..., 3] < 220)
    colors = {tuple(color) for color in seen[rim][:, :3].tolist()}
    assert rim.sum() > 100
    assert colors <= {stroke.rgb for stroke in STROKES}
