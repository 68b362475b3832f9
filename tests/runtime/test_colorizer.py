import inspect
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw

import paintstorch_sdk as pts
from paintstorch_sdk import colorizer as colorizers
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.errors import BackendError, BundleError, HintError, ImageError, InputError
from paintstorch_sdk.layers.stack import merge_layers

STROKE = pts.Stroke([(30, 30), (60, 50)], "#e8a0b4", 14)
OTHER = pts.Stroke([(80, 20), (20, 60)], "#2040c0", 9)


def drawing(width=100, height=75, shift=0):
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 5, width - 10 - shift, height - 5), outline=0, width=2)
    draw.line((0, 0, width, height), fill=60, width=1)
    return image


def pixels(image):
    return np.asarray(image, np.int32)


@pytest.fixture(scope="module", params=["onnxruntime", "openvino", "eager"])
def colorizer(request, tiny_bundle):
    with pts.Colorizer(tiny_bundle, backend=request.param, precision="fp32", threads=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def ort(tiny_bundle):
    with pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1) as opened:
        yield opened


class TestColorize:
    @pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 31), (333, 517), (700, 31), (1920, 1080)])
    def test_the_picture_has_the_size_of_the_line_art(self, ort, size):
        image = ort.colorize(drawing(*size) if min(size) > 20 else Image.new("L", size, 255))
        assert image.mode == "RGB"
        assert image.size == size

    def test_what_may_be_passed(self, ort, tmp_path):
        line, layer = tmp_path / "line.png", tmp_path / "hints.png"
        drawing().save(line)
        Image.fromarray(pts.Hints((STROKE,)).draw(100, 75)).save(layer)
        (tmp_path / "hints.json").write_text(pts.Hints((STROKE,)).to_json(), "utf-8")
        expected = pixels(ort.colorize(np.asarray(drawing()), [STROKE]))
        for source in (line, str(line), line.read_bytes(), io.BytesIO(line.read_bytes()), drawing()):
            assert np.array_equal(pixels(ort.colorize(source, STROKE)), expected)
        for hints in ((STROKE,), pts.Hints((STROKE,)), tmp_path / "hints.json"):
            assert np.array_equal(pixels(ort.colorize(line, hints)), expected)
        for hints in (layer, str(layer), layer.read_bytes(), Image.open(layer)):
            assert np.abs(pixels(ort.colorize(line, hints)) - expected).max() < 40  # a layer's edges are softer

    def test_hints_change_the_picture(self, colorizer):
        plain = pixels(colorizer.colorize(drawing(), lines="none"))
        assert np.abs(pixels(colorizer.colorize(drawing(), STROKE, lines="none")) - plain).max() > 0

    def test_transparent_paper_is_white_paper(self, ort):
        opaque = drawing()
        transparent = Image.new("LA", opaque.size)
        transparent.putalpha(Image.eval(opaque, lambda v: 255 - v))
        assert np.array_equal(pixels(ort.colorize(transparent)), pixels(ort.colorize(opaque)))

    def test_lines_lie_on_top(self, ort):
        line_art = pixels(drawing())
        image = pixels(ort.colorize(drawing()))
        assert not image[line_art == 0].any()
        without = pixels(ort.colorize(drawing(), lines="none"))
        assert np.abs(np.rint(without * line_art[..., None] / 255) - image).max() <= 1

    def test_large_line_art_is_colored_at_the_working_size(self, ort):
        """One drawing at two sizes gets the same colors."""
        small = drawing(200, 150).resize((200, 150))
        large = small.resize((800, 600), Image.Resampling.NEAREST)
        seen = pixels(ort.colorize(large, lines="none").resize((200, 150), Image.Resampling.BOX))
        assert np.abs(seen - pixels(ort.colorize(small, lines="none"))).mean() < 6

    def test_padding_does_not_shift_the_picture(self, ort):
        """What lies to the right and below what is padded matters little."""
        whole = drawing(128, 96)
        cut = whole.crop((0, 0, 100, 75))
        a, b = (pixels(ort.colorize(image, lines="none", style="soft")) for image in (whole, cut))
        assert np.abs(a[:40, :40] - b[:40, :40]).mean() < 12

    @pytest.mark.parametrize(
        ("line_art", "hints", "error"),
        [
            ("none.png", None, ImageError),
            (b"", None, ImageError),
            (np.full((9, 9), np.nan), None, ImageError),
            (drawing(), "none.json", HintError),
            (drawing(), Image.new("RGB", (75, 100)), HintError),
            (drawing(), Image.new("RGBA", (75, 100)), HintError),
            (drawing(), 5, HintError),
            (drawing(), {"version": 9}, HintError),
        ],
    )
    def test_bad_input(self, ort, line_art, hints, error):
        with pytest.raises(error) as caught:
            ort.colorize(line_art, hints)
        assert isinstance(caught.value, InputError)

    def test_eight_threads_give_the_pictures_that_one_does(self, colorizer):
        jobs = [(drawing(40 + 13 * i, 90 - 4 * i), pts.Stroke([(20, 20)], (i * 9, 99, 200), 30)) for i in range(16)]
        expected = [pixels(colorizer.colorize(*job)) for job in jobs]
        together = threading.Barrier(8, timeout=60)

        def color(index):
            if index < 8:
                together.wait()
            return pixels(colorizer.colorize(*jobs[index]))

        with ThreadPoolExecutor(8) as pool:
            for image, alone in zip(pool.map(color, range(16)), expected, strict=True):
                assert np.array_equal(image, alone)


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "error", "said"),
        [
            ({"model": "nothing"}, BundleError, "expected a bundle's folder or one of"),
            ({"backend": "tensorflow"}, InputError, "backend: expected auto or one of"),
            ({"precision": "int4"}, InputError, "precision: expected one of"),
            ({"device": "tpu"}, BackendError, "expected a device of"),
            ({"size": 31}, InputError, "working size: expected at least 32 pixels, received 31"),
            ({"size": 0}, InputError, "working size: expected at least 32 pixels, received 0"),
            ({"threads": 0}, InputError, "threads: expected 1 to 1024, received 0"),
        ],
    )
    def test_what_is_none_of_their_values(self, tiny_bundle, arguments, error, said):
        with pytest.raises(error, match=said):
            pts.Colorizer(**{"model": tiny_bundle} | arguments)

    def test_the_size_is_the_model_s_unless_given(self, tiny_bundle):
        with pts.Colorizer(tiny_bundle, backend="onnxruntime") as opened:
            assert opened.size == 256
            assert opened.bundle is tiny_bundle
        with pts.Colorizer(tiny_bundle.path, backend="onnxruntime", size=64) as opened:
            assert opened.size == 64
            assert opened.canvas(drawing(640, 320))._sheet.tensor.shape == (1, 1, 32, 64)

    @pytest.mark.parametrize(
        ("look", "said"),
        [
            ({"lines": "screen"}, "lines: expected one of multiply, ink, none, received 'screen'"),
            ({"lines": ""}, "lines: expected one of"),
            ({"lines": None}, "lines: expected one of"),
            ({"style": "oil"}, "style: expected one of paint, flat, soft, received 'oil'"),
            ({"strength": -0.1}, "strength: expected a number from 0 to 2, received -0.1"),
            ({"strength": float("nan")}, "strength: expected a number from 0 to 2, received nan"),
            ({"strength": True}, "strength: expected a number from 0 to 2, received True"),
            ({"unhinted": "gray"}, "unhinted: expected one of guess, paper, received 'gray'"),
            ({"exact": "no"}, "exact: expected True or False, received 'no'"),
            ({"clean_paper": 1}, "clean_paper: expected True or False, received 1"),
        ],
        ids=repr,
    )
    def test_looks_that_are_none(self, ort, look, said):
        for call in (
            lambda: ort.colorize(drawing(), **look),
            lambda: ort.stream([drawing()], **look),
            lambda: ort.canvas(drawing()).render(**look),
            lambda: ort.canvas(drawing()).layers(**look),
        ):
            with pytest.raises(InputError, match=said):
                call()

    def test_what_it_says_of_itself(self, ort):
        assert repr(ort) == "<Colorizer tiny on onnxruntime cpu fp32, up to 256 px>"
        assert (ort.backend.name, ort.backend.device, ort.backend.precision) == ("onnxruntime", "cpu", "fp32")


class TestFlow:
    def test_colors_flow_alike_in_every_call(self, tiny_bundle):
        frame = drawing()
        with pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1, flow=False) as still:
            assert still.confidence == 0
            plain = pixels(still.colorize(frame, STROKE))
        with pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1, flow=True) as flowing:
            assert flowing.confidence > 0
            expected = pixels(flowing.colorize(frame, STROKE))
            canvas = flowing.canvas(frame)
            canvas.add(STROKE)
            assert np.array_equal(pixels(canvas.render()), expected)
            assert np.array_equal(pixels(next(flowing.stream([frame], STROKE))), expected)
            canvas.undo()
            assert np.array_equal(pixels(canvas.render()), pixels(flowing.colorize(frame)))
        assert not np.array_equal(plain, expected)


class TestClose:
    def test_a_closed_colorizer(self, tiny_bundle):
        with pts.Colorizer(tiny_bundle, backend="onnxruntime") as opened:
            canvas = opened.canvas(drawing())
        opened.close()
        for call in (
            lambda: opened.colorize(drawing()),
            lambda: opened.canvas(drawing()),
            canvas.render,
            lambda: next(opened.stream([drawing()])),
        ):
            with pytest.raises(BackendError, match="closed; make a new Colorizer"):
                call()


class TestCanvas:
    def test_it_renders_what_colorize_does(self, colorizer):
        canvas = colorizer.canvas(drawing())
        assert canvas.size == (100, 75)
        assert np.array_equal(pixels(canvas.render()), pixels(colorizer.colorize(drawing())))
        canvas.add(STROKE)
        canvas.add(OTHER)
        assert canvas.hints.strokes == (STROKE, OTHER)
        for lines in ("multiply", "none"):
            expected = pixels(colorizer.colorize(drawing(), [STROKE, OTHER], lines=lines))
            assert np.array_equal(pixels(canvas.render(lines=lines)), expected)

    def test_strokes_at_once_and_one_by_one(self, ort):
        one, both = ort.canvas(drawing()), ort.canvas(drawing(), [STROKE])
        one.add(STROKE, OTHER)
        both.add(OTHER)
        assert one.hints == both.hints
        assert np.array_equal(one._prepared.hint_map, both._prepared.hint_map)

    def test_a_stroke_outside_the_picture_is_told_of_once(self, ort, recwarn):
        canvas = ort.canvas(drawing())
        for stroke in (pts.Stroke([(900, 900)], "red"), STROKE, OTHER):
            canvas.add(stroke)
        canvas.undo()
        canvas.remove(STROKE)
        assert [str(warning.message).count("stroke 0 lies outside") for warning in recwarn] == [1]

    def test_undo(self, ort):
        canvas = ort.canvas(drawing(), Image.fromarray(pts.Hints((OTHER,)).draw(100, 75)))
        before = pixels(canvas.render())
        canvas.add(STROKE)
        assert not np.array_equal(pixels(canvas.render()), before)
        canvas.undo()
        assert np.array_equal(pixels(canvas.render()), before)
        canvas.undo()  # the layer is no stroke: it stays
        assert np.array_equal(pixels(canvas.render()), before)
        assert canvas.hints.layer is not None

    def test_a_stroke_taken_back_leaves_the_others(self, ort):
        canvas = ort.canvas(drawing(), [STROKE, OTHER, STROKE])
        canvas.remove(OTHER)
        assert canvas.hints.strokes == (STROKE, STROKE)
        canvas.remove(STROKE)
        assert np.array_equal(pixels(canvas.render()), pixels(ort.colorize(drawing(), STROKE)))
        with pytest.raises(HintError, match="remove: expected one of the canvas's 1 strokes"):
            canvas.remove(OTHER)
        assert canvas.hints.strokes == (STROKE,)

    def test_regions_say_why_they_have_their_color(self, ort):
        canvas = ort.canvas(drawing(), STROKE)
        regions = canvas.regions
        assert [region.number for region in regions] == [*range(len(regions))]
        assert canvas.labels.shape == (75, 100)
        (inside,) = {int(n) for n in canvas.labels[35:40, 40:44].ravel()}
        assert (regions[inside].reason, regions[inside].color, regions[inside].stroke) == ("stroke", STROKE.rgb, 0)
        assert regions[inside].why == "stroke 0 (#e8a0b4) says most in it"
        canvas.undo()
        assert all(region.reason in ("paper", "network") for region in canvas.regions)

    def test_its_layers_make_its_picture(self, ort):
        canvas = ort.canvas(drawing(), STROKE)
        layers = canvas.layers()
        assert [layer.name for layer in layers] == ["lines", "strokes", "colors", "flats"]
        assert np.array_equal(pixels(merge_layers(layers)), pixels(canvas.render()))

    def test_hints_can_be_replaced(self, ort):
        canvas = ort.canvas(drawing(), STROKE)
        canvas.hints = OTHER
        assert canvas.hints == pts.Hints((OTHER,))
        assert np.array_equal(pixels(canvas.render()), pixels(ort.colorize(drawing(), OTHER)))
        canvas.hints = None
        assert canvas.hints == pts.Hints()

    def test_hints_that_do_not_fit_leave_the_canvas_as_it_was(self, ort):
        canvas = ort.canvas(drawing(), STROKE)
        with pytest.raises(HintError):
            canvas.hints = Image.new("RGBA", (75, 100))
        assert canvas.hints == pts.Hints((STROKE,))
        assert np.array_equal(pixels(canvas.render()), pixels(ort.colorize(drawing(), STROKE)))

    def test_the_line_art_is_encoded_once(self, ort, monkeypatch):
        encode = ort.backend.encode
        runs = []
        monkeypatch.setattr(ort.backend, "encode", lambda tensor: runs.append(1) or encode(tensor))
        canvas = ort.canvas(drawing())
        for stroke in (STROKE, OTHER):
            canvas.add(stroke)
            canvas.render()
        assert len(runs) == 1

    def test_two_canvases_of_one_colorizer(self, ort):
        one, other = ort.canvas(drawing()), ort.canvas(drawing(60, 120))
        one.add(STROKE)
        assert other.render().size == (60, 120)
        assert np.array_equal(pixels(one.render()), pixels(ort.colorize(drawing(), STROKE)))
        assert other.hints == pts.Hints()

    def test_changes_to_the_source_do_not_reach_it(self, ort):
        source = np.asarray(drawing()).copy()
        canvas = ort.canvas(source)
        before = pixels(canvas.render())
        source[:] = 0
        assert np.array_equal(pixels(canvas.render()), before)


class TestStream:
    FRAMES = tuple(drawing(100, 75, shift) for shift in range(7))

    def test_pictures_are_those_of_colorize(self, colorizer):
        expected = [pixels(colorizer.colorize(frame, STROKE)) for frame in self.FRAMES]
        for batch_size in (1, 3, 4, 50):
            images = colorizer.stream(self.FRAMES, STROKE, batch_size=batch_size)
            for image, alone in zip(images, expected, strict=True):
                assert np.abs(pixels(image) - alone).max() <= 1

    def test_each_frame_has_its_own_hints(self, ort):
        own = [None, STROKE, [OTHER], pts.Hints((STROKE, OTHER)), None, OTHER, STROKE]
        for image, frame, hints in zip(ort.stream(self.FRAMES, iter(own)), self.FRAMES, own, strict=True):
            assert np.abs(pixels(image) - pixels(ort.colorize(frame, hints))).max() <= 1

    def test_fewer_hints_than_frames(self, ort):
        images = ort.stream(self.FRAMES, iter([STROKE, OTHER]))
        next(images)
        next(images)
        with pytest.raises(InputError, match="hints: expected one for each frame, received 2"):
            next(images)

    def test_a_file_of_hints_is_for_all_frames(self, ort):
        """Files are iterators, too."""
        file = io.BytesIO()
        Image.fromarray(pts.Hints((STROKE,)).draw(100, 75)).save(file, "PNG")
        file.seek(0)
        expected = pixels(ort.colorize(self.FRAMES[0], file.getvalue()))
        assert np.array_equal(pixels(next(ort.stream(self.FRAMES, file))), expected)

    def test_an_array_of_frames(self, ort):
        frames = np.stack([np.asarray(frame) for frame in self.FRAMES])
        assert len(list(ort.stream(frames))) == len(self.FRAMES)

    def test_the_frames_before_a_bad_one_are_given(self, ort):
        images = ort.stream([*self.FRAMES[:3], b"no picture", self.FRAMES[3]], batch_size=2)
        for _ in range(3):
            next(images)
        with pytest.raises(ImageError):
            next(images)
        assert list(images) == []
        assert not any(thread.name.startswith("paintstorch") for thread in threading.enumerate())

    def test_wrong_arguments_are_known_at_once(self, ort):
        with pytest.raises(InputError, match="batch size"):
            ort.stream(self.FRAMES, batch_size=0)
        with pytest.raises(HintError):
            ort.stream(self.FRAMES, 5)
        for frames in ("frames", b"frames"):
            with pytest.raises(InputError, match="frames: expected several line arts"):
                ort.stream(frames)

    def test_closing_early(self, ort):
        images = ort.stream(iter(lambda: self.FRAMES[0], None))
        next(images)
        images.close()
        assert not any(thread.name.startswith("paintstorch") for thread in threading.enumerate())


class TestFunction:
    def test_the_bundled_model(self):
        image = pts.colorize(drawing(), STROKE)
        assert image.size == (100, 75)

    def test_the_model_stays_loaded(self, tiny_bundle, monkeypatch):
        made = []
        monkeypatch.setattr(colorizers, "Colorizer", lambda *a, **k: made.append(a) or pts.Colorizer(*a, **k))
        colorizers._share_colorizer.cache_clear()
        first = pts.colorize(drawing(), STROKE, model=tiny_bundle.path, backend="onnxruntime")
        again = pts.colorize(drawing(), STROKE, model=str(tiny_bundle.path), backend="onnxruntime")
        assert len(made) == 1
        assert np.array_equal(pixels(first), pixels(again))
        pts.colorize(drawing(), model=tiny_bundle.path, backend="onnxruntime", size=64)
        assert len(made) == 2
        colorizers._share_colorizer.cache_clear()

    def test_a_model_that_failed_is_tried_again(self, tiny_bundle, tmp_path):
        with pytest.raises(BundleError):
            pts.colorize(drawing(), model=tmp_path / "model")
        (tmp_path / "model").symlink_to(tiny_bundle.path)
        assert pts.colorize(drawing(), model=tmp_path / "model", backend="onnxruntime").size == (100, 75)
        colorizers._share_colorizer.cache_clear()

    def test_it_takes_what_a_colorizer_takes(self):
        function = inspect.signature(pts.colorize).parameters
        method = inspect.signature(pts.Colorizer.colorize).parameters
        init = inspect.signature(pts.Colorizer).parameters
        for name, parameter in function.items():
            assert parameter.default == (method.get(name) or init[name]).default


def test_the_three_lines_of_the_readme(tiny_bundle, tmp_path, monkeypatch):
    """The API as the issue shows it."""
    monkeypatch.chdir(tmp_path)
    drawing().save("line.png")
    Image.fromarray(pts.Hints((STROKE,)).draw(100, 75)).save("hints.png")
    with pts.Colorizer(Bundle.open(tiny_bundle.path), backend="openvino", precision="fp32") as colorizer:
        canvas = colorizer.canvas("line.png")
        canvas.add(pts.Stroke([(20, 30), (40, 46)], color="#e8a0b4", width=6))
        assert canvas.render().size == (100, 75)
        assert len(list(colorizer.stream(["line.png"] * 3, hints="hints.png", batch_size=8))) == 3
    document = json.loads(canvas.hints.to_json())
    assert document["version"] == 1
