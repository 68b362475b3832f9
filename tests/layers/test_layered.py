"""Pictures in layers: the OpenRaster file, and `pts colorize --format ora`."""

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.errors import InputError, OutputError
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.postprocess import multiply
from paintstorch_sdk.layers.ora import save_layers
from support.cli import Runner

LINE_ART = np.full((48, 320), 255, np.uint8)
LINE_ART[20:24] = 0
LINE_ART[24] = 128
COLOR = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 320, 3), np.uint8))
STROKE = Stroke([(10, 10), (40, 10)], "#e02020", 6)


def opened(data):
    """Names in order, the layers as (name, mode, visibility) from above, and a function that reads a picture."""
    archive = zipfile.ZipFile(data)
    stack = ElementTree.fromstring(archive.read("stack.xml"))
    layers = [
        (layer.get("name"), layer.get("composite-op"), layer.get("visibility"), layer.get("src"))
        for layer in stack.iter("layer")
    ]
    return archive, stack, layers


def picture(archive, name):
    return Image.open(io.BytesIO(archive.read(name)))


def test_what_the_format_asks_for(tmp_path):
    save_layers(tmp_path / "a.ora", COLOR, LINE_ART, STROKE)
    with (tmp_path / "a.ora").open("rb") as file:
        assert file.read(54)[30:] == b"mimetypeimage/openraster"  # readable at a fixed place, not packed
    archive, stack, layers = opened(tmp_path / "a.ora")
    assert archive.testzip() is None
    assert (stack.tag, stack.get("w"), stack.get("h"), stack.get("version")) == ("image", "320", "48", "0.0.5")
    assert [layer[:3] for layer in layers] == [
        ("lines", "svg:multiply", "visible"),
        ("strokes", "svg:src-over", "hidden"),
        ("colors", "svg:src-over", "visible"),
    ]
    for *_, source in layers:
        assert picture(archive, source).size == (320, 48)
    assert picture(archive, "Thumbnails/thumbnail.png").size == (256, 38)


def test_the_layers_make_the_picture():
    data = io.BytesIO()
    save_layers(data, COLOR, LINE_ART, STROKE)
    archive, _, layers = opened(data)
    lines, strokes, colors = (picture(archive, source) for *_, source in layers)
    np.testing.assert_array_equal(np.asarray(colors), np.asarray(COLOR))
    np.testing.assert_array_equal(np.asarray(lines)[..., 1], LINE_ART)
    np.testing.assert_array_equal(np.asarray(strokes), Hints.of(STROKE).draw(320, 48))
    merged = np.asarray(picture(archive, "mergedimage.png"))
    np.testing.assert_array_equal(merged, np.asarray(multiply(colors, lines)))
    np.testing.assert_allclose(merged, np.asarray(COLOR) * (LINE_ART[..., None] / 255.0), atol=0.5001)


def test_without_hints_there_is_no_layer_of_them_and_equal_pictures_are_equal_files():
    first, second = io.BytesIO(), io.BytesIO()
    save_layers(first, COLOR, LINE_ART)
    save_layers(second, COLOR, LINE_ART)
    assert [layer[0] for layer in opened(first)[2]] == ["lines", "colors"]
    assert first.getvalue() == second.getvalue()


def test_colored_lines_stay_colored():
    lines = np.stack([LINE_ART, LINE_ART, np.full_like(LINE_ART, 255)], 2)
    data = io.BytesIO()
    save_layers(data, COLOR, lines)
    np.testing.assert_array_equal(np.asarray(picture(zipfile.ZipFile(data), "data/lines.png")), lines)


def test_what_does_not_fit_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(InputError, match="expected line art of 320 x 48, received"):
        save_layers(tmp_path / "a.ora", COLOR, LINE_ART[:-1])
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        save_layers(tmp_path / "file" / "a.ora", COLOR, LINE_ART)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


class TestCommand:
    @pytest.fixture
    def pts(self, monkeypatch, capsys, tmp_path):
        monkeypatch.chdir(tmp_path)
        return Runner(monkeypatch, capsys)

    @pytest.fixture
    def line(self, tmp_path):
        Image.fromarray(LINE_ART).save(tmp_path / "line.png")
        return tmp_path / "line.png"

    def test_layers_and_a_flat_picture_are_the_same_picture(self, pts, line, tiny_bundle, tmp_path):
        same = ("--stroke", "20,10 90,12 #e02020 8", "--model", tiny_bundle.path, "--backend", "onnxruntime")
        assert pts("colorize", line, *same, "-o", tmp_path / "flat.png").code == 0
        assert pts("colorize", line, *same, "--format", "ora").code == 0
        archive, _, layers = opened(tmp_path / "line.colored.ora")
        assert [layer[0] for layer in layers] == ["lines", "strokes", "colors"]
        merged = picture(archive, "mergedimage.png")
        np.testing.assert_array_equal(np.asarray(merged), np.asarray(Image.open(tmp_path / "flat.png")))

    def test_a_folder_of_layers(self, pts, line, tiny_bundle, tmp_path):
        (tmp_path / "in").mkdir()
        for name in ("a", "b"):
            (tmp_path / "in" / f"{name}.png").write_bytes(line.read_bytes())
        ran = pts("colorize", tmp_path / "in", "-o", tmp_path / "out", "-f", "ora", "--model", tiny_bundle.path)
        assert ran.code == 0, ran.err
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.ora", "b.ora"]

    def test_what_makes_no_sense_is_refused(self, pts, line, tiny_bundle, tmp_path):
        model = ("--model", tiny_bundle.path)
        for arguments, message in (
            (("-o", tmp_path / "x.ora", "--lines", "none"), "layers have the lines and the colors apart"),
            (("-o", tmp_path / "x.ora", "-f", "png"), "expected a name that ends in .png"),
            (("-o", tmp_path / "x.png", "-f", "ora"), "expected a name that ends in .ora"),
            (("-o", tmp_path / "x.xyz"), "expected a name that ends in .png, .jpg, .jpeg, .webp, .tif, .tiff, .ora"),
        ):
            ran = pts("colorize", line, *arguments, *model)
            assert ran.code == 2, ran.err
            assert message in " ".join(ran.err.split())
        assert pts("lineart", line, "-f", "ora").code == 2
