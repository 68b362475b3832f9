"""The script of a GPU visit, and the prediction that goes with it."""

import json
import sys

import pytest

from paintstorch_sdk.bench.experiments import __main__ as command
from paintstorch_sdk.bench.experiments import fusion, visit
from paintstorch_sdk.bench.experiments.visit import Step


def test_every_step_has_its_own_log_and_a_command(tmp_path):
    steps = visit.list_steps(tmp_path, tmp_path, quick=True)
    assert len({step.name for step in steps}) == len(steps)
    assert all(step.command and 0 < step.limit <= 600 for step in steps)  # what a command there may take
    assert sum("-m cuda" in " ".join(step.command) for step in steps) >= 3


def test_the_tests_that_it_runs_exist(tmp_path):
    steps = visit.list_steps(tmp_path, visit.Path(__file__).parent.parent, quick=True)
    named = [part for step in steps for part in step.command if part.endswith(".py")]
    assert len(named) >= 5
    assert [path for path in named if not visit.Path(path).is_file()] == []


def test_a_step_that_fails_or_hangs_costs_no_other(tmp_path, capsys):
    hangs = (sys.executable, "-c", "import sys; print('begun', flush=True); sys.stdin.read()")
    read_end = (
        sys.executable,
        "-c",
        f"import os, subprocess, sys\nr, w = os.pipe()\nsubprocess.run({list(hangs)!r}, stdin=r)",
    )
    plan = [
        Step("fails", (sys.executable, "-c", "print('a reason'); raise SystemExit(3)")),
        Step("hangs", read_end, limit=0.5),
        Step("works", (sys.executable, "-c", "import os; print(os.environ['MODEL'])"), variables=(("MODEL", "m"),)),
    ]
    came = visit.run_steps(plan, tmp_path, minutes=5)
    assert [one.status for one in came] == [3, None, 0]
    assert [one.last_line for one in came][::2] == ["a reason", "m"]
    assert [one["name"] for one in json.loads((tmp_path / "visit.json").read_text())] == ["fails", "hangs", "works"]
    assert "at its limit" in capsys.readouterr().out


def test_what_no_time_is_left_for_is_not_begun(tmp_path):
    (came,) = visit.run_steps([Step("late", (sys.executable, "-c", "raise SystemExit(0)"))], tmp_path, minutes=0)
    assert (came.status, came.last_line) == (None, "no time was left")


@pytest.mark.parametrize("only", ["tensorrt"])
def test_the_command(tmp_path, capsys, only):
    assert visit.main([str(tmp_path / "out"), "--only", only, "--quick"]) in (0, 1)  # the library may be installed
    assert capsys.readouterr().out.startswith("tensorrt ")
    assert (tmp_path / "out" / "tensorrt.log").exists()


@pytest.mark.parametrize("width", [32, 64])
def test_the_prediction_counts_the_networks_own_operations(width):
    from torch import nn

    from paintstorch_sdk.networks.generator import Bottleneck, Generator

    generator = Generator(width=width, feature_channels=8 * width)
    found = [module for module in generator.modules() if isinstance(module, Bottleneck)]
    assert len(found) == sum(stage.count for stage in fusion.STAGES) == 41
    by_channels = {stage.factor * width: stage for stage in fusion.STAGES}
    counted = dict.fromkeys(by_channels, 0)
    for bottleneck in found:
        convolutions = [module for module in bottleneck.modules() if isinstance(module, nn.Conv2d)]
        channels = convolutions[0].in_channels
        pixels = (512 // by_channels[channels].scale) ** 2
        counted[channels] += sum(2 * convolution.weight.numel() * pixels for convolution in convolutions)
    for channels, stage in by_channels.items():
        assert fusion.predict(stage, width, (512, 512), fusion.Rates()).operations == counted[channels]


def test_the_table(capsys):
    command.main([])
    shown = capsys.readouterr().out
    assert shown.count("\n") == 15
    assert "| all | 41 |" in shown
    docs = visit.Path(__file__).parent.parent.parent / "docs" / "gpu.md"
    assert all(part in docs.read_text("utf-8") for part in shown.split("\n\n"))  # the tables there are the printed ones
