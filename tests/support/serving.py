"""What the tests of the service share: the application in this process, and a server in its own."""

import base64
import io
import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from support.cli import PTS

if TYPE_CHECKING:
    from starlette.testclient import TestClient

LINE = {"id": "a", "points": [[20, 20], [40, 24]], "color": "#e8a0b4", "width": 8}


def png(image: Image.Image, kind: str = "PNG") -> bytes:
    """A picture as a file."""
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def coded(data: bytes) -> str:
    """Base64 of a file."""
    return base64.b64encode(data).decode()


def pixels(data: bytes) -> np.ndarray:
    """The pixels of a file."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def stroke(name: str = "a", **changes: object) -> dict[str, object]:
    """A stroke as clients send it."""
    return LINE | {"id": name} | changes


def open_client(folder: Path, **settings: Any) -> "TestClient":
    """A client of a new application, with limits that are easily reached; a context manager."""
    from starlette.testclient import TestClient

    from paintstorch_sdk.examples import examples
    from paintstorch_sdk.serve.app import create_app
    from paintstorch_sdk.serve.settings import Limits, Settings

    defaults: dict[str, Any] = {
        "examples": tuple(examples()),
        "limits": Limits(pixels=2_000_000, strokes=60, points=2_000),
    }
    app = create_app(Settings(folder=folder, backend="onnxruntime", threads=1, **(defaults | settings)))
    return TestClient(app, base_url="http://127.0.0.1", headers={"Host": "127.0.0.1"})


class Server:
    """`pts serve` as a process of its own.

    Args:
        folder: Its drawings.
        arguments: More of the command line.
        variables: More of the environment.
    """

    def __init__(self, folder: Path, *arguments: str, variables: dict[str, str] | None = None) -> None:
        command = [str(PTS), "serve", "--data", str(folder), "--threads", "1", *arguments]
        if "--port" not in arguments:
            command += ["--port", "0"]
        process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=os.environ | (variables or {}), start_new_session=True
        )
        assert process.stderr is not None
        self.process, self.errors = process, process.stderr
        self.log: list[dict[str, object]] = []
        self.address = self._listen()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)
        self._reader.join(30)
        self.errors.close()

    def stop(self) -> int:
        """End it as an administrator would; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self._reader.join(30)
        self.errors.close()
        return code

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _listen(self) -> str:
        for line in self.errors:
            self.log.append(json.loads(line))
            if self.log[-1]["event"] == "listening":
                return str(self.log[-1]["address"]).rstrip("/")
        raise RuntimeError(f"the server ended: {self.log}")

    def _read(self) -> None:
        for line in self.errors:
            self.log.append(json.loads(line))
