import gc
import io
import os
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, TiffImagePlugin

from paintstorch_sdk.errors import ImageError, OutputError, PaintsTorchWarning
from paintstorch_sdk.imaging import formats, images
from paintstorch_sdk.imaging.images import Page, load, load_layer, load_line_art, save

GRAY = np.array([[0, 85, 170, 255], [255, 10, 20, 30], [1, 2, 3, 4]], np.uint8)  # H 3, W 4
COLORED = np.stack([GRAY, GRAY[::-1], GRAY[:, ::-1]], axis=-1)
ALPHA = np.array([[255, 255, 0, 0], [255, 128, 0, 0], [255, 255, 255, 0]], np.uint8)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def on_white(gray, alpha):
    """Gray with alpha over white paper."""
    a = alpha.astype(np.float64) / 255
    return np.rint(gray * a + 255 * (1 - a)).astype(np.uint8)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_header(width, height):
    """A PNG that claims a size and ends there."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"")


class TestSources:
    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "line.png"
        path.write_bytes(encoded(Image.fromarray(GRAY)))
        return path

    def test_path_and_text(self, path):
        assert np.array_equal(load_line_art(path), GRAY)
        assert np.array_equal(load_line_art(str(path)), GRAY)

    def test_bytes_and_files(self, path):
        assert np.array_equal(load_line_art(path.read_bytes()), GRAY)
        assert np.array_equal(load_line_art(io.BytesIO(path.read_bytes())), GRAY)
        with path.open("rb") as file:
            assert np.array_equal(load_line_art(file), GRAY)
            assert not file.closed  # the caller's file is the caller's to close

    def test_a_pipe(self, path):
        read, write = os.pipe()
        os.write(write, path.read_bytes())
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            assert np.array_equal(load_line_art(pipe), GRAY)

    def test_pil(self):
        image = Image.fromarray(GRAY)
        assert np.array_equal(load_line_art(image), GRAY)
        assert np.array_equal(np.asarray(image), GRAY)

    @pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "TGA"])
    def test_lossless_formats(self, kind):
        options = {"lossless": True} if kind == "WEBP" else {}
        assert np.array_equal(load_line_art(encoded(Image.fromarray(GRAY), kind, **options)), GRAY)

    def test_no_file_is_left_open(self, tmp_path):
        """Pillow keeps the file open for formats with several pictures."""
        frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
        for kind in ("gif", "tiff", "png", "webp"):
            path = tmp_path / f"frames.{kind}"
            frames[0].save(path, save_all=True, append_images=frames[1:])
            with pytest.warns(PaintsTorchWarning, match="holds several pages or frames, the first was read"):
                load_line_art(path)
        (tmp_path / "cut.gif").write_bytes((tmp_path / "frames.gif").read_bytes()[:40])
        with pytest.raises(ImageError):
            load_line_art(tmp_path / "cut.gif")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            gc.collect()
        assert [w for w in caught if issubclass(w.category, ResourceWarning)] == []

    def test_the_first_picture_of_several(self):
        frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
        gif = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
        with pytest.warns(PaintsTorchWarning, match="choose one with --page"):
            assert np.array_equal(load_line_art(gif), GRAY)

    @pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG", "WEBP"])
    def test_a_page_of_several(self, kind):
        frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY), Image.fromarray(GRAY[::-1].copy())]
        options = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        for number, frame in enumerate(frames, 1):
            assert np.array_equal(load_line_art(Page(data, number)), np.asarray(frame))
        for number in (0, 4):
            with pytest.raises(ImageError, match=f"page {number}: expected a page from 1 to"):
                load(Page(data, number))

    @pytest.mark.parametrize("source", [None, 3, ["line.png"], object()])
    def test_what_is_no_source(self, source):
        with pytest.raises(ImageError, match=r"expected a path, bytes, .* received"):
            load(source)

    def test_a_file_in_text_mode(self, path):
        with path.open(encoding="latin-1") as file, pytest.raises(ImageError, match="binary mode"):
            load(file)


class TestArrays:
    @pytest.mark.parametrize(
        ("dtype", "scale"),
        [(np.uint8, 1), (np.uint16, 257), (">u2", 257), (np.float16, 1 / 255), (np.float32, 1 / 255), (float, 1 / 255)],
    )
    @pytest.mark.parametrize("shape", ["HW", "HW1", "HW3"])
    def test_every_value_of_every_type_is_exact(self, dtype, scale, shape):
        gray = np.arange(256).reshape(16, 16)
        array = (gray * scale).astype(dtype)
        if shape != "HW":
            array = np.repeat(array[..., None], int(shape[-1]), axis=2)
        assert np.array_equal(load_line_art(array), gray)

    def test_bool(self):
        assert np.array_equal(load_line_art(GRAY > 99), np.where(GRAY > 99, 255, 0))

    def test_uint16_is_rounded(self):
        assert load_line_art(np.array([[65535, 65534, 65407, 65406, 128, 129]], np.uint16)).tolist() == [
            [255, 255, 255, 254, 0, 1]
        ]

    def test_colors(self):
        assert np.array_equal(load_line_art(COLORED), COLORED)
        assert np.array_equal(load_line_art(np.float32(COLORED) / 255), COLORED)

    def test_transparent_paper(self):
        expected = on_white(GRAY, ALPHA)
        assert np.array_equal(load_line_art(np.stack([GRAY, ALPHA], -1)), expected)
        assert np.array_equal(load_line_art(np.stack([GRAY, GRAY, GRAY, ALPHA], -1)), expected)

    def test_arrays_that_are_not_contiguous(self):
        for view in (GRAY.T, GRAY[::-1], GRAY[:, ::2], np.asfortranarray(GRAY)):
            assert np.array_equal(load_line_art(view), view)
        planar = np.ascontiguousarray(COLORED.transpose(2, 0, 1)).transpose(1, 2, 0)
        assert np.array_equal(load_line_art(planar), COLORED)

    def test_the_result_is_apart_from_the_source(self):
        source = GRAY.copy()
        line_art = load_line_art(source)
        layer_source = np.dstack([COLORED, ALPHA])
        layer = load_layer(layer_source)
        source[:] = 7
        layer_source[:] = 7
        assert np.array_equal(line_art, GRAY)
        assert np.array_equal(layer[..., 3], ALPHA)

    def test_a_read_only_source(self):
        source = GRAY.copy()
        source.flags.writeable = False
        assert np.array_equal(load_line_art(source), GRAY)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.01, 1.01, 255.0])
    def test_floats_out_of_range(self, dtype, value):
        array = np.ones((4, 4), dtype)
        array[2, 2] = value
        with pytest.raises(ImageError, match=r"expected floats in \[0, 1\], received"):
            load(array)

    @pytest.mark.parametrize(
        "array",
        [
            np.zeros(4, np.uint8),
            np.zeros((4, 4, 5), np.uint8),
            np.zeros((1, 4, 4, 3), np.uint8),
            np.zeros((0, 4), np.uint8),
            np.zeros((4, 4, 0), np.uint8),
            np.zeros((), np.uint8),
        ],
        ids=lambda array: str(array.shape),
    )
    def test_shapes_that_are_no_picture(self, array):
        with pytest.raises(ImageError, match="height,width,channels") as caught:
            load(array)
        assert str(array.shape) in str(caught.value)

    @pytest.mark.parametrize("dtype", [np.int8, np.int32, np.uint32, np.int64, complex, object, "U1"])
    def test_types_that_are_no_picture(self, dtype):
        with pytest.raises(ImageError, match="expected dtype uint8, uint16, bool or float"):
            load(np.zeros((4, 4), dtype))


def lab():
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.applyTransform(
        Image.fromarray(COLORED), ImageCms.buildTransform(srgb, lab, "RGB", "LAB"), inPlace=False
    )


class TestModes:
    """Every mode of Pillow, as an image of the caller's."""

    @pytest.mark.parametrize(
        ("image", "expected", "tolerance"),
        [
            (Image.fromarray(GRAY).point(lambda v: 255 * (v > 99), "1"), np.where(GRAY > 99, 255, 0), 0),
            (Image.fromarray(GRAY), GRAY, 0),
            (Image.fromarray(np.dstack([GRAY, ALPHA])), on_white(GRAY, ALPHA), 0),
            (Image.fromarray(np.dstack([GRAY, ALPHA])).convert("La"), on_white(GRAY, ALPHA), 1),
            (Image.fromarray(GRAY).convert("P"), GRAY, 0),
            (Image.fromarray(COLORED).quantize(16), COLORED, 0),
            (Image.fromarray(np.dstack([GRAY] * 3 + [ALPHA])).quantize(16).convert("PA"), on_white(GRAY, ALPHA), 3),
            (Image.fromarray(COLORED), COLORED, 0),
            (Image.fromarray(COLORED).convert("RGBX"), COLORED, 0),
            (Image.fromarray(np.dstack([GRAY] * 3 + [ALPHA])), on_white(GRAY, ALPHA), 0),
            (Image.fromarray(np.dstack([GRAY] * 3 + [ALPHA])).convert("RGBa"), on_white(GRAY, ALPHA), 1),
            (Image.fromarray(COLORED).convert("CMYK"), COLORED, 0),
            (Image.fromarray(COLORED).convert("YCbCr"), COLORED, 4),
            (Image.fromarray(COLORED).convert("HSV"), COLORED, 5),
            (lab(), COLORED, 30),
            (Image.fromarray(GRAY.astype(np.uint16) * 257), GRAY, 0),
            (Image.fromarray(GRAY.astype(np.int32) * 257), GRAY, 0),
            (Image.fromarray(GRAY.astype(np.float32) / 255), GRAY, 0),
        ],
        ids=lambda value: value.mode if isinstance(value, Image.Image) else "",
    )
    def test_line_art(self, image, expected, tolerance):
        before = image.tobytes()
        line_art = load_line_art(image)
        assert line_art.dtype == np.uint8
        assert line_art.shape == expected.shape
        assert np.abs(line_art.astype(int) - expected).max() <= tolerance
        assert image.tobytes() == before

    def test_colors_that_are_gray_become_one_channel(self):
        assert load_line_art(np.dstack([GRAY] * 3)).shape == GRAY.shape

    @pytest.mark.parametrize("channel", [1, 2])
    def test_one_colored_pixel_keeps_the_colors(self, channel):
        array = np.dstack([GRAY] * 3)
        array[1, 1, channel] += 1
        assert np.array_equal(load_line_art(array), array)

    def test_transparent_colors_become_white_paper(self):
        alpha = np.zeros_like(GRAY)
        alpha[0, 0] = 255
        expected = np.full((*GRAY.shape, 3), 255)
        expected[0, 0] = (9, 8, 7)
        colored = np.full((*GRAY.shape, 3), (9, 8, 7), np.uint8)
        assert load_line_art(np.dstack([colored, alpha])).tolist() == expected.tolist()

    def test_big_endian_16_bit(self):
        tiff = encoded(Image.frombytes("I;16B", (2, 1), b"\xff\xff\x00\x80"), "TIFF")
        assert load_line_art(tiff).tolist() == [[255, 0]]

    def test_16_bit_png(self):
        gray = np.arange(0, 65536, 257, np.uint16).reshape(16, 16)
        assert np.array_equal(load_line_art(encoded(Image.fromarray(gray))), np.arange(256).reshape(16, 16))

    def test_float_tiff(self):
        tiff = encoded(Image.fromarray(GRAY.astype(np.float32) / 255), "TIFF")
        assert np.array_equal(load_line_art(tiff), GRAY)
        with pytest.raises(ImageError, match=r"floats in \[0, 1\]"):
            load_line_art(encoded(Image.fromarray(GRAY.astype(np.float32)), "TIFF"))

    def test_cmyk_jpeg(self):
        white = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
        red = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
        assert load_line_art(encoded(white, "JPEG", quality=100)).tolist() == [[255] * 8] * 8
        assert np.abs(load_line_art(encoded(red, "JPEG", quality=100)).astype(int) - [255, 0, 0]).max() <= 3


class TestTransparencyInPng:
    """The tRNS chunk: one transparent color, or an alpha for each color of the palette."""

    @pytest.mark.parametrize(
        ("image", "clear"),
        [
            (Image.new("1", (4, 4), 0), 0),
            (Image.new("L", (4, 4), 7), 7),
            (Image.new("RGB", (4, 4), (1, 2, 3)), (1, 2, 3)),
            (Image.new("P", (4, 4), 0), 0),
            (Image.new("P", (4, 4), 0), bytes(1)),
            (Image.fromarray(np.full((4, 4), 777, np.uint16)), 777),
        ],
        ids=["1", "L", "RGB", "P", "P, bytes", "I;16"],
    )
    def test_the_transparent_color_is_paper_and_no_hint(self, image, clear):
        png = encoded(image, transparency=clear)
        with pytest.warns(PaintsTorchWarning, match="every pixel is transparent: a blank sheet"):
            assert np.array_equal(load_line_art(png), np.full((4, 4), 255))
        assert not load_layer(png)[..., 3].any()

    def test_alpha_of_a_palette(self):
        image = Image.new("P", (3, 1))
        image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
        image.putdata([0, 1, 2])
        png = encoded(image, transparency=bytes([255, 128, 0]))
        assert load_line_art(png).tolist() == [[[200, 0, 0], [127, 227, 127], [255, 255, 255]]]
        assert load_layer(png).tolist() == [[[200, 0, 0, 255], [0, 200, 0, 128], [0, 0, 200, 0]]]

    def test_the_other_values_of_16_bits_stay(self):
        png = encoded(Image.fromarray(np.array([[777, 257, 65535]], np.uint16)), transparency=777)
        assert load_line_art(png).tolist() == [[255, 1, 255]]


class TestLayers:
    def test_hints_keep_their_alpha(self):
        rgba = np.dstack([COLORED, ALPHA])
        for source in (rgba, Image.fromarray(rgba), encoded(Image.fromarray(rgba))):
            assert np.array_equal(load_layer(source), rgba)

    def test_gray_and_palette_layers(self):
        gray = load_layer(np.dstack([GRAY, ALPHA]))
        assert np.array_equal(gray, np.dstack([GRAY] * 3 + [ALPHA]))
        palette = Image.fromarray(np.dstack([COLORED, ALPHA])).quantize(16)
        assert palette.mode == "P"
        assert np.array_equal(load_layer(encoded(palette))[..., 3], ALPHA)
        assert load_layer(palette.convert("PA")).shape == (*GRAY.shape, 4)

    def test_premultiplied_layers(self):
        layer = load_layer(Image.fromarray(np.dstack([GRAY] * 3 + [ALPHA])).convert("RGBa"))
        assert np.array_equal(layer[..., 3], ALPHA)
        assert np.array_equal(layer[ALPHA == 255][:, 0], GRAY[ALPHA == 255])

    def test_16_bit_layers(self):
        layer = load_layer(np.dstack([COLORED, ALPHA]).astype(np.uint16) * 257)
        assert np.array_equal(layer, np.dstack([COLORED, ALPHA]))

    @pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "I;16", "F"])
    def test_a_picture_without_transparency_is_opaque(self, mode):
        assert (load_layer(Image.new(mode, (4, 4)))[..., 3] == 255).all()


class TestOrientation:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_exif(self, kind, orientation):
        upright = np.zeros((8, 24), np.uint8)
        upright[:, 12:] = 255
        upright[4:] //= 2
        stored = {
            1: upright,
            2: upright[:, ::-1],
            3: upright[::-1, ::-1],
            4: upright[::-1],
            5: upright.T,
            6: upright.T[::-1],
            7: upright.T[::-1, ::-1],
            8: upright.T[:, ::-1],
        }[orientation]
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        options = {"quality": 100} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
        line_art = load_line_art(encoded(Image.fromarray(stored), kind, exif=exif, **options))
        assert np.abs(line_art.astype(int) - upright).max() <= 4

    def test_the_caller_s_picture_stays_as_it_was(self):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 6
        with Image.open(io.BytesIO(encoded(Image.fromarray(GRAY), exif=exif))) as image:
            assert load_line_art(image).shape == GRAY.T.shape
            assert image.size == GRAY.shape[::-1]
            assert image.getexif()[ExifTags.Base.Orientation] == 6


class TestBadFiles:
    def test_a_missing_file(self, tmp_path):
        with pytest.raises(ImageError, match=r"none\.png: no such file"):
            load(tmp_path / "none.png")

    def test_a_folder(self, tmp_path):
        with pytest.raises(ImageError, match="unreadable"):
            load(tmp_path)

    def test_an_impossible_path(self):
        with pytest.raises(ImageError):
            load("line\0.png")

    def test_an_empty_file(self, tmp_path):
        (tmp_path / "empty.png").touch()
        for source in (tmp_path / "empty.png", b"", io.BytesIO()):
            with pytest.raises(ImageError, match="the file is empty"):
                load(source)

    @pytest.mark.parametrize(
        "content",
        [
            b"just text, renamed to .png\n",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            b"%PDF-1.7\n",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
            b"\xd7\xcd\xc6\x9a" + bytes(40),  # WMF
            bytes(range(256)),
        ],
        ids=["text", "EPS", "PDF", "SVG", "WMF", "bytes"],
    )
    def test_what_is_no_picture_by_its_content(self, tmp_path, content, monkeypatch):
        """Vector formats are not even tried: Pillow would start Ghostscript for one of them."""
        path = tmp_path / "drawing.png"
        path.write_bytes(content)
        monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a program was started"))
        for source in (path, content, io.BytesIO(content)):
            with pytest.raises(ImageError, match=r"not a picture; expected one of PNG, JPEG"):
                load(source)

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "TGA"])
    def test_truncated_anywhere(self, kind, rng):
        whole = encoded(Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)), kind)
        for share in (0.02, 0.1, 0.5, 0.9):
            with pytest.raises(ImageError) as caught:
                load(whole[: int(len(whole) * share)])
            assert "\n" not in str(caught.value)

    def test_damage_is_always_an_image_error(self, rng):
        """Whatever Pillow raises or warns of; warnings are errors here."""
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 6
        picture = Image.fromarray(rng.integers(0, 256, (12, 10, 4), np.uint8))
        seeds = [encoded(picture, kind, exif=exif) for kind in ("PNG", "WEBP", "TIFF")]
        seeds += [encoded(picture.convert("RGB"), "JPEG", exif=exif), encoded(picture.quantize(8), "GIF")]
        messages = []
        for _ in range(400):
            data = bytearray(seeds[rng.integers(len(seeds))])
            for _ in range(rng.integers(1, 6)):
                data[rng.integers(len(data))] = rng.integers(256)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", PaintsTorchWarning)
                    load_line_art(bytes(data))
            except ImageError as error:
                messages.append(str(error))
        assert len(messages) > 50
        assert not any("\n" in message for message in messages)

    def test_broken_exif(self):
        jpeg = encoded(Image.fromarray(GRAY), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert load_line_art(jpeg).shape == GRAY.shape


class TestSizeLimit:
    @pytest.mark.parametrize(
        ("width", "height"),
        [(50_000, 50_000), (10_000, 10_000), (8486, 8485), (72_000_001, 1)],
        ids=["beyond Pillow's limit", "Pillow warns", "beyond ours", "a long line"],
    )
    @pytest.mark.parametrize("action", ["error", "ignore"])
    def test_headers_that_claim_too_much(self, width, height, action):
        with warnings.catch_warnings():
            warnings.simplefilter(action)
            with pytest.raises(ImageError, match="expected at most 72 megapixels"):
                load(png_header(width, height))

    def test_pil_images_and_arrays(self, monkeypatch):
        monkeypatch.setattr(formats, "MAX_PIXELS", 12)
        assert load(GRAY).size == (4, 3)
        for source in (Image.new("L", (13, 1)), np.zeros((1, 13), np.uint8)):
            with pytest.raises(ImageError, match="expected at most 0 megapixels"):
                load(source)

    def test_a_tiff_that_lies(self):
        """Its strips hold less than its size."""
        ifd = TiffImagePlugin.ImageFileDirectory_v2()
        ifd[256] = 8000
        tiff = bytearray(encoded(Image.new("L", (4, 4)), "TIFF"))
        at = tiff.index(struct.pack("<HHI", 256, 4, 1)) if struct.pack("<HHI", 256, 4, 1) in tiff else None
        at = tiff.index(struct.pack("<HHI", 256, 3, 1)) if at is None else at
        tiff[at + 8 : at + 12] = struct.pack("<I", 8000)
        with pytest.raises(ImageError):
            load(bytes(tiff))


class TestSave:
    PICTURE = Image.fromarray(COLORED)

    @pytest.mark.parametrize(
        ("suffix", "kind"), [(".png", "PNG"), (".PNG", "PNG"), (".tif", "TIFF"), (".webp", "WEBP")]
    )
    def test_a_path(self, tmp_path, suffix, kind):
        path = tmp_path / "new" / f"out{suffix}"
        save(self.PICTURE, path)
        with Image.open(path) as image:
            assert image.format == kind
            assert image.size == self.PICTURE.size
        assert [p.name for p in path.parent.iterdir()] == [path.name]

    def test_a_stream(self):
        stream = io.BytesIO()
        save(self.PICTURE, stream)
        assert np.array_equal(load_line_art(stream), COLORED)
        stream = io.BytesIO()
        save(self.PICTURE, stream, "JPEG")
        assert Image.open(stream).format == "JPEG"

    @pytest.mark.parametrize("name", ["out", "out.xyz", "out.svg", ".png"])
    def test_unknown_endings(self, tmp_path, name):
        with pytest.raises(OutputError, match=r"expected a name that ends in \.png"):
            save(self.PICTURE, tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    def test_an_unknown_format(self, tmp_path):
        with pytest.raises(OutputError, match="expected one of JPEG, PNG, TIFF, WEBP, received 'XYZ'"):
            save(self.PICTURE, tmp_path / "out.png", "XYZ")
        with pytest.raises(OutputError, match="expected one of"):
            save(self.PICTURE, io.BytesIO(), "XYZ")

    def test_a_picture_that_the_format_cannot_hold(self, tmp_path):
        wide = Image.new("RGB", (16_384, 1))
        with pytest.raises(OutputError, match=r"out\.webp: WEBP cannot hold this picture .* choose another format"):
            save(wide, tmp_path / "out.webp")
        assert list(tmp_path.iterdir()) == []

    def test_a_place_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match="cannot be written"):
            save(self.PICTURE, tmp_path / "file" / "out.png")


def test_names_for_messages(tmp_path):
    path = tmp_path / "a.png"
    save(Image.fromarray(GRAY), path)
    with Image.open(path) as image, path.open("rb") as file:
        assert images.name_of(image) == str(path)
        assert images.name_of(file) == str(path)
    assert images.name_of(path) == str(path)
    assert images.name_of(GRAY) == "array (3, 4) uint8"
    assert images.name_of(Image.new("CMYK", (1, 1))) == "CMYK image"
    assert images.name_of(b"") == "bytes"
    assert images.name_of(io.BytesIO()) == "BytesIO"


def test_suffixes_are_those_of_the_formats():
    """What a folder is searched for is what can be read."""
    Image.init()
    known = {suffix for suffix, kind in Image.registered_extensions().items() if kind in images.FORMATS}
    assert known >= images.SUFFIXES
    assert set(images.WRITABLE) <= images.SUFFIXES
    assert all(Path(f"a{suffix}").suffix == suffix for suffix in images.SUFFIXES)
