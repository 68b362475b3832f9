"""Frames of the film industry keep their depth, alpha, windows and metadata; read back with other libraries."""

from fractions import Fraction

import av
import cv2
import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
import tifffile
from PIL import Image

from paintstorch_sdk.errors import ImageError
from paintstorch_sdk.imaging.color_profile import from_srgb
from paintstorch_sdk.shots.files import is_deep, load_lines, name_output
from paintstorch_sdk.shots.plates import read_plate
from paintstorch_sdk.shots.results import ShotResults
from paintstorch_sdk.shots.shot import Shot
from support.moving import COLORS
from support.profiles import rgb_profile

KINDS = {  # ending and depth of a frame -> what another library sees
    "exr-half": (".exr", oiio.HALF, {}),
    "exr-float": (".exr", oiio.FLOAT, {}),
    "dpx": (".dpx", oiio.UINT16, {"oiio:BitsPerSample": 10}),
    "tif-8": (".tif", oiio.UINT8, {}),
    "tif-16": (".tif", oiio.UINT16, {}),
    "tif-float": (".tif", oiio.FLOAT, {}),
    "png-16": (".png", oiio.UINT16, {}),
    "tga": (".tga", oiio.UINT8, {}),
}


def write_frame(path, frame, depth, alpha=False, linear=False, **attributes):
    """A frame's lines at a depth; with alpha, ink on transparent paper."""
    level = frame.lines.astype(np.float32) / 255
    if linear:
        level = level**2.2
    pixels = np.repeat(level[..., None], 3, 2)
    names = ("R", "G", "B")
    if alpha:
        ink = 1 - level
        pixels, names = np.stack([np.zeros_like(ink)] * 3 + [ink], 2), (*names, "A")
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], len(names), depth)
    spec.channelnames = names
    for name, value in {"Software": "studio", "compression": "zip", **attributes}.items():
        spec.attribute(name, value)
    file = oiio.ImageOutput.create(str(path))
    assert file.open(str(path), spec), file.geterror()
    assert file.write_image(pixels)
    file.close()


def color(tmp_path, moving, suffix, depth, **options):
    """Color two frames of a kind; returns the second picture's path."""
    folder = tmp_path / "lines"
    folder.mkdir()
    for number in (0, 1):
        write_frame(folder / f"a.{number:04}{suffix}", moving[number], depth, **options)
    with Shot(folder, {0: moving[0].flats}, cache=tmp_path / "out") as shot:
        assert [step.record.error for step in ShotResults(tmp_path / "out").color(shot)] == ["", ""]
    return tmp_path / "out" / f"a.0001{suffix}"


def read_with_ffmpeg(path):
    """float H,W,3 in 0..1, and the pixel format, as ffmpeg sees them."""
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        return frame.to_ndarray(format="gbrpf32le" if "f" in frame.format.name else "rgb48le"), frame.format.name


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_keeps_its_kind_and_depth(tmp_path, moving, kind):
    suffix, depth, attributes = KINDS[kind]
    path = color(tmp_path, moving, suffix, depth, linear=suffix == ".exr", **attributes)
    after = read_plate(path)
    assert (after.spec.format.basetype, after.spec.nchannels) == (depth, 3)
    coat = (moving[1].parts == [*COLORS].index("coat")) & (moving[1].lines == 255)
    shown = after.pixels ** (1 / 2.2) if after.is_linear else after.pixels
    assert np.abs(np.median(shown[coat], 0) * 255 - COLORS["coat"]).max() < 4
    if suffix not in (".dpx", ".tga"):
        assert after.spec.get_string_attribute("Software").startswith("studio")


def test_16_bits_stay_16_bits_under_the_lines(tmp_path, moving):
    path = color(tmp_path, moving, ".tif", oiio.UINT16)
    with tifffile.TiffFile(path) as file:
        pixels = file.asarray()
        assert file.pages[0].bitspersample == 16
    assert pixels.dtype == np.uint16
    lines = tifffile.imread(tmp_path / "lines" / "a.0001.tif").astype(np.float64) / 65535
    coat = (moving[1].parts == [*COLORS].index("coat")) & (moving[1].lines > 20) & (moving[1].lines < 250)
    expected = lines[coat] * np.array(COLORS["coat"]) / 255
    right = np.abs(pixels[coat] / 65535 - expected).max(1) < 1e-4
    assert right.mean() > 0.7, "the product is of full depth; the rest lies at other regions' borders"
    assert len(np.unique(pixels)) > 300


def test_png_of_16_bits_is_read_back_by_opencv(tmp_path, moving):
    path = color(tmp_path, moving, ".png", oiio.UINT16)
    assert cv2.imread(str(path), cv2.IMREAD_UNCHANGED).dtype == np.uint16
    assert is_deep(path)


@pytest.mark.parametrize("kind", ["exr-half", "dpx"])
def test_exr_and_dpx_are_read_back_by_ffmpeg(tmp_path, moving, kind):
    suffix, depth, attributes = KINDS[kind]
    path = color(tmp_path, moving, suffix, depth, linear=suffix == ".exr", **attributes)
    pixels, name = read_with_ffmpeg(path)
    assert pixels.shape == (128, 128, 3)
    assert name.startswith("gbrp") or "48" in name


def test_alpha_and_data_window_are_kept(tmp_path, moving):
    folder = tmp_path / "lines"
    folder.mkdir()
    path = folder / "a.0001.exr"
    write_frame(path, moving[0], oiio.HALF, alpha=True)
    buffer = oiio.ImageBuf(str(path))
    buffer.read(force=True)
    buffer.specmod().x, buffer.specmod().y = 40, 30
    buffer.specmod().full_width, buffer.specmod().full_height = 400, 300
    buffer.specmod().attribute("framesPerSecond", "rational", (24000, 1001))
    buffer.write(str(path))
    with Shot(folder, {1: moving[0].flats}, cache=tmp_path / "out") as shot:
        [*ShotResults(tmp_path / "out").color(shot)]
    plate = read_plate(tmp_path / "out" / "a.0001.exr")
    spec = plate.spec
    assert (spec.x, spec.y, spec.full_width, spec.full_height) == (40, 30, 400, 300)
    assert (spec.channelnames, spec.format.basetype) == (("R", "G", "B", "A"), oiio.HALF)
    assert Fraction(*spec.getattribute("framesPerSecond")) == Fraction(24000, 1001)
    assert plate.alpha[2, 2] == 0
    coat = (moving[0].parts == [*COLORS].index("coat")) & (moving[0].lines == 255)
    assert np.median(plate.alpha[coat]) == 1


def test_gray_line_art_becomes_color_of_its_depth(tmp_path, moving):
    path = tmp_path / "g.0001.tif"
    tifffile.imwrite(path, moving[0].lines.astype(np.uint16) * 257)
    assert load_lines(path).shape == (128, 128)
    assert name_output(path) == "g.0001.tif"


def test_a_damaged_plate_is_an_error_of_its_frame(tmp_path):
    path = tmp_path / "a.0001.exr"
    path.write_bytes(b"no picture at all")
    with pytest.raises(ImageError, match=r"a\.0001\.exr"):
        load_lines(path)
    with pytest.raises(ImageError, match="no such file"):
        load_lines(tmp_path / "none.exr")


def test_the_profile_of_a_16_bit_tiff_is_kept_and_its_colors_are_of_it(tmp_path, moving):
    folder, wide_gamut = tmp_path / "lines", rgb_profile()
    folder.mkdir()
    pixels = np.repeat(moving[0].lines.astype(np.uint16)[..., None] * 257, 3, 2)
    tifffile.imwrite(folder / "a.0001.tif", pixels, photometric="rgb", iccprofile=wide_gamut)
    with Shot(folder, {1: moving[0].flats}, cache=tmp_path / "out") as shot:
        assert [step.record.error for step in ShotResults(tmp_path / "out").color(shot)] == [""]
    with tifffile.TiffFile(tmp_path / "out" / "a.0001.tif") as file:
        assert file.pages[0].tags["InterColorProfile"].value == wide_gamut
        found = file.asarray()
    coat = (moving[0].parts == [*COLORS].index("coat")) & (moving[0].lines == 255)
    expected = np.asarray(from_srgb(Image.new("RGB", (1, 1), COLORS["coat"]), wide_gamut))[0, 0]
    assert np.abs(np.median(found[coat], 0) / 257 - expected).max() < 1
    assert tuple(expected.tolist()) != COLORS["coat"]
