"""Nothing leaves the machine, whatever home the user has."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paintstorch_sdk.gpu.engine_cache import FOLDER_VARIABLE
from paintstorch_sdk.telemetry import OPENVINO_REPORTER, SWITCHES, openvino_kept_quiet, switch_off
from support.cli import PTS, Runner, line_art, save
from support.training import write_config, write_data

# Runs at the start of every Python process that `pts` starts, itself first: whoever asks for a network or for an
# address is written down and refused.
GUARD = """
import os, pwd, socket

def refuse(what):
    def refused(*args, **kwargs):
        with open({log!r}, "a") as log:
            log.write(f"{{what}} {{args[1:]}}\\n")
        raise OSError("no network here")
    return refused

def unknown(number):
    raise KeyError(f"getpwuid(): uid not found: {{number}}")

for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "create_connection"):
    setattr(socket, name, refuse(name))
socket.socket.connect = refuse("connect")
socket.socket.connect_ex = refuse("connect_ex")
socket.socket.sendto = refuse("sendto")
if {unknown}:
    pwd.getpwuid = unknown
"""
COMMANDS = {
    "colorize": ("colorize", "line.png", "-o", "out.png"),
    "colorize-onnxruntime": ("colorize", "line.png", "-o", "out.png", "--backend", "onnxruntime"),
    "doctor": ("doctor",),
    "bench": (
        *("bench", "--size", "64", "--threads", "1", "--duration", "0.01", "--rounds", "1"),
        *("--backends", "onnxruntime", "--precision", "fp32", "--json", "run.json"),
    ),
    "train": ("train", "run.toml"),
}


@pytest.fixture
def place(tmp_path):
    """A folder with what the commands read."""
    save(line_art(), tmp_path / "line.png")
    phase = {"stage": "supervised", "steps": 1, "batch": 1, "crop": 64, "scale": [1.0, 1.0]}
    write_config(tmp_path / "run.toml", write_data(tmp_path / "data"), [phase])
    (tmp_path / "home").mkdir()
    return tmp_path


def run(place: Path, *command: object, home: str | None, unknown: bool = False) -> list[str]:
    """Run `pts` without a network; what asked for one."""
    guard, log = place / "guard", place / "asked.log"
    guard.mkdir(exist_ok=True)
    (guard / "sitecustomize.py").write_text(GUARD.format(log=str(log), unknown=unknown))
    env = {name: value for name, value in os.environ.items() if name not in SWITCHES and not name.startswith("XDG_")}
    env |= {"PYTHONPATH": str(guard), "LANG": "C.UTF-8"}
    for name in ("HOME", "PTS_NO_CACHE", FOLDER_VARIABLE):
        env.pop(name, None)
    if home is not None:
        env["HOME"] = home
    done = subprocess.run([PTS, *command], cwd=place, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert "Traceback" not in done.stderr
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_asks_for_a_network_or_leaves_files_at_home_outside_our_cache(place, name):
    home = place / "home"
    asked = run(place, *COMMANDS[name], home=str(home))
    assert asked == []
    ours = home / ".cache" / "paintstorch-sdk" / "compiled"
    assert [path.name for path in home.rglob("*") if path.is_file() and path.parent != ours] == []


HOMES = {"read-only": ("/proc/home", False), "missing": ("/nonexistent/home", False), "unknown": (None, True)}


@pytest.mark.parametrize(
    ("name", "home"),
    [
        *((name, home) for name in ("colorize", "doctor") for home in HOMES),
        ("bench", "unknown"),  # the two that take long, where the most is missing
        ("train", "unknown"),
        ("train", "read-only"),
    ],
)
def test_commands_need_no_home(place, name, home):
    where, unknown = HOMES[home]
    assert run(place, *COMMANDS[name], home=where, unknown=unknown) == []


def test_the_cache_without_a_home_says_what_to_do(tmp_path, monkeypatch, capsys):
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    result = Runner(monkeypatch, capsys)("cache", "list")
    assert (result.code, len(result.errors)) == (2, 1)
    assert "expected a home folder, this user has none; set PAINTSTORCH_CACHE to a folder" in result.err


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("name", ["colorize", "colorize-onnxruntime", "doctor", "bench"])
def test_no_system_call_opens_a_socket(place, name):
    env = {key: value for key, value in os.environ.items() if key not in SWITCHES} | {"HOME": str(place / "home")}
    trace = place / "trace.txt"
    command = ["strace", "-f", "-qq", "-e", "trace=%network", "-e", "signal=none", "-o", trace, PTS, *COMMANDS[name]]
    subprocess.run(command, cwd=place, env=env, capture_output=True, timeout=300, check=True)
    assert [line for line in trace.read_text().splitlines() if "socket(" in line or "connect(" in line] == []


def test_switches_are_set_unless_the_user_has_set_them(monkeypatch):
    for name in SWITCHES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DO_NOT_TRACK", "mine")
    switch_off()
    assert {name: os.environ[name] for name in SWITCHES} == SWITCHES | {"DO_NOT_TRACK": "mine"}


def test_the_reporter_is_out_of_reach_only_while_openvino_is_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, OPENVINO_REPORTER, json)
    with openvino_kept_quiet(), pytest.raises(ImportError):
        __import__(OPENVINO_REPORTER)
    assert sys.modules[OPENVINO_REPORTER] is json
    monkeypatch.delitem(sys.modules, OPENVINO_REPORTER)
    with openvino_kept_quiet():
        pass
    assert OPENVINO_REPORTER not in sys.modules
