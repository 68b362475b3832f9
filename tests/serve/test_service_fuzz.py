"""A server under requests that nobody would send: none ends in a traceback, in another file, or in growth.

PTS_FUZZ=200 sends so many requests to each route; few by default.
"""

import base64
import contextlib
import io
import json
import os
import random
import socket
import warnings
from pathlib import Path

import httpx2 as httpx
import pytest
from PIL import Image
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from support.cli import hint_layer, line_art
from support.serving import Server, coded, png

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own imports
    schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis, of the extra [dev]")

from hypothesis import HealthCheck, given, settings

EXAMPLES = int(os.environ.get("PTS_FUZZ", "5"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzzed") / "data"


@pytest.fixture(scope="module")
def server(folder):
    with Server(folder, "--timeout", "5", "--max-drawings", "40", "--max-mb", "4", "--max-megapixels", "1") as server:
        yield server
        assert server.process.poll() is None
        assert httpx.get(f"{server.address}/readyz").status_code == 200
        files = {path.name for path in folder.parent.rglob("*") if path.is_file()}
        assert files <= {f"drawings.sqlite3{ending}" for ending in ("", "-wal", "-shm")}
    # The one line is uvicorn's, of clients that broke HTTP in the middle of their request.
    faults = [
        line.get("traceback", line["event"])
        for line in server.log
        if line["level"] in ("error", "critical")
        and line["event"] != "ASGI callable returned without completing response."
    ]
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.filterwarnings("ignore")
def test_every_route_answers_whatever_the_description_makes(server):
    described = schemathesis.openapi.from_url(f"{server.address}/openapi.json")
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def answers(case):
            response = case.call(timeout=60)
            assert response.status_code < 500 or response.status_code in (503, 507), response.content
            assert b"Traceback" not in response.content

        answers()


def resident(server):
    """Memory of the server, MB."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def broken(chance):
    """A picture with some of its bytes changed."""
    data = bytearray(png(line_art(), chance.choice(["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])))
    for _ in range(chance.randint(1, 20)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.choice([len(data), chance.randrange(1, len(data))])])


def test_broken_pictures_are_refused_or_colored_and_memory_stays(server):
    chance = random.Random(7)
    sizes = []
    for index in range(20 * EXAMPLES):
        picture = broken(chance)
        files = {"line_art": picture, "layer": broken(chance) if index % 3 == 0 else png(hint_layer())}
        answer = httpx.post(f"{server.address}/v1/colorize", files=files, data={"size": "64"}, timeout=60)
        assert answer.status_code in (200, 413, 422), answer.text
        legacy = {"sketch": coded(picture), "hint": coded(files["layer"])}
        assert httpx.post(f"{server.address}/api/v1/colorizer", json=legacy, timeout=60).status_code == 200
        sizes.append(resident(server))
    assert sizes[-1] < 1.3 * sizes[len(sizes) // 2] + 50


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"--b--\r\n",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="line_art"; filename="../../evil.png"\r\n\r\nx\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; name="line_art"\r\n\r\n' + b"x" * 70_000,
        b"--b\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
        b'--b\r\nContent-Disposition: form-data; name="hints"\r\n\r\n{\r\n--b--\r\n',
        b"".join(b'--b\r\nContent-Disposition: form-data; name="n%d"\r\n\r\nx\r\n' % k for k in range(500))
        + b"--b--\r\n",
    ],
)
@pytest.mark.parametrize("path", ["/v1/colorize", "/v1/drawings"])
def test_forms_that_are_none_are_refused(server, path, content):
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = httpx.post(server.address + path, content=content, headers=headers, timeout=60)
    assert answer.status_code in (400, 422), answer.text
    assert "Traceback" not in answer.text


def bombs():
    """Small files that claim, or become, far too much."""
    wide = Image.new("1", (30_000, 30_000))
    yield png(wide)
    yield png(wide.convert("L"), "WEBP") if max(wide.size) < 16_384 else png(Image.new("L", (16_383, 16_383)), "WEBP")
    yield b"BM" + bytes(16) + (2**31 - 1).to_bytes(4, "little") * 2 + bytes(40)
    file = io.BytesIO()
    Image.new("L", (2_000, 2_000)).save(file, "TIFF", compression="tiff_lzw")
    yield file.getvalue()


def test_bombs_do_not_go_off(server):
    before = resident(server)
    for bomb in bombs():
        answer = httpx.post(f"{server.address}/v1/colorize", files={"line_art": bomb}, timeout=60)
        assert answer.status_code in (413, 422), answer.text
    assert resident(server) < before + 100


@pytest.mark.parametrize(
    "content",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 100_000,
        b"POST /v1/colorize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/colorize HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"GET /studio/../../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /v1/drawings/%00/picture HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /v1/drawings HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil\r\nConnection: close\r\n\r\n",
        b"\0" * 1000,
    ],
)
def test_what_is_hardly_http_is_answered_or_dropped(server, content):
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as link, contextlib.suppress(ConnectionError):
        link.sendall(content)
        link.shutdown(socket.SHUT_WR)
        answer = link.recv(65536)
        assert not answer.startswith(b"HTTP/1.1 5")
        assert b"root:" not in answer
    assert httpx.get(f"{server.address}/healthz").status_code == 200


def test_sockets_take_no_harm(server):
    chance = random.Random(11)
    answer = httpx.post(f"{server.address}/v1/drawings", files={"line_art": png(line_art())})
    if answer.status_code == 507:  # the routes' own fuzzing has filled it
        (first, *_) = httpx.get(f"{server.address}/v1/drawings").json()
        drawing = f"/v1/drawings/{first['id']}"
    else:
        drawing = answer.headers["location"]
    url = server.address.replace("http", "ws") + f"{drawing}/socket"
    parts = [
        '{"type":',
        '"change"',
        '"seq":1',
        "[]",
        "{}",
        ",",
        "null",
        '"add":[{',
        "}]",
        "\\u0000",
        "1e999",
        "-1",
        "}",
    ]
    for _ in range(20 * EXAMPLES):
        message = "".join(chance.choices(parts, k=chance.randint(1, 8)))
        with contextlib.suppress(WebSocketException), connect(url, max_size=2**24) as link:
            link.send(message if chance.random() < 0.8 else base64.b64decode(base64.b64encode(message.encode())))
            link.recv(20)
    with connect(url, max_size=2**24) as link:
        assert json.loads(link.recv(20))["type"] == "hello"
