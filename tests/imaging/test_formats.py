"""Each file format's peculiarities: depths, alpha that means nothing, profiles, and work that is bounded."""

import io
import struct
import sys
import time
import tracemalloc
import zlib
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageCms

from paintstorch_sdk.errors import ImageError, PaintsTorchWarning
from paintstorch_sdk.imaging import formats
from paintstorch_sdk.imaging.images import Metadata, load_layer, load_line_art, metadata, save
from support.profiles import rgb_profile

GRAY = np.array([[0, 85, 170, 255], [255, 10, 20, 30], [1, 2, 3, 4]], np.uint8)  # H 3, W 4


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(values, bits, *, sample=1, white_is_zero=False, order="<"):
    """A TIFF of one strip of gray numbers."""
    height, width = values.shape
    pixels = values.tobytes()
    tags = [(256, width), (257, height), (258, bits), (259, 1), (262, 0 if white_is_zero else 1)]
    tags += [(273, 8 + 2 + 12 * 10 + 4), (277, 1), (278, height), (279, len(pixels)), (339, sample)]
    ifd = struct.pack(order + "H", len(tags))
    ifd += b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in tags)
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8) + ifd + bytes(4) + pixels


def psd(channels, depth, mode, *, layers=None, merged=True):
    """A PSD of its merged picture alone, unpacked; `layers` is the number that tells what a fourth channel is."""
    height, width = channels[0].shape
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, len(channels), height, width, depth, mode)
    resource = b"8BIM" + struct.pack(">HHI", 1057, 0, 17) + struct.pack(">IBIIIx", 1, merged, 0, 0, 1)
    resources = struct.pack(">I", len(resource)) + resource
    info = b"" if layers is None else struct.pack(">Ih", 2, layers)
    pixels = b"".join((np.packbits(c, axis=1) if depth == 1 else c).tobytes() for c in channels)
    return head + struct.pack(">I", 0) + resources + struct.pack(">I", len(info)) + info + struct.pack(">H", 0) + pixels


class TestTiff:
    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize(
        ("dtype", "scale", "bits", "sample"),
        [("u2", 257, 16, 1), ("i2", 32767 / 255, 16, 2), ("u4", 0x01010101, 32, 1), ("i4", (2**31 - 1) / 255, 32, 2)],
        ids=["16 bits", "16 bits signed", "32 bits", "32 bits signed"],
    )
    def test_every_depth_has_the_same_grays(self, order, dtype, scale, bits, sample):
        values = np.rint(GRAY * float(scale)).astype(order + dtype)
        assert np.array_equal(load_line_art(tiff(values, bits, sample=sample, order=order)), GRAY)

    @pytest.mark.parametrize(
        ("dtype", "scale", "bits", "sample"),
        [("<u1", 1, 8, 1), ("<u2", 257, 16, 1), ("<f4", 1 / 255, 32, 3)],
        ids=["8 bits", "16 bits", "float"],
    )
    def test_white_may_be_zero(self, dtype, scale, bits, sample):
        values = ((255 - GRAY.astype(float)) * scale).astype(dtype)
        assert np.array_equal(load_line_art(tiff(values, bits, sample=sample, white_is_zero=True)), GRAY)

    def test_negative_is_black(self):
        values = np.array([[-32768, -1, 32767]], "<i2")
        assert load_line_art(tiff(values, 16, sample=2)).tolist() == [[0, 0, 255]]

    def test_16_bits_in_32(self):
        assert np.array_equal(load_line_art(tiff((GRAY * 257.0).astype("<u4"), 32)), GRAY)

    @pytest.mark.parametrize("order", ["<", ">"])
    def test_numbers_of_64_bits(self, order):
        values = (GRAY / 255.0).astype(order + "f8")
        assert np.array_equal(load_line_art(tiff(values, 64, sample=3, order=order)), GRAY)

    @pytest.mark.parametrize("order", "<>")
    @pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "f2", "u4", "f4", "u8"])
    def test_kinds_planes_and_packing_make_no_difference(self, kind, order):
        tifffile = pytest.importorskip("tifffile")
        dtype = np.dtype(kind)
        white = 1.0 if dtype.kind == "f" else np.iinfo(dtype).max
        checks = np.where(np.indices((8, 12)).sum(0) // 4 % 2, white, white // 4 if dtype.kind != "f" else 0.25)
        checks = checks.astype(dtype)
        for channels, planes, packed in product((1, 2, 3, 4), ("contig", "separate"), (None, "deflate")):
            values = np.stack([checks] * channels, -1)
            if channels in (2, 4):
                values[..., -1] = white
            written = values[..., 0] if channels == 1 else np.moveaxis(values, -1, 0) if planes[0] == "s" else values
            file = io.BytesIO()
            tifffile.imwrite(
                file,
                np.ascontiguousarray(written),
                photometric="rgb" if channels > 2 else "minisblack",
                planarconfig=planes if channels > 1 else None,
                extrasamples=["unassalpha"] if channels in (2, 4) else None,
                byteorder=order,
                compression=packed,
            )
            expected = np.where(checks == checks.max(), 255, 63.75)
            assert np.abs(load_line_art(file.getvalue()) - expected).max() < 2, (channels, planes, packed)

    def test_colors_that_are_multiplied_by_their_alpha(self):
        tifffile = pytest.importorskip("tifffile")
        file = io.BytesIO()
        half = np.full((3, 4, 4), 16384, np.uint16)
        half[-1] = 32768
        pixels = np.concatenate([half[:1], half])
        tifffile.imwrite(file, pixels, photometric="rgb", planarconfig="separate", extrasamples=["assocalpha"])
        assert load_layer(file.getvalue())[0, 0].tolist() == [127, 127, 127, 128]

    @pytest.mark.parametrize("white_is", [1, 0])
    def test_one_bit_with_alpha(self, white_is):
        pytest.importorskip("tifffile")
        paper = np.array([[0, 1], [1, 0]])  # the last pixel is transparent
        pixels = np.packbits(np.stack([paper == white_is, [[1, 1], [1, 0]]], -1).reshape(2, 4), axis=1).tobytes()
        tags = [(256, 1, 2), (257, 1, 2), (258, 2, 0x10001), (259, 1, 1), (262, 1, white_is), (273, 1, 8)]
        tags += [(277, 1, 2), (278, 1, 2), (279, 1, len(pixels)), (338, 1, 2)]
        entries = b"".join(struct.pack("<HHII", tag, 3, count, value) for tag, count, value in tags)
        head = b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels
        file = head + struct.pack("<H", len(tags)) + entries + bytes(4)
        assert load_line_art(file).tolist() == [[0, 255], [255, 255]]

    def test_what_pillow_misreads_needs_tifffile(self, monkeypatch):
        tifffile = pytest.importorskip("tifffile")
        file = io.BytesIO()
        tifffile.imwrite(file, np.zeros((3, 4, 4), np.uint16), photometric="rgb", planarconfig="separate")
        monkeypatch.setitem(sys.modules, "tifffile", None)
        with pytest.raises(ImageError, match="TIFF of a kind that needs tifffile; pip install tifffile"):
            load_line_art(file.getvalue())

    def test_what_pillow_cannot_read_needs_tifffile(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "tifffile", None)
        with pytest.raises(ImageError, match="TIFF of a kind that needs tifffile; pip install tifffile"):
            load_line_art(tiff(np.zeros((2, 2), "<f8"), 64, sample=3))


class TestPsd:
    def test_depths(self):
        for depth, dtype, scale in ((8, ">u1", 1), (16, ">u2", 257)):
            channels = [(c * float(scale)).astype(dtype) for c in (GRAY, GRAY[::-1], GRAY)]
            colors = load_line_art(psd(channels, depth, 3))
            assert np.array_equal(colors, np.dstack([GRAY, GRAY[::-1], GRAY])), depth
            assert np.array_equal(load_line_art(psd([channels[0]], depth, 1)), GRAY), depth

    def test_one_bit_is_black(self):
        ink = np.zeros((8, 8), np.uint8)
        ink[2] = 1
        assert np.array_equal(load_line_art(psd([ink], 1, 0)), np.where(ink, 0, 255))

    def test_a_saved_selection_is_no_transparency(self):
        selection = np.zeros_like(GRAY)
        selection[0] = 255
        channels = [GRAY, GRAY, GRAY, selection]
        assert np.array_equal(load_line_art(psd(channels, 8, 3)), GRAY)
        assert np.array_equal(load_line_art(psd(channels, 8, 3, layers=2)), GRAY)

    def test_transparency_is(self):
        clear = np.zeros_like(GRAY)
        clear[0] = 255
        expected = np.where(clear, GRAY, 255)
        assert np.array_equal(load_line_art(psd([GRAY, GRAY, GRAY, clear], 8, 3, layers=-2)), expected)

    def test_without_a_merged_picture(self):
        with pytest.raises(ImageError, match="maximize compatibility"):
            load_line_art(psd([GRAY, GRAY, GRAY], 8, 3, merged=False))

    def test_without_psd_tools(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "psd_tools", None)
        with pytest.raises(ImageError, match="a PSD of 16 bits a channel needs psd-tools; pip install psd-tools"):
            load_line_art(psd([GRAY.astype(">u2")], 16, 1))


class TestAlpha:
    @pytest.mark.parametrize("kind", ["PNG", "TGA", "TIFF", "WEBP"])
    def test_alpha_that_hides_a_whole_drawing_is_ignored(self, kind):
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        data = encoded(Image.fromarray(np.dstack([GRAY, GRAY, GRAY, np.zeros_like(GRAY)])), kind, **options)
        with pytest.warns(PaintsTorchWarning, match="alpha was ignored"):
            assert np.array_equal(load_line_art(data), GRAY)

    def test_a_tga_says_whether_it_has_alpha(self):
        alpha = np.full_like(GRAY, 255)
        alpha[1] = 7
        data = bytearray(encoded(Image.fromarray(np.dstack([GRAY, GRAY, GRAY, alpha])), "TGA"))
        assert not np.array_equal(load_line_art(bytes(data)), GRAY)
        data[17] &= 0xF0  # its descriptor: no bit of a pixel is alpha
        assert np.array_equal(load_line_art(bytes(data)), GRAY)

    def test_an_empty_layer_has_no_hints(self):
        assert not load_layer(np.zeros((3, 4, 4), np.uint8)).any()

    def test_a_drawing_that_nobody_can_see(self):
        with pytest.warns(PaintsTorchWarning, match="every pixel is transparent: a blank sheet"):
            assert np.array_equal(load_line_art(np.zeros((3, 4, 4), np.uint8)), np.full((3, 4), 255))


class TestPng:
    @staticmethod
    def with_chunk(kind, content, before=b"IDAT"):
        png = encoded(Image.fromarray(GRAY))
        at = png.index(before) - 4
        return (
            png[:at]
            + struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
            + png[at:]
        )

    @pytest.mark.parametrize("before", [b"IDAT", b"IEND"])
    @pytest.mark.parametrize(
        ("kind", "content"),
        [
            (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(8 * 2**20))),
            (b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(8 * 2**20))),
            (b"iCCP", b"profile\0\0" + zlib.compress(bytes(8 * 2**20))),
            (b"tEXt", b"Comment\0" + bytes(66 * 2**20)),
        ],
        ids=["zTXt", "iTXt", "iCCP", "tEXt"],
    )
    def test_megabytes_beside_the_picture_are_left_out(self, kind, content, before):
        assert np.array_equal(load_line_art(self.with_chunk(kind, content, before)), GRAY)
        assert metadata(self.with_chunk(kind, content, before)) == Metadata()


class TestProfiles:
    def test_colors_are_read_in_srgb(self):
        """(90, 200, 90) of wide primaries is a green that sRGB shows with less red and blue."""
        image = Image.new("RGB", (2, 2), (90, 200, 90))
        read = load_line_art(encoded(image, icc_profile=rgb_profile()))[0, 0].astype(int)
        assert np.abs(read - (0, 203, 75)).max() <= 6
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        assert load_line_art(encoded(image, icc_profile=srgb))[0, 0].tolist() == [90, 200, 90]

    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_alpha_is_not_touched(self, mode, kind):
        image = Image.new("RGBA", (2, 2), (90, 200, 90, 128))
        layer = load_layer(encoded(image, kind, icc_profile=rgb_profile()))
        assert layer[0, 0, 3] == 128
        assert layer[0, 0, 0] < 30

    def test_gray_and_profile_of_another_kind(self):
        gray = encoded(Image.fromarray(GRAY), icc_profile=rgb_profile())
        assert np.array_equal(load_line_art(gray), GRAY)

    def test_a_damaged_profile_is_said(self):
        damaged = b"\0\0\0\x90" + bytes(200)
        with pytest.warns(PaintsTorchWarning, match="color profile cannot be used"):
            read = load_line_art(encoded(Image.new("RGB", (2, 2), (90, 200, 90)), icc_profile=damaged))
        assert read[0, 0].tolist() == [90, 200, 90]

    @pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
    def test_what_is_saved_looks_as_what_was_read(self, tmp_path, suffix):
        profile, color = rgb_profile(), (120, 150, 90)
        read = load_line_art(encoded(Image.new("RGB", (16, 16), color), icc_profile=profile))
        path = tmp_path / f"out{suffix}"
        save(Image.fromarray(read), path, like=Metadata((300.0, 300.0), profile))
        with Image.open(path) as written:
            assert written.info["icc_profile"] == profile
            assert np.abs(np.subtract(written.convert("RGB").getpixel((8, 8)), color)).max() <= 3
            if suffix != ".webp":  # which has no place for it
                assert written.info["dpi"] == pytest.approx((300, 300), abs=0.1)

    def test_metadata(self):
        profile = rgb_profile()
        image = Image.new("RGB", (2, 2))
        known = metadata(encoded(image, dpi=(600, 300), icc_profile=profile))
        assert known.dpi == pytest.approx((600, 300), abs=0.01)
        assert known.profile == profile
        assert metadata(encoded(image)) == metadata(GRAY) == Metadata()
        assert metadata(encoded(image, "TIFF", resolution_unit=1, resolution=1)) == Metadata()


class TestBounds:
    def test_scans_of_a_progressive_jpeg(self):
        data = encoded(Image.new("L", (2048, 2048), 200), "JPEG", progressive=True)
        assert load_line_art(data).shape == (2048, 2048)
        start = data.rindex(b"\xff\xda")
        bomb = data[:start] + data[start:-2] * 2000 + data[-2:]
        began = time.process_time()
        with pytest.raises(ImageError, match="expected a JPEG of at most 1024 scans at this size, received 20"):
            load_line_art(bomb)
        assert time.process_time() - began < 1

    @pytest.mark.parametrize("magic", ["P1", "P2", "P3"])
    def test_a_ppm_of_text(self, magic):
        text = f"{magic} 2 1 {'' if magic == 'P1' else 255} {'0 ' * 6}"
        assert load_line_art(text.encode()).shape == (1, 2)
        large = f"{magic} 1025 1024 {'' if magic == 'P1' else 255} " + "0 " * 9
        with pytest.raises(ImageError, match="pixels in a PPM of text, received 1049600; save it as PNG"):
            load_line_art(large.encode())

    def test_a_picture_of_one_row(self):
        with pytest.raises(ImageError, match="expected sides of at most 131072 pixels, received 67108864 x 1"):
            load_line_art(encoded(Image.new("1", (2**26, 1))))

    def test_no_pixel_at_all(self):
        with pytest.raises(ImageError, match="expected at least one pixel, received 0 x 0"):
            load_line_art(Image.new("L", (0, 0)))

    def test_a_stream_without_end(self, monkeypatch):
        class Zeros(io.RawIOBase):
            def read(self, size=-1):
                return bytes(size)

        monkeypatch.setattr(formats, "MAX_BYTES", 2**20)
        with pytest.raises(ImageError, match="expected at most 1 MB"):
            load_line_art(Zeros())

    def test_deep_pictures_take_no_more_memory_than_their_pixels(self):
        data = tiff(np.zeros((2000, 2000), "<u4"), 32)
        tracemalloc.start()
        load_line_art(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 60e6  # floats of all pixels at once would take twice that
