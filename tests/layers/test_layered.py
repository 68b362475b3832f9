"""Pictures in layers: the stack, OpenRaster, PSD, PNG files, and `pts colorize --format`."""

import io
import sys
import time
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from paintstorch_sdk.errors import OutputError
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.images import load
from paintstorch_sdk.layers import png_files, psd
from paintstorch_sdk.layers.ora import save_layers
from paintstorch_sdk.layers.stack import merge_layers, stack_layers
from paintstorch_sdk.look import Look
from paintstorch_sdk.painting import prepare_hints
from paintstorch_sdk.renderer import Colored
from paintstorch_sdk.sheet import Sheet
from support.cli import Runner

LINE_ART = np.full((48, 320), 255, np.uint8)
LINE_ART[20:24] = 0
LINE_ART[24] = 128
INVERTED = np.zeros_like(LINE_ART)
INVERTED[20:22] = 255
STROKE = Stroke([(10, 10), (40, 10)], "#e02020", 6)


def color(line_art=LINE_ART, hints=STROKE, **look):
    """A line art colored by a network that paints noise."""
    sheet = Sheet.load(line_art, 64)
    of = Hints.of(hints)
    prepared = prepare_hints(of, sheet.regions, sheet.geometry, 0.5)
    painted = np.random.default_rng(0).uniform(-1, 1, (3, *sheet.geometry.padded[::-1])).astype(np.float32)
    return Colored(sheet, of, prepared, painted, Look(**look))


def traced():
    """Black lines, and a red one."""
    lines = np.repeat(LINE_ART[..., None], 3, 2)
    lines[:, 100:102] = (255, 30, 30)
    return lines


LINE_ARTS = {
    "gray": LINE_ART,
    "traced": traced(),
    "inverted": INVERTED,
    "dim": np.minimum(LINE_ART, 190),
    "blue": np.stack([LINE_ART, LINE_ART, np.full_like(LINE_ART, 255)], 2),
}


def read_archive(data):
    """The archive, its stack, and the layers as (name, composition, visibility, source) from above."""
    archive = zipfile.ZipFile(data)
    stack = ElementTree.fromstring(archive.read("stack.xml"))
    layers = [
        (layer.get("name"), layer.get("composite-op"), layer.get("visibility"), layer.get("src"))
        for layer in stack.iter("layer")
    ]
    return archive, stack, layers


def picture(archive, name):
    return Image.open(io.BytesIO(archive.read(name)))


class TestStack:
    @pytest.mark.parametrize("name", LINE_ARTS)
    @pytest.mark.parametrize(
        "look",
        [{}, {"style": "flat"}, {"style": "soft"}, {"lines": "ink"}, {"lines": "none"}, {"clean_paper": True}],
        ids=repr,
    )
    def test_visible_layers_laid_over_each_other_are_the_picture(self, name, look):
        colored = color(LINE_ARTS[name], **look)
        merged = np.asarray(merge_layers(stack_layers(colored)), np.int32)
        off = np.abs(merged - colored.pixels)
        assert off.max() <= (1 if name == "traced" else 0)  # two products are rounded twice

    def test_their_order(self):
        def names(colored):
            return [(layer.name, layer.blend, layer.visible) for layer in stack_layers(colored)]

        below = [("colors", "normal", True), ("flats", "normal", True)]
        lines, strokes = ("lines", "multiply", True), ("strokes", "normal", False)
        assert names(color()) == [lines, strokes, *below]
        assert names(color(hints=None)) == [lines, *below]
        assert names(color(traced())) == [lines, ("trace lines", "multiply", True), strokes, *below]
        assert names(color(traced(), lines="ink"))[1] == ("trace lines", "multiply", False)
        assert names(color(INVERTED))[0] == ("lines", "screen", True)
        assert names(color(lines="none"))[0] == ("lines", "multiply", False)

    def test_what_they_hold(self):
        colored = color()
        lines, strokes, colors, flats = (np.asarray(layer.image) for layer in stack_layers(colored))
        assert np.array_equal(lines, np.repeat(LINE_ART[..., None], 3, 2))
        assert np.array_equal(strokes, Hints.of(STROKE).draw(320, 48))
        assert np.array_equal(colors, colored.colors)
        assert (flats[:18] == STROKE.rgb).all()

    def test_colored_lines_stay_colored(self):
        lines = LINE_ARTS["blue"]
        assert np.array_equal(np.asarray(stack_layers(color(lines))[0].image), lines)

    def test_ink_and_trace_lines_are_apart(self):
        ink, trace = (np.asarray(layer.image) for layer in stack_layers(color(traced()))[:2])
        assert (ink[5, 100:102] == 255).all()
        assert (trace[5, 100:102] == (255, 30, 30)).all()
        assert (trace[21, 5] == 255).all()
        assert not ink[21, 5].any()


class TestOpenRaster:
    def test_what_the_format_asks_for(self, tmp_path):
        save_layers(tmp_path / "a.ora", stack_layers(color()))
        with (tmp_path / "a.ora").open("rb") as file:
            assert file.read(54)[30:] == b"mimetypeimage/openraster"  # readable at a fixed place, not packed
        archive, stack, layers = read_archive(tmp_path / "a.ora")
        assert archive.testzip() is None
        assert (stack.tag, stack.get("w"), stack.get("h"), stack.get("version")) == ("image", "320", "48", "0.0.5")
        assert [layer[:3] for layer in layers] == [
            ("lines", "svg:multiply", "visible"),
            ("strokes", "svg:src-over", "hidden"),
            ("colors", "svg:src-over", "visible"),
            ("flats", "svg:src-over", "visible"),
        ]
        for *_, source in layers:
            assert picture(archive, source).size == (320, 48)
        assert picture(archive, "Thumbnails/thumbnail.png").size == (256, 38)

    def test_the_layers_come_back(self):
        data = io.BytesIO()
        stacked = stack_layers(color())
        save_layers(data, stacked)
        archive, _, layers = read_archive(data)
        for (*_, source), layer in zip(layers, stacked, strict=True):
            assert np.array_equal(np.asarray(picture(archive, source)), np.asarray(layer.image))
        merged = picture(archive, "mergedimage.png")
        assert np.array_equal(np.asarray(merged), color().pixels)

    def test_equal_pictures_are_equal_files(self):
        first, second = io.BytesIO(), io.BytesIO()
        save_layers(first, stack_layers(color()))
        save_layers(second, stack_layers(color()))
        assert first.getvalue() == second.getvalue()

    def test_where_nothing_can_be_written_nothing_is(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError):
            save_layers(tmp_path / "file" / "a.ora", stack_layers(color()))
        assert [path.name for path in tmp_path.iterdir()] == ["file"]


class TestPsd:
    @pytest.mark.parametrize("name", LINE_ARTS)
    def test_the_layers_come_back(self, tmp_path, name):
        stacked = stack_layers(color(LINE_ARTS[name]))
        psd.save_layers(tmp_path / "a.psd", stacked)
        document = PSDImage.open(tmp_path / "a.psd")
        read = list(reversed(document))  # the lowest first, in a PSD
        assert [layer.name for layer in read] == [layer.name for layer in stacked]
        assert [layer.visible for layer in read] == [layer.visible for layer in stacked]
        assert [layer.blend_mode.name.lower() for layer in read] == [layer.blend for layer in stacked]
        for layer, wanted in zip(read, stacked, strict=True):
            pixels = np.asarray(layer.topil().convert(wanted.image.mode))
            assert layer.offset == (0, 0)
            assert np.array_equal(pixels, np.asarray(wanted.image))

    def test_what_other_programs_show_of_it_is_the_picture(self):
        """The merged picture, and the visible layers laid over each other by psd-tools."""
        data = io.BytesIO()
        colored = color(traced())
        psd.save_layers(data, stack_layers(colored, masks=True))
        document = PSDImage.open(io.BytesIO(data.getvalue()))
        assert np.array_equal(np.asarray(document.topil().convert("RGB")), merge_layers(stack_layers(colored)))
        assert np.array_equal(load(data.getvalue()).convert("RGB"), merge_layers(stack_layers(colored)))
        (group,) = [layer for layer in document if layer.is_group()]
        assert (group.name, group.visible) == ("regions", False)
        masks = {layer.name: layer for layer in stack_layers(colored, masks=True) if layer.group}
        assert {layer.name for layer in group} == {*masks}
        for layer in group:
            assert layer.offset == masks[layer.name].place
            assert np.array_equal(np.asarray(layer.topil()), np.asarray(masks[layer.name].image))
        composed = np.asarray(document.composite(force=True).convert("RGB"), np.int32)
        assert np.abs(composed - colored.pixels).max() <= 2

    def test_without_psd_tools_it_says_what_to_install(self, monkeypatch, tmp_path):
        monkeypatch.setitem(sys.modules, "psd_tools", None)
        with pytest.raises(OutputError, match=r"pip install 'paintstorch-sdk\[layers\]'"):
            psd.save_layers(tmp_path / "a.psd", stack_layers(color()))
        assert not any(tmp_path.iterdir())


class TestPngFiles:
    def test_a_file_for_each_layer_beside_the_picture(self, tmp_path):
        stacked = stack_layers(color(), masks=True)
        png_files.save_layers(tmp_path / "a.png", stacked)
        assert np.array_equal(load(tmp_path / "a.png"), merge_layers(stacked))
        files = sorted((tmp_path / "a.layers").iterdir())
        assert [file.name for file in files[:4]] == ["01.lines.png", "02.strokes.png", "03.colors.png", "04.flats.png"]
        assert len(files) == len(stacked)
        for file in files:
            assert load(file).size == (320, 48)

    def test_a_stream_is_refused(self):
        with pytest.raises(OutputError, match="expected a file to write"):
            png_files.save_layers(io.BytesIO(), stack_layers(color()))


class TestMasks:
    def test_each_pixel_is_in_the_mask_of_its_region(self):
        colored = color()
        masks = [layer for layer in stack_layers(colored, masks=True) if layer.group]
        labels = colored.sheet.regions.labels
        assert len(masks) == len(colored.sheet.regions) == 2
        covered = np.zeros(labels.shape, int)
        for layer in masks:
            number = int(layer.name.removeprefix("region "))
            left, top = layer.place
            mask = np.asarray(layer.image)
            box = np.s_[top : top + mask.shape[0], left : left + mask.shape[1]]
            assert np.array_equal(mask[..., 3] == 255, labels[box] == number)
            assert not layer.visible
            covered[box] += mask[..., 3] == 255
        assert (covered == 1).all()

    def test_they_have_the_color_of_their_flats(self):
        upper = next(layer for layer in stack_layers(color(), masks=True) if layer.group and layer.place == (0, 0))
        assert (np.asarray(upper.image)[..., :3] == STROKE.rgb).all()

    def test_they_are_a_group_in_openraster(self):
        data = io.BytesIO()
        save_layers(data, stack_layers(color(), masks=True))
        archive, stack, _ = read_archive(data)
        (group,) = stack.find("stack").findall("stack")
        assert (group.get("name"), group.get("visibility")) == ("regions", "hidden")
        upper, lower = sorted(group.findall("layer"), key=lambda layer: int(layer.get("y", "0")))
        assert upper.get("y", "0") == "0"
        assert int(lower.get("y")) > 10
        assert picture(archive, lower.get("src")).height < 48


def test_layers_with_many_strokes_cost_little_more_than_the_picture():
    """300 long strokes on a large drawing: seconds were minutes when each was painted at full size."""
    rng = np.random.default_rng(0)
    strokes = tuple(Stroke(rng.uniform(0, 2000, (4, 2)), "red", 20) for _ in range(300))
    begin = time.thread_time()
    Hints(strokes).draw(2000, 2000)
    assert time.thread_time() - begin < 1.0


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
        archive, _, layers = read_archive(tmp_path / "line.colored.ora")
        assert [layer[0] for layer in layers] == ["lines", "strokes", "colors", "flats"]
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
            (
                ("-o", tmp_path / "x.xyz"),
                "expected a name that ends in .png, .jpg, .jpeg, .webp, .tif, .tiff, .ora, .psd",
            ),
        ):
            ran = pts("colorize", line, *arguments, *model)
            assert ran.code == 2, ran.err
            assert message in " ".join(ran.err.split())
        assert pts("lineart", line, "-f", "ora").code == 2

    @pytest.mark.parametrize("kind", ["psd", "png-layers"])
    def test_other_kinds_of_layers(self, pts, line, tiny_bundle, tmp_path, kind):
        same = ("--stroke", "20,10 90,12 #e02020 8", "--model", tiny_bundle.path, "--backend", "onnxruntime")
        assert pts("colorize", line, *same, "-o", tmp_path / "flat.png").code == 0
        ran = pts("colorize", line, *same, "-f", kind, "--masks")
        assert ran.code == 0, ran.err
        made = tmp_path / ("line.colored.psd" if kind == "psd" else "line.colored.png")
        assert np.array_equal(load(made).convert("RGB"), load(tmp_path / "flat.png"))
        assert (tmp_path / "line.colored.layers").is_dir() == (kind == "png-layers")

    def test_masks_need_layers(self, pts, line, tiny_bundle):
        ran = pts("colorize", line, "--masks", "--model", tiny_bundle.path)
        assert ran.err == "error: --masks: expected --format ora, psd, png-layers, whose layers they are\n"

    def test_png_layers_do_not_fit_into_a_pipe(self, pts, line, tiny_bundle):
        ran = pts("colorize", line, "-o", "-", "-f", "png-layers", "--model", tiny_bundle.path)
        assert ran.code == 2
        assert "expected a file or folder to write to, not stdout" in ran.err
