"""Drawings as resources."""

import io
import json
import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

import paintstorch_sdk as pts
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.serve.painting import PIXEL_BYTES, PREVIEW_PIXELS, Easel, Snapshot
from paintstorch_sdk.serve.pictures import MEDIA_TYPES
from paintstorch_sdk.serve.schemas import DrawingLook
from paintstorch_sdk.serve.settings import Limits
from support.cli import hint_layer, line_art
from support.serving import coded, pixels, png, stroke


def change(client, drawing, **what):
    answer = client.patch(f"{drawing}/strokes", json=what)
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(answer, status):
    """The message of an error, which is one line and tells no more than it should."""
    assert answer.status_code == status, answer.text
    message = answer.json()["error"]["message"]
    assert "\n" not in message
    assert "Traceback" not in answer.text
    return message


def test_a_drawing_is_made_of_a_file_of_base64_and_of_an_example(client):
    picture = png(line_art(80, 48))
    as_form = client.post("/v1/drawings", files={"line_art": picture}, data={"name": "Cover"})
    as_json = client.post("/v1/drawings", json={"line_art": f"data:image/png;base64,{coded(picture)}"})
    of_example = client.post("/v1/drawings", json={"example": "friends", "hints": "own"})
    assert [answer.status_code for answer in (as_form, as_json, of_example)] == [201, 201, 201]
    assert (as_form.json()["width"], as_form.json()["height"], as_form.json()["name"]) == (80, 48, "Cover")
    assert of_example.json()["strokes"] > 5
    ids = {answer.json()["id"] for answer in (as_form, as_json, of_example)}
    assert ids <= {one["id"] for one in client.get("/v1/drawings").json()}


def test_the_picture_is_the_one_that_the_colorizer_paints(client, drawing):
    change(client, drawing, add=[stroke(), stroke("b", color="navy", points=[[70, 40]])])
    hints = client.get(f"{drawing}/hints").json()
    with pts.Colorizer(backend="onnxruntime", threads=1, size=64) as colorizer:
        expected = colorizer.colorize(line_art(96, 64), hints)
    got = pixels(client.get(f"{drawing}/picture").content)
    np.testing.assert_array_equal(got, np.asarray(expected))


def test_strokes_are_added_replaced_moved_and_removed(client, drawing):
    change(client, drawing, add=[stroke("a"), stroke("b"), stroke("c")])
    change(client, drawing, remove=["b"], add=[stroke("a", color="red"), stroke("d", index=0)])
    strokes = client.get(drawing).json()["stroke_list"]
    assert [(one["id"], one["color"]) for one in strokes] == [("d", "#e8a0b4"), ("a", "red"), ("c", "#e8a0b4")]


def test_a_change_may_be_sent_again(client, drawing):
    change(client, drawing, add=[stroke("a")])
    first = client.get(drawing).json()["stroke_list"]
    change(client, drawing, add=[stroke("a")])
    change(client, drawing, remove=["never-there"])
    assert client.get(drawing).json()["stroke_list"] == first


def test_a_stroke_of_a_pen_has_its_pressure(client, drawing):
    change(client, drawing, add=[stroke(points=[[10, 30, 0.0], [40, 30, 0.0], [60, 30, 1.0], [80, 30, 1.0]])])
    widths = [one["width"] for one in client.get(f"{drawing}/hints").json()["strokes"]]
    assert min(widths) == pytest.approx(8 * 0.4)
    assert max(widths) == pytest.approx(8 * 1.6)


def test_pictures_come_in_every_format_and_layers_apart(client, drawing):
    change(client, drawing, add=[stroke()])
    for kind, media in MEDIA_TYPES.items():
        answer = client.get(f"{drawing}/picture", params={"format": kind})
        assert (answer.status_code, answer.headers["content-type"]) == (200, media)
        if kind == "ora":
            names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
            assert {"data/lines.png", "data/strokes.png", "data/colors.png", "data/flats.png"} <= set(names)
        elif kind == "psd":
            layers = [layer.name for layer in PSDImage.open(io.BytesIO(answer.content))]
            assert layers == ["flats", "colors", "strokes", "lines"]  # from below
        else:
            assert pixels(answer.content).shape == (64, 96, 3)
    bare = pixels(client.get(f"{drawing}/picture", params={"lines": "none"}).content)
    whole = pixels(client.get(f"{drawing}/picture").content)
    assert whole.min() < 10 < bare.min()
    assert client.get(f"{drawing}/hints", params={"format": "png"}).headers["content-type"] == "image/png"
    assert client.get(f"{drawing}/thumbnail").headers["content-type"] == "image/webp"
    assert pixels(client.get(f"{drawing}/line-art").content).shape == (64, 96, 3)


def test_a_picture_that_is_as_it_was_is_not_sent_again(client, drawing):
    first = client.get(f"{drawing}/picture")
    same = client.get(f"{drawing}/picture", headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    change(client, drawing, add=[stroke()])
    other = client.get(f"{drawing}/picture", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    assert other.headers["etag"] != first.headers["etag"]


def test_a_layer_of_hints_is_laid_below_and_taken_away(client, drawing):
    plain = client.get(f"{drawing}/picture").content
    assert client.put(f"{drawing}/layer", content=png(hint_layer(96, 64))).status_code == 200
    assert client.get(drawing).json()["has_layer"]
    assert client.get(f"{drawing}/layer").status_code == 200
    assert client.get(f"{drawing}/picture").content != plain
    assert client.delete(f"{drawing}/layer").status_code == 200
    assert client.get(f"{drawing}/picture").content == plain
    problem(client.get(f"{drawing}/layer"), 404)
    assert "aspect ratio" in problem(client.put(f"{drawing}/layer", content=png(hint_layer(64, 64))), 422)
    assert "picture" in problem(client.put(f"{drawing}/layer", content=b"hello"), 422)


def test_name_and_look_are_set(client, drawing):
    assert client.patch(drawing, json={"name": "Cover"}).status_code == 200
    change(client, drawing, add=[stroke()])
    before = client.get(f"{drawing}/picture").content
    assert client.patch(drawing, json={"look": {"size": 32, "style": "soft"}}).status_code == 200
    document = client.get(drawing).json()
    assert (document["name"], document["look"]["size"]) == ("Cover", 32)
    assert client.get(f"{drawing}/picture").content != before


def test_paper_is_cleaned_under_the_lines(client):
    gray = Image.fromarray((np.asarray(line_art(96, 64)) * 0.7).astype(np.uint8))
    place = client.post("/v1/drawings", files={"line_art": png(gray)}).headers["location"]
    lightest = []
    for look in ({"size": 64}, {"size": 64, "clean_paper": True}):
        client.patch(place, json={"look": look})
        lightest.append(pixels(client.get(f"{place}/picture").content).max())
    assert lightest == [178, 255]
    lines = [pixels(client.get(f"{place}/line-art", params={"clean": clean}).content) for clean in ("false", "true")]
    assert [one.max() for one in lines] == lightest
    assert lines[1].min() < 30


def test_a_deleted_drawing_is_gone(client, drawing):
    assert client.delete(drawing).status_code == 204
    for answer in (client.get(drawing), client.get(f"{drawing}/picture"), client.delete(drawing)):
        problem(answer, 404)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"add": [stroke(color="no color")]}, "color"),
        ({"add": [stroke(points=[])]}, "points"),
        ({"add": [stroke(points=[[1, 2, 3, 4]])]}, "points"),
        ({"add": [stroke(points=[[1e9, 0]])]}, "points"),
        ({"add": [stroke(width=0)]}, "width"),
        ({"add": [stroke("../../etc/passwd")]}, "id"),
        ({"add": [stroke(colour="red")]}, "colour"),
        ({"strokes": []}, "strokes"),
        ([], "valid"),
    ],
)
def test_strokes_that_are_none_change_nothing(client, drawing, what, said):
    before = client.get(drawing).json()
    assert said in problem(client.patch(f"{drawing}/strokes", json=what), 422)
    assert client.get(drawing).json() == before


def test_numbers_that_are_none_are_refused(client, drawing):
    content = json.dumps({"add": [stroke(width=float("nan"))]}).encode()
    problem(client.patch(f"{drawing}/strokes", content=content, headers={"Content-Type": "application/json"}), 422)


def test_more_strokes_or_points_than_allowed_are_refused_whole(client, drawing):
    problem(client.patch(f"{drawing}/strokes", json={"add": [stroke(f"s{k}") for k in range(61)]}), 413)
    problem(client.patch(f"{drawing}/strokes", json={"add": [stroke(points=[[1, 1]] * 2001)]}), 413)
    change(client, drawing, add=[stroke(f"s{k}") for k in range(60)])
    problem(client.patch(f"{drawing}/strokes", json={"add": [stroke("one-more")]}), 413)
    assert client.get(drawing).json()["strokes"] == 60


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"example": "sylvie", "line_art": "aGVsbG8="}, 422),
        ({"example": "../../pyproject"}, 404),
        ({"line_art": "not base64!"}, 422),
        ({"line_art": "aGVsbG8="}, 422),
        ({"example": "sylvie", "look": {"model": "/etc"}}, 422),
        ({"example": "sylvie", "look": {"size": 33}}, 422),
        ({"example": "sylvie", "look": {"style": "oil"}}, 422),
        ({"example": "sylvie", "hints": {"version": 9, "strokes": []}}, 422),
        ({"example": "sylvie", "name": "x" * 201}, 422),
    ],
)
def test_what_makes_no_drawing_is_refused(client, body, status):
    count = len(client.get("/v1/drawings").json())
    problem(client.post("/v1/drawings", json=body), status)
    assert len(client.get("/v1/drawings").json()) == count


def test_there_is_room_for_so_many_drawings(make_client):
    with make_client(limits=Limits(drawings=1)) as client:
        assert client.post("/v1/drawings", json={"example": "friends"}).status_code == 201
        assert "delete some" in problem(client.post("/v1/drawings", json={"example": "friends"}), 507)


def test_a_drawing_is_there_after_a_restart(make_client):
    with make_client() as client:
        location = client.post("/v1/drawings", json={"example": "friends", "hints": "own"}).headers["location"]
        change(client, location, add=[stroke("mine")])
        document, picture = client.get(location).json(), client.get(f"{location}/picture").content
    with make_client() as client:
        assert client.get(location).json() == document
        assert client.get(f"{location}/picture").content == picture


def test_drawings_over_the_memory_that_is_allowed_are_closed_and_painted_the_same_again(make_client):
    with make_client(limits=Limits(memory=1)) as client:
        sessions = client.app.state.parts.sessions
        pictures = {}
        for name in ("a", "b", "c", "a", "b", "c"):
            if name not in pictures:
                files = {"line_art": png(line_art(96, 64))}
                place = client.post("/v1/drawings", files=files, data={"look": '{"size": 64}'}).headers["location"]
                change(client, place, add=[stroke(name, color={"a": "red", "b": "green", "c": "blue"}[name])])
                pictures[name] = place, client.get(f"{place}/picture").content
            assert client.get(f"{pictures[name][0]}/picture").content == pictures[name][1]
            assert len(sessions._easels) == len(sessions._open) == 1
        assert len({picture for _, picture in pictures.values()}) == 3


def test_what_an_open_drawing_is_said_to_hold_is_what_it_holds(client):
    art = np.asarray(line_art(900, 600))
    tracemalloc.start()
    easel = Easel(client.app.state.parts.painter, art, DrawingLook(size=64))
    easel.paint(Snapshot(1, Hints(), DrawingLook()))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    small = PIXEL_BYTES * PREVIEW_PIXELS**2  # of the preview's canvas, which is not there yet
    assert 0.7 * held < easel.bytes - small < 1.6 * held
