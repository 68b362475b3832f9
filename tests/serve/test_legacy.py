"""The contract of PaintsTorchAPI, field by field."""

import json

import numpy as np
import pytest
from PIL import Image

from support.cli import hint_layer, line_art
from support.serving import coded, pixels, png

URL = "/api/v1/colorizer"
SKETCH, HINT = coded(png(line_art(96, 64))), coded(png(hint_layer(96, 64)))
ASKED = {"sketch": SKETCH, "hint": HINT, "opacity": 1.0}


def picture(answer):
    """The colored picture of an answer that succeeded."""
    assert answer.status_code == 200
    document = answer.json()
    assert set(document) == {"success", "colored"}, document
    assert document["success"] is True
    head, _, data = document["colored"].partition(",")
    assert head == "data:image/png;base64"
    import base64

    return pixels(base64.b64decode(data))


def refusal(answer):
    """Why an answer did not succeed."""
    assert answer.status_code == 200
    document = answer.json()
    assert set(document) == {"success", "error"}
    assert document["success"] is False
    assert "\n" not in document["error"]
    return document["error"]


def test_the_picture_has_the_sketchs_size(client):
    assert picture(client.post(URL, json=ASKED)).shape == (64, 96, 3)


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_pictures_come_with_or_without_a_data_uri(client, prefix):
    plain = picture(client.post(URL, json=ASKED))
    same = picture(client.post(URL, json=ASKED | {"sketch": prefix + SKETCH, "hint": prefix + HINT}))
    np.testing.assert_array_equal(plain, same)


def test_a_sketch_may_be_a_jpeg(client):
    sketch = coded(png(line_art(96, 64), "JPEG"))
    assert picture(client.post(URL, json=ASKED | {"sketch": "data:image/jpeg;base64," + sketch})).shape == (64, 96, 3)


def test_opacity_says_how_strong_the_lines_are(client):
    full, half, none = (picture(client.post(URL, json=ASKED | {"opacity": o})).astype(int) for o in (1, 0.5, 0))
    lines = np.asarray(line_art(96, 64)) == 0
    assert full[lines].max() == 0
    assert np.abs(half[lines] - none[lines] / 2).max() <= 1
    paper = np.asarray(line_art(96, 64)) == 255
    np.testing.assert_array_equal(full[paper], none[paper])


def test_transparent_paper_is_white_not_black(client):
    sketch = Image.new("RGBA", (96, 64))
    sketch.paste((0, 0, 0, 255), mask=Image.eval(line_art(96, 64), lambda value: 255 - value))
    np.testing.assert_array_equal(
        picture(client.post(URL, json=ASKED | {"sketch": coded(png(sketch))})), picture(client.post(URL, json=ASKED))
    )


def test_a_hint_may_be_painted_on_a_copy_of_the_sketch(client):
    opaque = line_art(96, 64).convert("RGB")
    opaque.paste(hint_layer(96, 64), mask=hint_layer(96, 64))
    plain = picture(client.post(URL, json=ASKED | {"hint": coded(png(line_art(96, 64)))}))
    painted = picture(client.post(URL, json=ASKED | {"hint": coded(png(opaque))}))
    assert (plain != painted).any()


def test_the_model_may_be_named_and_another_name_is_an_error(client):
    assert picture(client.post(URL, json=ASKED | {"model": "default"})).shape == (64, 96, 3)
    assert "default" in refusal(client.post(URL, json=ASKED | {"model": "paintstorch"}))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sketch": None}, "sketch"),
        ({"hint": None}, "hint"),
        ({"sketch": 7}, "sketch"),
        ({"sketch": "***"}, "sketch"),
        ({"sketch": coded(b"hello")}, "picture"),
        ({"hint": coded(b"hello")}, "picture"),
        ({"hint": coded(png(hint_layer(64, 64)))}, "aspect ratio"),
        ({"opacity": 2}, "opacity"),
        ({"opacity": "much"}, "opacity"),
        ({"opacity": True}, "opacity"),
        ({"model": 3}, "model"),
    ],
)
def test_what_cannot_be_colored_says_why(client, changed, said):
    assert said in refusal(client.post(URL, json=ASKED | changed))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_json_says_so(client, content):
    assert "body" in refusal(client.post(URL, content=content))


def test_clients_that_send_no_content_type_are_served(client):
    assert picture(client.post(URL, content=json.dumps(ASKED))).shape == (64, 96, 3)
