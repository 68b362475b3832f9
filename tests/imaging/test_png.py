import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from paintstorch_sdk.imaging import png
from paintstorch_sdk.imaging.png import encode_png


@pytest.mark.parametrize("shape", [(1, 1), (37, 53), (3, 5, 1), (37, 53, 2), (40, 31, 3), (40, 31, 4)])
def test_a_png_holds_what_was_given(shape, monkeypatch):
    monkeypatch.setattr(png, "BAND", 300)  # a few rows at once
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    decoded = Image.open(io.BytesIO(encode_png(pixels)))
    assert np.array_equal(np.asarray(decoded), pixels.squeeze(2) if shape[2:] == (1,) else pixels)
    again = cv2.imdecode(np.frombuffer(encode_png(pixels), np.uint8), cv2.IMREAD_UNCHANGED)
    assert again.shape[:2] == shape[:2]


def test_what_is_known_of_a_picture_is_kept():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0131] = "paintstorch"
    file = encode_png(np.zeros((4, 4, 3), np.uint8), (300, 150), profile, exif.tobytes())
    with Image.open(io.BytesIO(file)) as image:
        image.load()
        assert image.info["dpi"] == pytest.approx((300, 150), abs=0.02)
        assert image.info["icc_profile"] == profile
        assert image.getexif()[0x0131] == "paintstorch"


def test_lines_over_flats_are_no_larger_than_pillows():
    pixels = np.full((300, 400, 3), (230, 180, 160), np.uint8)
    for radius in range(10, 140, 12):
        cv2.circle(pixels, (200, 150), radius, (40, 30, radius), 3, cv2.LINE_AA)
    theirs = io.BytesIO()
    Image.fromarray(pixels).save(theirs, "PNG", compress_level=1)
    assert len(encode_png(pixels)) < len(theirs.getvalue())
