"""Who may ask: hosts, origins, tokens, headers."""

import base64
import logging

import pytest
from starlette.websockets import WebSocketDisconnect

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.serve.guard import PICKER_STYLE, JsonLines
from paintstorch_sdk.serve.routes.studio import PAGE
from paintstorch_sdk.serve.settings import Settings

TOKEN = "a-token-of-this-test"


def test_addresses_beyond_this_machine_need_a_token(tmp_path):
    for host in ("0.0.0.0", "192.168.1.5", "::", "paint.example"):
        with pytest.raises(InputError, match="token"):
            Settings(folder=tmp_path, host=host)
        Settings(folder=tmp_path, host=host, token=TOKEN)
    for host in ("127.0.0.1", "::1", "localhost", "127.9.9.9"):
        Settings(folder=tmp_path, host=host)
    with pytest.raises(InputError, match="16"):
        Settings(folder=tmp_path, token="short")


def test_a_token_is_not_shown(tmp_path):
    assert TOKEN not in repr(Settings(folder=tmp_path, token=TOKEN))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "a@b:c"])
def test_other_names_for_this_machine_are_refused(client, host):
    answer = client.get("/v1/drawings", headers={"Host": host})
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "ForbiddenError")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:7860", "localhost:1", "[::1]:7860"])
def test_names_of_the_loopback_are_served(client, host):
    assert client.get("/v1/drawings", headers={"Host": host}).status_code == 200


def test_pages_from_elsewhere_change_nothing(client, drawing):
    for origin in ("http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1.evil.example"):
        assert client.delete(drawing, headers={"Origin": origin}).status_code == 403
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(f"{drawing}/socket", headers={"Origin": origin, "Host": "127.0.0.1"}),
        ):
            pass
    assert client.get(drawing).status_code == 200
    assert client.delete(drawing, headers={"Origin": "http://127.0.0.1"}).status_code == 204


def test_with_a_token_nothing_but_the_page_is_had_without_it(make_client):
    with make_client(token=TOKEN) as client:
        assert client.get("/").status_code == 200
        assert client.get("/healthz").status_code == 200
        assert client.get("/studio/js/main.js").status_code == 200
        for path in ("/v1/drawings", "/v1/models", "/metrics", "/openapi.json", "/nowhere"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        for given in ("Bearer wrong", "Basic " + TOKEN, TOKEN, "Bearer", "Bearer \xe9"):
            headers = {"Authorization": given.encode("latin-1")}
            assert client.get("/v1/drawings", headers=headers).status_code == 401
        assert client.get("/v1/drawings", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert client.post("/api/v1/colorizer", json={}).status_code == 401


def test_a_socket_takes_the_token_as_a_protocol(make_client):
    with make_client(token=TOKEN) as client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        drawing = client.post("/v1/drawings", json={"example": "friends"}, headers=headers).headers["location"]
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(f"{drawing}/socket"):
            pass
        coded = base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("=")
        with client.websocket_connect(f"{drawing}/socket", subprotocols=["pts.v1", f"pts.token.{coded}"]) as socket:
            assert socket.accepted_subprotocol == "pts.v1"
            assert socket.receive_json()["type"] == "hello"


def test_pages_that_are_allowed_may_call(make_client):
    with make_client(origins=("https://paint.example",)) as client:
        answer = client.get("/v1/models", headers={"Origin": "https://paint.example"})
        assert answer.headers["access-control-allow-origin"] == "https://paint.example"
        assert (
            "access-control-allow-origin"
            not in client.get("/v1/models", headers={"Origin": "https://b.example"}).headers
        )


def test_no_cors_unless_asked(client):
    answer = client.get("/v1/models", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_the_policy_lets_nothing_in_from_elsewhere(client):
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert client.get("/").headers["x-content-type-options"] == "nosniff"


def test_the_policy_knows_the_pickers_style():
    import hashlib
    import re

    folder = PAGE / "vendor/vanilla-colorful/lib/styles"
    sheets = [
        re.search("`(.*)`", (folder / f"{name}.js").read_text(), re.DOTALL)[1]
        for name in ("color-picker", "hue", "saturation")
    ]
    digest = hashlib.sha256("".join(sheets).encode()).digest()
    assert "sha256-" + base64.b64encode(digest).decode() == PICKER_STYLE


@pytest.mark.parametrize(
    "path", ["/studio/../app.py", "/studio/..%2fapp.py", "/studio/%2e%2e/app.py", "/studio//etc/passwd", "/studio/js"]
)
def test_no_file_beside_the_page_is_served(client, path):
    assert client.get(path).status_code in (404, 405)


def test_the_log_is_json_and_has_routes_not_names(client, drawing):
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = logging.getLogger("paintstorch_sdk.serve")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        client.get(drawing)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    import json

    line = JsonLines().format(records[-1])
    document = json.loads(line)
    assert document["route"] == "/v1/drawings/{drawing}"
    assert (document["method"], document["status"]) == ("GET", 200)
    assert drawing.rsplit("/", 1)[1] not in line
