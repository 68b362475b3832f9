"""The WebSocket of a drawing: changes, acknowledgments, pictures."""

import asyncio
import json
from contextlib import suppress

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect

from paintstorch_sdk.serve.routes.socket import _read
from support.serving import pixels, stroke


@pytest.fixture
def socket(client, drawing):
    with client.websocket_connect(f"{drawing}/socket", headers={"Host": "127.0.0.1"}) as socket:
        yield socket


def message(socket):
    """The next message: a document, and the picture that follows it, or None."""
    received = socket.receive()
    if received["type"] == "websocket.close":
        raise WebSocketDisconnect(received["code"])
    if received.get("text") is not None:
        return json.loads(received["text"]), None
    head, _, content = received["bytes"].partition(b"\n")
    return json.loads(head), content


def until(socket, wanted):
    """All messages up to the one that is wanted."""
    seen = []
    while True:
        seen.append(message(socket))
        if wanted(seen[-1][0]):
            return seen


def full(version):
    return lambda document: document.get("kind") == "full" and document["version"] >= version


def test_a_drawing_says_hello_and_shows_itself(socket, drawing):
    hello, picture = message(socket)
    assert (hello["type"], picture) == ("hello", None)
    assert drawing.endswith(hello["drawing"]["id"])
    head, content = until(socket, full(1))[-1]
    assert (head["width"], head["height"]) == (96, 64)
    assert pixels(content).shape == (64, 96, 3)


def test_a_stroke_is_on_disk_when_it_is_acknowledged(client, socket, drawing):
    socket.send_json({"type": "change", "seq": 7, "add": [stroke()]})
    ack = until(socket, lambda document: document["type"] == "ack")[-1][0]
    assert ack == {"type": "ack", "seq": 7, "version": 2}
    assert client.get(drawing).json()["strokes"] == 1
    head, content = until(socket, full(2))[-1]
    assert head["version"] == 2
    assert pixels(content).min() < 200


def test_a_picture_never_goes_back_to_an_older_version(socket):
    for k in range(12):
        socket.send_json({"type": "change", "seq": k, "add": [stroke(f"s{k}", points=[[5 + 6 * k, 30]])]})
    seen = [document for document, _ in until(socket, full(13))]
    fulls = [document["version"] for document in seen if document.get("kind") == "full"]
    assert fulls == sorted(set(fulls))
    assert [document["seq"] for document in seen if document["type"] == "ack"] == list(range(12))


def test_a_draft_is_shown_and_not_kept(client, socket, drawing):
    until(socket, full(1))
    socket.send_json({"type": "draft", "stroke": stroke("draft")})
    head, content = until(socket, lambda document: document.get("kind") == "preview")[-1]
    assert head["version"] == 1
    assert content
    assert client.get(drawing).json()["strokes"] == 0


def test_another_look_is_painted(client, socket, drawing):
    socket.send_json({"type": "set", "seq": 1, "name": "Cover", "look": {"size": 32}})
    until(socket, full(2))
    assert client.get(drawing).json()["name"] == "Cover"


def test_two_who_draw_see_each_other(client, drawing):
    headers = {"Host": "127.0.0.1"}
    with (
        client.websocket_connect(f"{drawing}/socket", headers=headers) as one,
        client.websocket_connect(f"{drawing}/socket", headers=headers) as other,
    ):
        one.send_json({"type": "change", "seq": 1, "add": [stroke()]})
        changed = until(other, lambda document: document["type"] == "changed")[-1][0]
        assert changed["change"]["add"][0]["id"] == "a"
        until(other, full(2))
        client.patch(f"{drawing}/strokes", json={"remove": ["a"]})
        assert until(one, lambda document: document["type"] == "changed")[-1][0]["change"]["remove"] == ["a"]


@pytest.mark.parametrize(
    ("text", "seq"),
    [
        ("{", None),
        ("[]", None),
        ('{"type": "fly", "seq": 3}', 3),
        ('{"type": "change", "seq": 4, "add": [{"id": "x"}]}', 4),
        ('{"type": "change", "seq": 5, "add": [{"id": "x", "points": [[1, 1]], "color": "none"}]}', 5),
        ('{"type": "set", "seq": 6, "look": {"model": "/etc/passwd"}}', 6),
        ('{"type": "change", "seq": "many"}', None),
    ],
)
def test_what_is_refused_says_why_and_the_socket_goes_on(client, socket, drawing, text, seq):
    socket.send_text(text)
    refused = until(socket, lambda document: document["type"] == "refused")[-1][0]
    assert refused["seq"] == seq
    assert refused["message"]
    socket.send_json({"type": "change", "seq": 9, "add": [stroke()]})
    until(socket, lambda document: document["type"] == "ack")
    assert client.get(drawing).json()["strokes"] == 1


def test_bytes_end_the_socket(socket):
    socket.send_bytes(b"\0" * 10)
    with pytest.raises(WebSocketDisconnect) as ended:
        until(socket, lambda document: False)
    assert ended.value.code == 1003


def test_a_drawing_that_is_not_there_has_no_socket(client):
    with (
        client.websocket_connect("/v1/drawings/nowhere/socket", headers={"Host": "127.0.0.1"}) as socket,
        pytest.raises(WebSocketDisconnect) as ended,
    ):
        socket.receive_text()
    assert ended.value.code == 4404


def test_who_watches_a_drawing_is_told_that_it_is_deleted(client, socket, drawing):
    client.delete(drawing)
    until(socket, lambda document: document["type"] == "deleted")


def test_a_client_that_goes_while_its_message_is_refused_is_no_fault():
    messages = iter([{"type": "websocket.connect"}, {"type": "websocket.receive", "bytes": b"no text"}])

    async def receive():
        received = next(messages)
        if received["type"] == "websocket.receive":
            with suppress(WebSocketDisconnect):  # the writer finds meanwhile that it has gone
                await socket.send_text("picture")
        return received

    async def send(message):
        if message["type"] == "websocket.send":
            raise OSError

    async def read():
        await socket.accept()
        await _read(socket, None, None, None)

    socket = WebSocket({"type": "websocket"}, receive, send)
    asyncio.run(read())
    assert next(messages, None) is None
