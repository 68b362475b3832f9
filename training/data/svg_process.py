"""The process that draws SVG files: started at the first drawing, and again after one that it did not survive."""

import atexit
import os
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from paintstorch_sdk.errors import ImageError

MAX_SECONDS = 20.0  # of one drawing
_WORKER = Path(__file__).with_name("svg_worker.py")


class SvgProcess:
    """One process, for one caller at a time; a forked process starts its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def draw(self, document: str) -> bytes:
        """The PNG of a cleaned document.

        Raises:
            ImageError: The renderer refuses it, takes too long or too much memory, or crashed.
        """
        request = document.encode("utf-8", "replace")
        with self._lock:
            process = self._start()
            assert process.stdin is not None
            assert process.stdout is not None
            late = threading.Timer(MAX_SECONDS, process.kill)
            late.start()
            try:
                process.stdin.write(struct.pack(">I", len(request)) + request)
                process.stdin.flush()
                head = process.stdout.read(5)
                good, size = struct.unpack(">BI", head) if len(head) == 5 else (2, 0)
                content = process.stdout.read(size)
            except BrokenPipeError:
                good, content = 2, b""
            finally:
                in_time = late.is_alive()
                late.cancel()
            if good == 2:
                self.close()
                why = "crashed the renderer" if in_time else f"took it longer than {MAX_SECONDS:g} s"
                raise ImageError(f"expected an SVG that resvg draws, received one that {why}")
        if good == 0:
            raise ImageError(
                f"expected an SVG that resvg draws, received one it refuses: {content.decode(errors='replace'):.200}"
            )
        return content

    def close(self) -> None:
        """End the process; the next drawing starts another."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    stream.close()  # type: ignore[union-attr]
            process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self.close()
            command = [sys.executable, "-I", str(_WORKER)]  # -I: the files beside it are no modules for it
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._owner = os.getpid()
        return self._process


PROCESS = SvgProcess()
atexit.register(PROCESS.close)
