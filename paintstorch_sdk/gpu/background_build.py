"""Engines that are built while another backend serves: `pts export` in a process of its own, into the user's cache."""

import hashlib
import json
import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..backend import Backend, Encoded, FloatTensor
from ..bundle import Bundle
from ..errors import BackendError, BundleError, PaintsTorchError
from .engine_cache import cache_folder

_LOG = logging.getLogger("paintstorch_sdk")


def locate_build(bundle: Bundle, flavor: str, version: str, target: str) -> Path:
    """The folder for a bundle's built engines, named by the bundle's files and the engines' target."""
    files = {name: entry["sha256"] for name, entry in bundle.manifest["files"].items()}
    key = json.dumps([files, flavor, version, target], sort_keys=True)
    return cache_folder().parent / "bundles" / hashlib.sha256(key.encode()).hexdigest()[:32]


def find_build(bundle: Bundle, flavor: str, version: str, target: str) -> Bundle | None:
    """The bundle with engines that was built of a bundle on this machine, verified; None where there is none."""
    try:
        return Bundle.open(locate_build(bundle, flavor, version, target))
    except BundleError:
        return None


def build_engines(bundle: Bundle, flavor: str, version: str, target: str) -> None:
    """Build a bundle's engines for a GPU, unless that was done; takes minutes.

    Raises:
        BackendError: It failed: the last line of what it said.
    """
    if find_build(bundle, flavor, version, target) is not None:
        return
    out = locate_build(bundle, flavor, version, target)
    shutil.rmtree(out, ignore_errors=True)  # damaged, or it would have been found
    code = "import sys; from paintstorch_sdk.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "export", str(bundle.path)]
    command += ["-o", str(out), "--tensorrt", "--flavor", flavor, "--target", target]
    # In a session of its own it outlives Ctrl-C and the end of this process: the next one finds the engines.
    done = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        raise BackendError(f"engines for {target} could not be built: {said[-1]}")


class BuildingBackend(Backend):
    """One backend, until another is ready; from then on that one. Line art encoded before is painted where it was
    encoded.

    Args:
        meanwhile: Serves first.
        prepare: Makes the other one; called in a thread of its own.

    Attributes:
        failed: Why the other will not come, in one line; empty as long as it may.
    """

    def __init__(self, meanwhile: Backend, prepare: Callable[[], Backend]) -> None:
        self._backends = [meanwhile]
        self._changing = threading.Lock()
        self.failed = ""
        self._copy_description()
        self._thread = threading.Thread(
            target=self._switch_over, args=(prepare,), name="paintstorch-build", daemon=True
        )
        self._thread.start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the other one serves or has failed; whether that is so."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def encode(self, line_art: FloatTensor) -> Encoded:
        self.check_open()
        return self.serving.encode(line_art)

    def paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        self.check_open()
        if encoded.backend not in self._backends:
            return super().paint(encoded, hints)  # which says what is wrong
        return encoded.backend.paint(encoded, hints)

    @property
    def serving(self) -> Backend:
        return self._backends[-1]

    def _copy_description(self) -> None:
        backend = self.serving
        self.name, self.device, self.precision = backend.name, backend.device, backend.precision
        self.min_input_size, self.max_batch = backend.min_input_size, backend.max_batch

    def _switch_over(self, prepare: Callable[[], Backend]) -> None:
        try:
            backend = prepare()
        except PaintsTorchError as error:
            self.failed = str(error)
            _LOG.warning("%s; %s goes on", error, self.name)
            return
        with self._changing:
            if self._closed:
                backend.close()
                return
            self._backends.append(backend)
            self._copy_description()

    def _release(self) -> None:
        with self._changing:
            for backend in self._backends:
                backend.close()

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        raise AssertionError("encode is that of the backend that serves")

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        raise AssertionError("paint is that of the backend that encoded")
