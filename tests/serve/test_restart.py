"""A real server: killed, ended, started again."""

import json
import socket

import httpx2 as httpx
import pytest
from websockets.sync.client import connect

from support.cli import line_art
from support.serving import Server, png, stroke


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def new_drawing(server):
    answer = httpx.post(
        f"{server.address}/v1/drawings", files={"line_art": png(line_art())}, data={"look": '{"size": 64}'}
    )
    return answer.headers["location"]


def send_and_read(link, text):
    """Send a message, and read until the link ends."""
    link.send(text)
    while True:
        link.recv(30)


def test_kill_9_loses_no_acknowledged_stroke(folder):
    server = Server(folder)
    drawing = new_drawing(server)
    acknowledged = set()
    with connect(server.address.replace("http", "ws") + f"{drawing}/socket") as link:
        for k in range(60):
            link.send(json.dumps({"type": "change", "seq": k, "add": [stroke(f"s{k}", points=[[k, 20], [k, 40]])]}))
        while len(acknowledged) < 40:
            message = link.recv(30)
            if isinstance(message, str) and (document := json.loads(message))["type"] == "ack":
                acknowledged.add(document["seq"])
        server.kill()
    with Server(folder) as server:
        strokes = httpx.get(f"{server.address}{drawing}").json()["stroke_list"]
        kept = [one["id"] for one in strokes]
        assert {f"s{k}" for k in acknowledged} <= set(kept)
        assert kept == [f"s{k}" for k in range(len(kept))]  # none half, none out of order
        assert httpx.get(f"{server.address}{drawing}/picture").status_code == 200


def test_a_server_that_is_told_to_end_says_goodbye(folder):
    server = Server(folder)
    drawing = new_drawing(server)
    with connect(server.address.replace("http", "ws") + f"{drawing}/socket") as link:
        link.send(json.dumps({"type": "change", "seq": 1, "add": [stroke()]}))
        while not (isinstance(message := link.recv(30), str) and json.loads(message)["type"] == "ack"):
            pass
        assert server.stop() in (0, -15)
    assert not [line for line in server.log if line["level"] in ("error", "critical")]


def test_the_log_has_no_content(folder):
    with Server(folder) as server:
        drawing = new_drawing(server)
        httpx.patch(f"{server.address}{drawing}/strokes", json={"add": [stroke(color="#123456")]})
    text = json.dumps(server.log)
    assert drawing.rsplit("/", 1)[1] not in text
    assert "#123456" not in text
    assert any(line["event"] == "request" and line["status"] == 201 for line in server.log)


def test_an_address_that_is_taken_is_one_line(folder):
    from support.cli import spawn

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = spawn("serve", "--data", folder, "--port", taken.getsockname()[1])
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1
    assert b"--port" in result.stderr


def test_a_backend_that_cannot_run_is_one_line(folder):
    from support.cli import spawn

    result = spawn("serve", "--data", folder, "--triton", "http://127.0.0.1:9", "--port", "0")
    assert (result.returncode, result.stderr.count(b"\n")) == (2, 1)
    assert b"does not answer" in result.stderr


def test_an_open_address_without_a_token_is_one_line(folder):
    from support.cli import spawn

    result = spawn("serve", "--data", folder, "--host", "0.0.0.0", "--port", "0")
    assert (result.returncode, result.stderr.count(b"\n")) == (2, 1)
    assert b"PAINTSTORCH_TOKEN" in result.stderr


def test_a_slow_client_is_let_go(folder):
    with Server(folder, "--timeout", "1") as server:
        host, port = server.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as link:
            link.sendall(
                b"POST /v1/colorize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b"Content-Length: 1000\r\n\r\n{"
            )
            assert b" 408 " in link.recv(1000)
        assert httpx.get(f"{server.address}/healthz").status_code == 200


def test_a_huge_frame_ends_only_its_own_socket(folder):
    from websockets.exceptions import ConnectionClosed

    with Server(folder) as server:
        drawing = new_drawing(server)
        url = server.address.replace("http", "ws") + f"{drawing}/socket"
        with connect(url) as link, pytest.raises(ConnectionClosed):
            send_and_read(link, "x" * (5 * 2**20))
        with connect(url) as link:
            assert json.loads(link.recv(30))["type"] == "hello"
