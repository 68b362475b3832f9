"""Tuning: who measures, who waits, what is kept, and for whom."""

import json
import os
import subprocess
import sys

import pytest

from paintstorch_sdk.backend import Availability
from paintstorch_sdk.backends import tuning
from paintstorch_sdk.backends.openvino import OpenVinoBackend
from paintstorch_sdk.backends.tuning import Plan, Tuning, find_tuning, record_path, tune
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.errors import InputError
from support.cli import Runner

HERE = Availability("openvino", "2026.4", (("cpu", ("fp32",)),))
FOUND = Tuning("fp32", {"fp32": Plan({2: 16}, 1)}, {"fp32": {"milliseconds": 9.0, "usual": 10.0, "psnr": 200.0}})
OTHER = """
import sys, time
from pathlib import Path
from paintstorch_sdk.backend import Availability
from paintstorch_sdk.backends.tuning import Plan, Tuning, tune
from paintstorch_sdk.bundle import Bundle

def measure():
    with open(sys.argv[1], "a") as file:
        file.write("measured\\n")
    if sys.argv[2] == "killed":
        import os
        os._exit(9)
    return Tuning("fp32", {"fp32": Plan({2: 16}, 1)}, {"fp32": {"milliseconds": 9.0}})

tune(Bundle.open(), Availability("openvino", "2026.4", (("cpu", ("fp32",)),)), measure)
"""


@pytest.fixture
def bundle(store, monkeypatch):
    """The bundled model, with a cache of this test's own."""
    monkeypatch.delenv(tuning.NO_TUNE, raising=False)
    return Bundle.open()


def start_other(log, end="ends"):
    return subprocess.Popen([sys.executable, "-c", OTHER, str(log), end], env=dict(os.environ))


def test_of_two_processes_one_measures_and_both_find_it(bundle, tmp_path):
    log = tmp_path / "log"
    codes = [process.wait() for process in [start_other(log), start_other(log)]]
    assert codes == [0, 0]
    assert log.read_text() == "measured\n"
    assert find_tuning(bundle, HERE).plans == FOUND.plans


def test_a_killed_tuning_leaves_nothing_and_stops_nobody(bundle, tmp_path):
    assert start_other(tmp_path / "log", "killed").wait() == 9
    assert find_tuning(bundle, HERE) is None
    found, place = tune(bundle, HERE, lambda: FOUND)
    assert (found, place) == (FOUND, record_path(bundle, HERE))
    assert sorted(file.suffix for file in place.parent.iterdir()) == [".json", ".lock"]


def test_a_cache_that_cannot_be_written_keeps_nobody_from_measuring(bundle, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv(tuning.FOLDER_VARIABLE, str(tmp_path / "file"))
    assert tune(bundle, HERE, lambda: FOUND) == (FOUND, None)
    assert find_tuning(bundle, HERE) is None


def test_another_processor_with_the_same_folder_has_a_record_of_its_own(bundle, monkeypatch):
    _, first = tune(bundle, HERE, lambda: FOUND)
    monkeypatch.setattr(tuning, "find_processor", lambda: ("another", {"avx2"}))
    assert find_tuning(bundle, HERE) is None
    _, second = tune(bundle, HERE, lambda: FOUND)
    assert first != second
    assert first.parent == second.parent


@pytest.mark.parametrize("text", ["", "[]", '{"precision": "fp32"}', '{"precision": "fp7", "plans": {}}', "[" * 9999])
def test_a_damaged_record_is_none(bundle, text):
    _, place = tune(bundle, HERE, lambda: FOUND)
    place.write_text(text)
    assert find_tuning(bundle, HERE) is None


def test_a_record_is_used_again_unless_it_is_not_wanted(bundle, monkeypatch):
    tune(bundle, HERE, lambda: FOUND)
    assert tune(bundle, HERE, pytest.fail)[0] == FOUND
    again = Tuning("fp32", {"fp32": Plan({}, None)}, {})
    assert tune(bundle, HERE, lambda: again, again=True)[0] == again
    monkeypatch.setenv(tuning.NO_TUNE, "1")
    assert find_tuning(bundle, HERE) is None


def test_no_tune_reaches_all_that_a_command_starts(bundle, monkeypatch, capsys):
    tune(bundle, HERE, lambda: FOUND)
    monkeypatch.setenv(tuning.NO_TUNE, "")
    assert Runner(monkeypatch, capsys)("colorize", "missing.png", "--no-tune").code == 2
    assert os.environ[tuning.NO_TUNE] == "1"
    assert find_tuning(bundle, HERE) is None


def test_auto_is_the_precision_that_was_fastest(bundle, monkeypatch):
    monkeypatch.setattr("paintstorch_sdk.backends.openvino.find_tuning", lambda *_: FOUND)
    with OpenVinoBackend(bundle) as backend:
        assert backend.precision == "fp32"


def test_int8_is_for_hints_that_flow_as_it_was_proven_on(bundle, monkeypatch):
    int8 = Tuning("int8", {"int8": Plan({}), "fp32": Plan({2: 16})}, FOUND.measured)
    monkeypatch.setattr("paintstorch_sdk.backends.openvino.find_tuning", lambda *_: int8)
    with Colorizer(bundle, backend="openvino", flow=False) as still:
        assert still.backend.precision in ("bf16", "fp32")
    with pytest.raises(InputError, match="own flow, which it is proven on, received flow=False; "):
        Colorizer(bundle, precision="int8", flow=False)


def test_what_is_kept_is_what_was_found(bundle):
    _, place = tune(bundle, HERE, lambda: FOUND)
    assert json.loads(place.read_text())["plans"] == {"fp32": {"packing": {"2": 16}, "threads": 1}}
    assert find_tuning(bundle, HERE) == FOUND
