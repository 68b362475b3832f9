"""Fresh processes: how long the import takes, and the way from the shell to a picture."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from paintstorch_sdk.examples import examples

from ...result import SubjectOutcome
from ...timing import SEED, TimeSamples

CASE = "startup"
PYTHON, IMPORT, SHELL = "python alone", "import paintstorch_sdk", "shell to picture"
IMPORT_CALL, PROCESS = "import", "process"
HEAVY = ("onnxruntime", "openvino", "torch", "tensorrt", "pycuda")

_IMPORT = f"""
import json, sys, time
begun = time.perf_counter()
import paintstorch_sdk
seconds = time.perf_counter() - begun
print(json.dumps([seconds, [name for name in {HEAVY!r} if name in sys.modules]]))
"""


class StartupError(Exception):
    """A command that failed or did something else: the reason in one line."""


def time_startups(rounds: int, samples: int, say: Callable[[str], None] = lambda line: None) -> list[SubjectOutcome]:
    """Start fresh processes in turns; what the disk's cache and the .pyc files save is saved for all of them."""
    calls: dict[str, Callable[[], dict[str, float]]] = {PYTHON: _python, IMPORT: _import}
    errors: dict[str, str] = {}
    taken: dict[str, dict[str, list[list[float]]]] = {PYTHON: {}, IMPORT: {}, SHELL: {}}
    order = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="paintstorch-bench-") as folder:
        calls[SHELL] = lambda: _shell(Path(folder))
        for number in range(rounds + 1):  # the first is the warm-up
            say(f"{CASE}: round {number} of {rounds}")
            for name in order.sample(list(calls), len(calls)):
                try:
                    parts = [calls[name]() for _ in range(samples if number else 1) if name not in errors]
                except StartupError as error:
                    errors[name] = str(error)
                    say(f"{CASE}: {name}: {error}")
                    continue
                for part in parts[0] if parts and number else ():
                    taken[name].setdefault(part, []).append([p[part] for p in parts])
    facts: dict[str, dict[str, Any]] = {
        IMPORT: {"milliseconds_by_package": import_shares()},
        SHELL: {"command": "pts colorize NAME.png -o OUT"},
    }
    return [
        SubjectOutcome(
            CASE,
            name,
            {} if name in errors else {part: TimeSamples.of(rounds_) for part, rounds_ in parts.items()},
            facts.get(name, {}),
            errors.get(name, ""),
        )
        for name, parts in taken.items()
    ]


def import_shares() -> dict[str, float]:
    """Time of the import of each package by itself, milliseconds, most first (`python -X importtime`)."""
    lines = _run([sys.executable, "-X", "importtime", "-c", "import paintstorch_sdk"]).stderr.splitlines()
    shares: Counter[str] = Counter()
    for line in lines:
        microseconds, _, name = line.removeprefix("import time:").split("|")
        if microseconds.strip().isdigit():
            root = name.strip().split(".")[0]
            shares[root if root in ("paintstorch_sdk", "numpy", "PIL") else "Python's own"] += int(microseconds)
    return {name: round(us / 1000, 1) for name, us in shares.most_common()}


def _python() -> dict[str, float]:
    return {PROCESS: _timed([sys.executable, "-c", "pass"])[0]}


def _import() -> dict[str, float]:
    process, output = _timed([sys.executable, "-c", _IMPORT])
    seconds, loaded = json.loads(output)
    if loaded:
        raise StartupError(f"the import loads {', '.join(loaded)}")
    return {IMPORT_CALL: seconds, PROCESS: process}


def _shell(folder: Path) -> dict[str, float]:
    line_art, hints = examples()[0]
    out = folder / "picture.png"
    out.unlink(missing_ok=True)
    script = Path(sys.executable).with_name("pts")
    pts = [str(script)] if script.exists() else [sys.executable, "-c", "from paintstorch_sdk.cli import main; main()"]
    seconds, _ = _timed([*pts, "colorize", str(line_art), "--hints", str(hints), "-o", str(out)])
    with Image.open(line_art) as before, Image.open(out) as picture:
        if picture.size != before.size:
            raise StartupError(f"expected a picture of {before.size}, received {picture.size}")
    return {PROCESS: seconds}


def _timed(command: Sequence[str]) -> tuple[float, str]:
    begun = time.perf_counter()
    done = _run(command)
    return time.perf_counter() - begun, done.stdout


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    # With .pyc files, as an installed package has them; some machines forbid Python to write any.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment.setdefault("PYTHONPYCACHEPREFIX", str(Path(tempfile.gettempdir()) / "paintstorch-bench-pyc"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise StartupError(f"{Path(command[0]).name} ended with {done.returncode}: {last[:200]}")
    return done
