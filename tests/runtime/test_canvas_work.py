"""What a Canvas does again, and what it knows: networks run where what they read is new and what they say is asked."""

import numpy as np
import pytest

import paintstorch_sdk as pts
from paintstorch_sdk.backend import Shader
from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.imaging.packed import pack
from paintstorch_sdk.sheet import Sheet
from support.drawings import draw_scene


@pytest.fixture
def painted(monkeypatch, tiny_bundle):
    """A canvas of a box on a page, and the runs of the painter so far."""
    with Colorizer(tiny_bundle, backend="onnxruntime", threads=1) as colorizer:
        runs = []
        network = type(colorizer.backend)
        paint = network.paint
        monkeypatch.setattr(network, "paint", lambda *given: runs.append(given) or paint(*given))
        yield colorizer.canvas(draw_scene()), runs


BOX = pts.Stroke([(90, 240), (140, 300)], "#3060c0", 16)


def test_the_painter_runs_once_for_the_same_hints(painted):
    canvas, runs = painted
    canvas.add(BOX)
    pictures = [np.asarray(canvas.render(style=style)) for style in ("soft", "paint", "soft")]
    canvas.layers()
    assert len(runs) == 1
    assert np.array_equal(pictures[0], pictures[2])
    canvas.add(pts.Stroke([(300, 300)], "#c03060", 20))
    canvas.render(style="soft")
    assert len(runs) == 2
    canvas.undo()
    assert np.array_equal(np.asarray(canvas.render(style="soft")), pictures[0])
    assert len(runs) == 2


def test_the_painter_does_not_run_for_a_stroke_that_tells_it_nothing_new(painted):
    canvas, runs = painted
    canvas._renderer.confidence = 1.0
    canvas.add(pts.Stroke([(90, 240), (140, 300)], "#ffffff", 16), pts.Stroke([(300, 300)], "#c03060", 20))
    canvas.render(style="soft")
    canvas.add(pts.Stroke([(100, 300)], "#ffffff", 8))
    canvas.render(style="soft")
    assert len(runs) == 1
    canvas.add(pts.Stroke([(100, 300)], "#000000", 8))
    canvas.render(style="soft")
    assert len(runs) == 2


def test_the_painter_is_not_asked_where_strokes_decide_every_region(painted):
    canvas, runs = painted
    seeds = [divmod(int(seed), canvas.labels.shape[1]) for seed in canvas._sheet.regions.seeds]
    canvas.add(*(pts.Stroke([(x, y)], "#3060c0", 30) for y, x in seeds))
    if any(region.reason == "network" for region in canvas.regions):
        pytest.fail("expected strokes in every region")
    canvas.render(style="flat")
    assert not runs
    canvas.render(style="soft")
    assert runs


def test_shadows_on_the_same_flats_are_found_once():
    class Counting(Shader):
        runs = 0

        def _shade(self, inputs):
            self.runs += 1
            return np.full_like(inputs["line_art"], 0.5)

    sheet, shader = Sheet.load(draw_scene(), 512), Counting()
    flats = pack(np.full((512, 512, 3), 200, np.uint8))
    first = sheet.find_shadows(shader, flats)
    assert np.array_equal(first, sheet.find_shadows(shader, flats.copy()))
    assert shader.runs == 1
    sheet.find_shadows(shader, flats // 2 * 2 - 2)
    assert shader.runs == 2
