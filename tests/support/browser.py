"""A page in headless Chromium, spoken to over its debugging pipe: what it logs, what its script does, how it looks."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless",
    "--no-sandbox",  # tests may run as root, and open nothing but their own files
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)

# The ends of the pipe have to be descriptors 3 and 4; either may be one of these already.
CONNECT = """
import os, sys
for end, number in zip(sys.argv[1:3], (198, 199)):
    os.dup2(int(end), number)
os.dup2(198, 3)
os.dup2(199, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def chromium() -> Any:
    """Its path, None where it is not installed."""
    if os.name == "nt":
        return None  # its pipe is another one there
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One page at a time.

    Attributes:
        errors: What went wrong on the page: exceptions of its script, errors that the browser logged.
        requests: Addresses that the page asked for.
    """

    def __init__(self, commands: Any, answers: Any) -> None:
        self._commands, self._answers = commands, answers
        self._number = 0
        self._session = None
        self.errors: list[Any] = []
        self.requests: list[Any] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._ask(f"{domain}.enable")

    def open(self, path: Any, width: int = 1400, height: int = 900, dark: Any = False, mobile: Any = False) -> None:
        """Load a file at a size, and wait until it is there."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])
        factor = 2 if mobile else 1
        sizes = {"width": width, "height": height, "deviceScaleFactor": factor, "mobile": mobile}
        self._ask("Emulation.setDeviceMetricsOverride", **sizes)
        self._ask("Page.navigate", url=Path(path).resolve().as_uri())
        self._read(lambda message: message.get("method") == "Page.loadEventFired")

    def run(self, expression: Any) -> Any:
        """The value of a JavaScript expression on the page."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def screenshot(self, path: Any, whole: Any = True) -> None:
        """A PNG of the page."""
        answer = self._ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(answer["data"]))

    def _ask(self, method: Any, **params: Any) -> Any:
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        answer = self._read(lambda found: found.get("id") == number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _read(self, wanted: Any) -> Any:
        while True:
            message = self._message()
            self._note(message)
            if wanted(message):
                return message

    def _message(self) -> Any:
        content = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("the browser has ended")
            content += byte
        return json.loads(content)

    def _note(self, message: Any) -> None:
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])


@contextlib.contextmanager
def browser(profile: Any) -> Iterator[Any]:
    """A running browser with a new profile folder."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()

    ends = (theirs_in, theirs_out)
    command = [sys.executable, "-c", CONNECT, *map(str, ends)]
    command += [chromium(), *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, pass_fds=ends, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(theirs_in)
    os.close(theirs_out)
    with open(ours_out, "wb") as commands, open(ours_in, "rb") as answers:  # noqa: PTH123
        try:
            yield Browser(commands, answers)
        finally:
            process.terminate()
            process.wait(20)
