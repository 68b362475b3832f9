"""One-shot coloring, and what the service says of itself."""

import numpy as np
import pytest

import paintstorch_sdk as pts
from paintstorch_sdk.serve.schemas import DrawingLook
from paintstorch_sdk.serve.settings import Limits
from support.cli import hint_layer, line_art
from support.serving import coded, pixels, png

PICTURE = png(line_art(96, 64))
HINTS = {"version": 1, "strokes": [{"points": [[20, 20], [40, 24]], "color": "#e8a0b4", "width": 8}]}


@pytest.fixture(scope="module")
def expected():
    """What the colorizer makes of it."""
    with pts.Colorizer(backend="onnxruntime", threads=1, size=64) as colorizer:
        return np.asarray(colorizer.colorize(PICTURE, HINTS))


def test_json_and_form_give_the_colorizers_picture(client, expected):
    as_json = client.post("/v1/colorize", json={"line_art": coded(PICTURE), "hints": HINTS, "size": 64})
    as_form = client.post(
        "/v1/colorize",
        files={"line_art": PICTURE},
        data={"hints": str(HINTS).replace("'", '"'), "size": "64", "format": "png"},
    )
    for answer in (as_json, as_form):
        assert answer.status_code == 200, answer.text
        np.testing.assert_array_equal(pixels(answer.content), expected)


@pytest.mark.parametrize(
    ("kind", "media"),
    [
        ("png", "image/png"),
        ("webp", "image/webp"),
        ("jpg", "image/jpeg"),
        ("ora", "image/openraster"),
        ("psd", "image/vnd.adobe.photoshop"),
    ],
)
def test_every_format_has_its_media_type(client, kind, media):
    answer = client.post("/v1/colorize", json={"line_art": coded(PICTURE), "size": 64, "format": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)


def test_a_layer_colors_too(client):
    plain = client.post("/v1/colorize", files={"line_art": PICTURE}, data={"size": "64"})
    layered = client.post(
        "/v1/colorize", files={"line_art": PICTURE, "layer": png(hint_layer(96, 64))}, data={"size": 64}
    )
    assert plain.status_code == layered.status_code == 200
    assert plain.content != layered.content


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 422, "line_art"),
        ({"line_art": "?"}, 422, "base64"),
        ({"line_art": coded(b"GIF89a")}, 422, "picture"),
        ({"line_art": coded(PICTURE), "model": "../default"}, 422, "model"),
        ({"line_art": coded(PICTURE), "format": "exe"}, 422, "format"),
        ({"line_art": coded(PICTURE), "lines": "add"}, 422, "lines"),
        ({"line_art": coded(PICTURE), "size": 100}, 422, "multiple of 32"),
        ({"line_art": coded(PICTURE), "hints": {"version": 1}}, 422, "version"),
        ({"line_art": coded(PICTURE), "layer": coded(b"hello")}, 422, "layer"),
        ({"line_art": coded(PICTURE), "secret": 1}, 422, "secret"),
        ({"line_art": "\ud800"}, 422, "JSON"),
    ],
)
def test_what_cannot_be_colored_says_why(client, body, status, said):
    import json

    answer = client.post("/v1/colorize", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 422),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"line_art=x", "text/plain", 415),
        (b"--b\r\nno headers", "multipart/form-data; boundary=b", 400),
        (b"", "multipart/form-data", 400),
    ],
)
def test_bodies_that_are_none_are_refused(client, content, kind, status):
    answer = client.post("/v1/colorize", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text


def test_a_picture_bomb_is_refused_before_it_is_decoded(client):
    from PIL import Image

    bomb = png(Image.new("1", (4096, 4096)))
    assert len(bomb) < 10_000
    for answer in (
        client.post("/v1/colorize", files={"line_art": bomb}),
        client.post("/v1/drawings", files={"line_art": bomb}),
    ):
        assert answer.status_code == 413
        assert "megapixels" in answer.json()["error"]["message"]


def test_a_large_body_is_refused_while_it_is_read(make_client):
    with make_client(limits=Limits(body=10_000)) as client:
        answer = client.post("/v1/colorize", content=b"x" * 20_000, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        answer = client.post(
            "/v1/colorize", content=iter([b"x" * 6_000] * 3), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413
        assert "MB" in answer.json()["error"]["message"]


def test_the_server_says_what_it_is(client):
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}
    abilities = client.get("/v1/models").json()
    assert abilities["models"][0]["name"] == "default"
    assert "png" in abilities["formats"]
    assert {one["name"] for one in client.get("/v1/examples").json()} == {"friends", "harbour", "sylvie"}
    assert client.get("/v1/examples/sylvie/thumbnail").headers["content-type"] == "image/webp"
    assert client.get("/v1/examples/..%2f..%2fREADME/thumbnail").status_code == 404


def test_metrics_name_routes_not_what_clients_wrote(client):
    client.get("/v1/drawings/secret-name")
    client.get("/secret-path")
    page = client.get("/metrics").text
    assert 'route="/v1/drawings/{drawing}"' in page
    assert "pts_render_seconds" in page
    assert "secret" not in page


def test_the_description_of_the_api_has_every_route_and_examples(client):
    document = client.get("/openapi.json").json()
    paths = set(document["paths"])
    assert {"/v1/colorize", "/v1/drawings", "/v1/drawings/{drawing}/strokes", "/api/v1/colorizer"} <= paths
    body = document["paths"]["/v1/colorize"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}
    assert body["application/json"]["schema"]["examples"]


def test_all_sizes_and_threads_share_one_loaded_network(client):
    painter = client.app.state.parts.painter
    default, small = painter.colorizer(DrawingLook()), painter.colorizer(DrawingLook(size=64))
    assert small.backend is default.backend
    assert (default.size, small.size) == (512, 64)
