"""What is timed, on small pictures, and the report that is made of it."""

import json
import platform
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from paintstorch_sdk.bench import goals, performance, record, report, run, tables
from paintstorch_sdk.bench.cases import canvas, colorize, layers, sheet, startup, training
from paintstorch_sdk.bench.cases import ceilings as ceilings_case
from paintstorch_sdk.bench.record import Entry, Record
from paintstorch_sdk.bench.report import Measured
from paintstorch_sdk.bench.timing import Interval, Samples
from paintstorch_sdk.errors import InputError
from support.bench_runs import a_row, a_run, ceilings

DOCS = Path(__file__).parent.parent.parent / "docs"
SIZE = (96, 64)


class TestCases:
    """Each opens in this process, with a small model and small pictures."""

    def test_pages_are_of_the_size_that_is_asked_for(self):
        line_art, hints = sheet.page(*SIZE)
        assert line_art.shape == hints.layer.shape[:2] == SIZE[::-1]
        assert line_art.min() < 128 < line_art.max()
        assert hints.layer[..., 3].max() > 128
        tensor, hint_map = sheet.tensors(*SIZE)
        assert tensor.shape == (1, 1, 64, 96)
        assert hint_map.shape == (1, 4, 16, 24)

    def test_layers_are_all_of_a_stage(self, tiny_bundle):
        opened = _open(layers.subjects({"bundled": tiny_bundle.path}, SIZE, "fp32")[0])
        parts = opened.calls[layers.CALL]()
        stages = {name.split("/", 1)[1] for name in parts if name.startswith(layers.STAGE)}
        for graph in ("encoder", "painter"):
            assert {f"{graph}/{stage}" for stage in opened.facts["flops"][graph]} <= stages
        by_stage, by_kind = (
            sum(seconds for name, seconds in parts.items() if name.startswith(axis))
            for axis in (layers.STAGE, layers.KIND)
        )
        assert by_stage == pytest.approx(by_kind)

    def test_canvas_and_picture(self, tiny_bundle):
        opened = canvas.canvas(tiny_bundle.path, "onnxruntime", threads=1, side=64)
        for _ in range(45):
            opened.calls[canvas.STROKE]()
        opened.calls[canvas.ONE_SHOT]()
        assert opened.facts["precision"] == "fp32"

    def test_the_network_is_a_part_of_a_picture(self, tiny_bundle):
        opened = colorize.colorize(tiny_bundle.path, threads=1, sizes=((64, 48),))
        parts = opened.calls["64 x 48"]()
        assert parts[colorize.NETWORK] > 0

    def test_ceilings(self, monkeypatch):
        monkeypatch.setattr(ceilings_case, "MATRIX", 16)
        monkeypatch.setattr(ceilings_case, "CONVOLUTIONS", ((8, 8), (16, 4)))
        monkeypatch.setattr(ceilings_case, "COPY_BYTES", 2**12)
        for subject in ceilings_case.subjects():
            if subject.facts.get("precision") == "bf16" and "openvino" in subject.name:
                continue  # not on every processor
            opened = _open(subject)
            for call in opened.calls.values():
                assert call() is None
            assert set(opened.calls) == set(opened.facts.get("flops", opened.facts.get("bytes")))

    @pytest.mark.parametrize("recipe", ["ours", "paper"])
    def test_samples_are_made_anew(self, recipe):
        opened = training.samples(recipe, threads=1, crop=64, batch=2)
        for _ in range(3):
            opened.calls[training.CALL]()

    @pytest.mark.parametrize("stage", ["supervised", "adversarial"])
    def test_steps_learn(self, stage):
        """A step raises where what it learns by heart is not learned."""
        opened = training.step(stage, threads=1, crop=64, batch=2, width=8)
        for _ in range(training.LEARNED):
            opened.calls[training.CALL]()

    def test_the_training_has_both_recipes_and_both_stages(self):
        found = training.subjects(seconds=2.0)
        assert [subject.name for subject in found] == [
            training.OURS,
            training.PAPER,
            training.SUPERVISED,
            training.ADVERSARIAL,
        ]
        assert all(callable(getattr(training, subject.opener.partition(":")[2])) for subject in found)

    def test_importing_loads_no_runtime(self):
        parts = startup._import()
        assert parts[startup.PROCESS] > parts[startup.IMPORT_CALL] > 0
        assert {"paintstorch_sdk", "numpy", "PIL"} <= set(startup.import_shares())

    def test_a_command_that_fails_says_how(self):
        with pytest.raises(startup.StartupError, match=r"ended with 1: ValueError: no"):
            startup._run([startup.sys.executable, "-c", "raise ValueError('no')"])


def _open(subject):
    import importlib

    module, _, function = subject.opener.partition(":")
    return getattr(importlib.import_module(module), function)(**subject.options, threads=1)


def _entry(case, subject, facts=None, **samples):
    named = {name.replace("__", "/").replace("_", " "): Samples.of(rounds) for name, rounds in samples.items()}
    return Entry(case, subject, named, facts or {})


def a_record():
    """Round numbers: 2 GFLOP in 0.1 s."""
    flops = {"encoder": {"enc0": 10**9}, "painter": {"exit": 10**9}}
    entries = (
        _entry(startup.CASE, startup.PYTHON, process=[[0.02]]),
        _entry(
            startup.CASE,
            startup.IMPORT,
            {"milliseconds_by_package": {"numpy": 60.0}},
            process=[[0.2]],
            **{"import": [[0.1, 0.11], [0.1]]},
        ),
        Entry(startup.CASE, startup.SHELL, error="pts ended with 2: no"),
        _entry(
            layers.CASE,
            "width 64",
            {"flops": flops, "precision": "bf16"},
            picture=[[0.1]],
            picture__stage__encoder__enc0=[[0.06]],
            picture__stage__painter__exit=[[0.04]],
            picture__kind__1x1=[[0.1]],
        ),
        _entry(canvas.CASE, "width 64, openvino", {"precision": "bf16"}, one_shot=[[0.2, 0.3]], stroke=[[0.1, 0.3]]),
        _entry(
            colorize.CASE,
            "width 32",
            {"backend": "openvino", "precision": "bf16"},
            **{"512_x_512": [[0.1]], "512_x_512__network": [[0.08]]},
        ),
    )
    facts = {
        "date": "2026-01-01",
        "command": "make bench-docs",
        "threads": 2,
        "effort": {"rounds": 2, "seconds": 0.5},
        "environment": a_run().environment,
        "noise": {"load_before": 0.1, "others": 0.2, "steal": 0.0, "noisy": True, "seconds": 12.0},
        "bundles": {"width 64": {"name": "random", "manifest_sha256": "0" * 64}},
    }
    return Record("machine", facts, entries)


def a_training():
    """Our samples in 0.01 s, a step in 0.2 s; the others did not run."""
    facts = {"crop": 256, "batch": 2}
    entries = (
        _entry(training.CASE, training.OURS, facts | {"peak_bytes": 2**28}, batch=[[0.01], [0.01]]),
        Entry(training.CASE, training.PAPER, error="cv2 is not installed"),
        _entry(training.CASE, training.SUPERVISED, facts | {"width": 32}, batch=[[0.2], [0.2]]),
    )
    command = "python -m paintstorch_sdk.bench.performance --only training"
    return Record("machine", a_record().facts | {"command": command}, entries)


def paper():
    """`pts bench` at the paper's width: the published way takes 0.6 s, the fastest one 0.1 s."""
    rows = [a_row(*way, width=64) for way in (("published", "fp32", 0.6, 121.0), ("openvino", "bf16", 0.1, 58.0))]
    return a_run(*rows)


def measured(**changes):
    found = Measured("machine", a_record(), {report.NETWORK: a_run(), report.PAPER: paper()}, a_training())
    return replace(found, **changes)


class TestGoals:
    @pytest.mark.parametrize(
        ("low", "high", "at_most", "at_least"),
        [
            (0.5, 0.9, "met", "**missed**"),
            (1.1, 1.5, "**missed**", "met"),
            (0.9, 1.1, "too close to tell", "too close to tell"),
        ],
    )
    def test_verdicts(self, low, high, at_most, at_least):
        found = Interval((low + high) / 2, low, high)
        assert goals.Goal("x", 1.0, found, "{}").verdict == at_most
        assert goals.Goal("x", 1.0, found, "{}", at_least=True).verdict == at_least

    def test_of_a_record(self):
        verdicts = [(goal.measured.value, goal.verdict) for goal in goals.goals([a_record()])]
        assert verdicts == [
            (pytest.approx(0.1), "met"),  # import
            (pytest.approx(0.8), "too close to tell"),  # a stroke, of noisy samples
            (pytest.approx(20.0), "**missed**"),  # pre- and postprocessing
        ]

    def test_of_runs(self):
        ratio, floor = goals.goals([], [a_run(), paper()])  # width 32 has none
        assert ratio.measured.value == pytest.approx(6.0, rel=0.05)
        assert (ratio.verdict, ratio.at_least) == ("met", True)
        assert floor.measured == paper().rows[1].floor.times
        assert floor.verdict == "**missed**"
        assert "openvino bf16" in floor.what

    def test_the_pipeline_is_to_be_faster_than_the_step(self):
        (found,) = goals.goals([a_training()])
        assert (found.measured.value, found.verdict) == (pytest.approx(20.0), "met")
        assert found.what == "supervised step against our samples that feed it, by one worker"

    def test_without_samples_there_are_no_goals(self):
        assert not list(goals.goals([Record("x", {}, ())]))
        assert goals.section([], []) == []


class TestReport:
    def test_every_table_is_there(self):
        rate = ceilings()[1].rate.value / 1e9
        over = [1e3 * (seconds - 1 / rate) for seconds in (0.06, 0.04)]
        text = report.text([measured()])
        for line in (
            "## A processor, 2 cores",
            "| `pts bench --duration 20` | 2026-01-02T03:04+00:00 | 61 s |  |",
            f"| encoder, enc0 | 60.0 | 60 % | 1.00 | 17 | {100 / 0.06 / rate:.0f} % | {over[0]:.1f} |",
            f"| all | 100.0 |  | 2.00 | 20 | {100 * 20 / rate:.0f} % | {sum(over):.1f} |",
            "| 1x1 | 100.0 | 100 % |",
            "| width 32, openvino bf16, 512 x 512 | 100 [100, 100] | 80.0 [80.0, 80.0] | 20.0 [20.0, 20.0] | "
            "20.0 % [20.0, 20.0] |",
            "| shell to picture | failed: pts ended with 2: no |  |",
            "| our samples | 2 of 256 px | 10.0 [10.0, 10.0] | 200.0 [200.0, 200.0] | 256 MiB |",
            "| the paper's samples | failed: cv2 is not installed |  |  |  |",
            "| supervised step | 2 of 256 px, width 32 | 200 [200, 200] | 10.0 [10.0, 10.0] |  |",
            "| supervised step | our samples | 20.0 [20.0, 20.0] |",
            "- tensorrt fp16 cuda: cannot run: needs a CUDA device: install a driver",
        ):
            assert line in text.splitlines(), line
        assert "noisy" in text
        assert "| published fp32 |" in text.partition("paper's width")[2]
        assert "| convolution, 128 channels, 128 x 128 | bf16 | openvino, cpu |" in text
        for lines in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines.splitlines()}) == 1, lines

    def test_it_is_written_from_all_that_was_measured(self, tmp_path):
        record.save(a_record(), report.record_path(tmp_path, "machine"))
        record.save(a_training(), report.run_path(tmp_path, "machine", report.TRAINING))
        for part, found in measured().runs.items():
            run.save(found, report.run_path(tmp_path, "machine", part))
        run.save(a_run(), report.run_path(tmp_path, "another", report.NETWORK))
        report.write(tmp_path)
        text = (tmp_path / report.NAME).read_text("utf-8")
        assert text == report.text(report.load(tmp_path))
        assert text.count("## A processor, 2 cores") == 2
        assert "docs/measured/another" in text.partition("docs/measured/machine")[0]

    @pytest.mark.parametrize(
        "found",
        [
            measured(runs={}),
            measured(record=None),
            measured(record=None, runs={report.PAPER: paper()}, training=None),
            measured(record=None, runs={}),
        ],
    )
    def test_a_machine_of_which_little_was_measured(self, found):
        text = report.text([found])
        assert ("### Starting" in text) == (found.record is not None)
        assert ("### The network, the bundled" in text) == (report.NETWORK in found.runs)
        assert ("### What this machine can do" in text) == bool(found.runs)
        assert ("### Training" in text) == (found.training is not None)

    def test_the_command_writes_the_report_of_what_is_there(self, tmp_path, capsys):
        record.save(a_record(), report.record_path(tmp_path, "machine"))
        assert performance.main(["--report", "--docs", str(tmp_path)]) == 0
        assert "is written" in capsys.readouterr().err
        assert (tmp_path / report.NAME).exists()

    @pytest.mark.parametrize(
        ("arguments", "command"),
        [
            ([], "make bench-docs"),
            (
                ["--quick", "--threads", "99", "--only", "rest", "network", "--name", "x"],
                "python -m paintstorch_sdk.bench.performance --name x --only rest network --threads 99 --quick",
            ),
        ],
    )
    def test_the_record_tells_the_command_that_made_it(self, tmp_path, monkeypatch, arguments, command):
        def measure(name, typed, effort, threads):
            whole = a_record()
            return Record(name, {**whole.facts, "command": typed}, whole.entries)

        monkeypatch.setattr(performance, "measure", measure)
        monkeypatch.setattr(performance, "trained", lambda *asked: a_training())
        monkeypatch.setattr(performance, "compared", lambda part, effort, threads: a_run())
        performance.main([*arguments, "--docs", str(tmp_path)])
        assert f"| `{command}` (all else) |" in (tmp_path / report.NAME).read_text("utf-8")

    def test_the_training_alone(self, tmp_path, monkeypatch):
        """What else was measured before stays."""
        record.save(a_record(), report.record_path(tmp_path, "machine"))
        taken = []

        def take(subjects, **asked):
            taken.extend(subjects)
            return [*a_training().entries]

        monkeypatch.setattr(performance.rounds, "take", take)
        performance.main(["--only", "training", "--name", "machine", "--docs", str(tmp_path)])
        assert {subject.case for subject in taken} == {training.CASE}
        text = (tmp_path / report.NAME).read_text("utf-8")
        assert "| `python -m paintstorch_sdk.bench.performance --name machine --only training` (training) |" in text
        assert "### Starting" in text
        assert "| supervised step | our samples | 20.0 [20.0, 20.0] |" in text

    def test_there_is_something_to_report(self, tmp_path):
        with pytest.raises(InputError, match="expected records"):
            report.write(tmp_path)

    def test_the_ceiling_is_the_fastest_convolution_of_any_run(self):
        faster = replace(ceilings()[1], rate=Interval(5e12, 4e12, 6e12))
        runs = [a_run(), a_run(ceilings=(*ceilings(), faster))]
        assert tables.ceiling(runs, "bf16") == 5e12
        assert tables.ceiling(runs, "fp16") is None

    def test_what_pts_bench_is_asked(self, monkeypatch):
        """The commands in the report are those that measure the same."""
        plans = []

        class Measurement:
            def __init__(self, plan, say):
                plans.append(plan)

            def run(self):
                return a_run()

        monkeypatch.setattr(performance, "Measurement", Measurement)
        for part in report.PARTS:
            performance.compared(part, performance.Effort(), 2)
        network, wide, used = plans
        assert network.command == "pts bench --duration 4 --rounds 5 --threads 2"
        assert wide.widths == (64,)
        assert "--width 64 --backends eager,published," in wide.command
        assert not any(way.backend == "compiled" for way in wide.ways)
        assert any(way.backend == "published" for way in wide.ways)
        assert used.scenarios == ("interactive", "offline", "server")
        assert "--scenario interactive,offline,server --frames 8 --backends openvino" in used.command


class TestSuites:
    def test_their_json_has_the_percentiles_of_the_raw_samples(self, tmp_path):
        out = tmp_path / "benchmark.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "bench/suites/test_speed_pixels.py"]
        command += ["-k", "strokes", "--benchmark-only", f"--benchmark-json={out}"]
        done = subprocess.run(command, cwd=DOCS.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        document = json.loads(out.read_text("utf-8"))
        assert len(document["benchmarks"]) == 2
        for found in document["benchmarks"]:
            taken = found["stats"]["data"]
            assert len(taken) >= 5
            for percent in (50, 90, 99, 99.9):
                assert found["stats"][f"p{percent:g}"] == pytest.approx(float(np.percentile(taken, percent)))
            assert found["extra_info"]["warm_up"]["calls"] >= 1
            assert f"{found['name']}" in done.stdout.partition("percentiles of the raw samples")[2]
        assert document["machine_info"].keys() >= {"cpu", "versions", "revision"}
        assert "node" not in document["machine_info"]


class TestDocs:
    """What is committed."""

    def test_the_page_is_generated(self):
        found = (DOCS / report.NAME).read_text("utf-8")
        # Another NumPy may draw other resamples: the intervals' bounds, and verdicts that hang on them, may move.
        assert _without_intervals(found) == _without_intervals(report.text(report.load(DOCS)))

    def test_nothing_private_is_in_the_records(self):
        for path in [*(DOCS / report.MEASURED).glob("*.json"), DOCS / report.NAME]:
            text = path.read_text("utf-8")
            assert not re.search(r"/(root|home|tmp|Users|work)/", text), path
            assert len(platform.node()) < 4 or platform.node() not in text, path


def _without_intervals(text):
    told = r"\[[^]]*\]|\([\d.]+\N{EN DASH}[\d.]+\)|\*\*missed\*\*|\bmet\b|too close to tell|\N{DEGREE SIGN}"
    return re.sub(told, "", text)
