"""`pts bench` as a user runs it, on a small model: rows, scenarios, wrong pixels, baselines, Ctrl-C."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from paintstorch_sdk.bench import ways
from paintstorch_sdk.bench.cases import scenarios
from paintstorch_sdk.bench.cases.scenarios import Setting
from paintstorch_sdk.bench.floor import count_flops, count_stage_flops, count_work
from paintstorch_sdk.bench.load import PROBES, Load
from paintstorch_sdk.bench.models import Whole
from paintstorch_sdk.bench.result import load
from paintstorch_sdk.bench.rounds import time_in_rounds
from paintstorch_sdk.bench.ways import Way
from paintstorch_sdk.bundle import partial_sums
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.networks.checkpoint import Architecture
from paintstorch_sdk.networks.split import LineEncoder, Painter
from support.cli import PTS, Runner, spawn

SMALL = ("--size", "64", "--threads", "1", "--duration", "0.01", "--rounds", "4")


@pytest.fixture
def pts(monkeypatch, capsys):
    return Runner(monkeypatch, capsys)


@pytest.fixture(scope="module")
def before(tiny_bundle, tmp_path_factory):
    """A run by the real `pts`: its answer, and its JSON."""
    folder = tmp_path_factory.mktemp("bench")
    done = spawn(
        "bench",
        *SMALL,
        *("--model", tiny_bundle.path, "--backends", "onnxruntime,openvino,published", "--precision", "fp32"),
        *("--json", folder / "run.json", "--csv", folder / "run.csv"),
    )
    assert done.returncode == 0, done.stderr.decode()
    return done, folder / "run.json"


# At the start of every Python process: what the extra [cpu] does not bring cannot be imported.
ONLY_CPU = """
import importlib.metadata, sys

BLOCKED = ("torch", "onnx", "onnxscript", "safetensors", "scipy", "matplotlib", "jinja2")

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def version(name, known=importlib.metadata.version):
    if name in BLOCKED:
        raise importlib.metadata.PackageNotFoundError(name)
    return known(name)

sys.meta_path.insert(0, Missing())
importlib.metadata.version = version
"""


def test_with_the_extra_cpu_alone_it_compares_what_is_there_and_says_so(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(ONLY_CPU)
    options = (*SMALL[:-1], "1", "--backends", "onnxruntime", "--precision", "fp32")
    env = os.environ | {"PYTHONPATH": str(tmp_path), "COLUMNS": "200"}
    done = spawn("bench", *options, cwd=tmp_path, env=env)
    said = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert "cannot run: eager fp32: backend eager: torch is not installed; pip install" in said
    assert "against onnxruntime fp32 on the package's line art, as eager fp32 cannot run here" in said
    assert re.search(r"onnxruntime fp32 .* equal ", said), said


class TestRun:
    def test_every_row_is_there_with_intervals_and_accuracy(self, before):
        found = load(before[1])
        assert found.complete
        assert [row.title for row in found.rows] == [
            "eager fp32",
            "published fp32",
            "onnxruntime fp32",
            "onnxruntime fp32 cuda",
            "openvino fp32",
        ]
        for row in found.rows:
            if row.device == "cuda":
                continue
            assert row.status == "ok", row.reason
            assert len(row.samples.rounds) == 4
            assert row.latency["p50"].low <= row.latency["p50"].value <= row.latency["p50"].high
            assert row.latency["p99.9"].enough is False
            assert row.images_per_second.value == pytest.approx(1 / row.samples.values.mean(), rel=1e-3)
            assert row.cold_start.total > 0
            assert row.peak_rss_bytes > 10**7
            assert row.disk_bytes > 10**5
            assert row.accuracy.pictures == 3
            assert row.floor.times.value > 0
            assert row.speedup.against == "eager fp32"
            assert row.warm_up.calls > 0
        eager, published, *_, openvino = found.rows
        assert (eager.speedup.value, eager.accuracy.psnr) == (1.0, 200.0)
        assert published.accuracy.limit == ""  # it squashes every picture to 512 x 512, this one of 64 x 64, too
        assert openvino.accuracy.psnr > 100
        assert set(openvino.parts) == {"encoder", "painter"}

    def test_what_cannot_run_is_a_row_with_its_reason(self, before):
        cuda = next(row for row in load(before[1]).rows if row.device == "cuda")
        if cuda.status == "ok":
            pytest.skip("there is a CUDA device")
        assert cuda.status == "cannot run"
        assert "cuda" in cuda.reason.lower()

    def test_the_machine_and_its_ceilings_are_there(self, before):
        found = load(before[1])
        assert found.threads == 1
        assert len(found.affinity) in (0, 1)
        assert {(c.what, c.precision) for c in found.ceilings} >= {("convolution", "fp32"), ("copy", "")}
        assert all(c.rate.low <= c.rate.value <= c.rate.high for c in found.ceilings)
        assert found.models["tiny"].flops["encoder"] > 0
        assert len(found.models["tiny"].manifest_sha256) == 64
        assert {"cpu", "versions", "revision", "flags"} <= set(found.environment)
        assert found.command.startswith("pts bench --model ")
        assert "--json" not in found.command

    def test_the_terminal_shows_the_table(self, before):
        text = before[0].stdout.decode()
        for words in (
            "p50 [95 %]",
            "x eager fp32",
            "cold start",
            "CIEDE2000",
            "x floor",
            "openvino fp32",
            "cannot run",
        ):
            assert words in text
        assert "interrupted" not in text

    def test_the_spreadsheet(self, before):
        with before[1].with_suffix(".csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [row["status"] for row in rows].count("ok") >= 4
        assert all(float(row["p50_value"]) > 0 for row in rows if row["status"] == "ok")


class TestCompare:
    def test_a_run_is_like_itself(self, before):
        done = spawn("bench", "compare", before[1], before[1])
        assert done.returncode == 0
        assert b"0 of 5 rows changed beyond noise" in done.stdout

    def test_a_slowed_backend_and_one_with_wrong_pixels_are_found(self, before, tiny_bundle, tmp_path):
        command = [sys.executable, "-m", "support.disturbed", "bench", *SMALL, "--model", tiny_bundle.path]
        command += ["--backends", "onnxruntime,openvino", "--precision", "fp32"]
        command += ["--json", tmp_path / "now.json", "--baseline", before[1]]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(list(map(str, command)), capture_output=True, check=False, timeout=300, env=environment)
        text = done.stdout.decode()
        assert done.returncode == 1, text
        eager, ort, _, openvino = load(tmp_path / "now.json").rows
        assert (eager.status, ort.status, openvino.status) == ("ok", "ok", "failed")
        assert openvino.reason.startswith("wrong pixels: expected at most 0.0001 apart")
        assert openvino.samples is None
        assert openvino.latency == {}
        again = spawn("bench", "compare", before[1], tmp_path / "now.json")
        assert again.returncode == 1
        lines = [line.strip() for line in again.stdout.decode().splitlines() if "single-stream" in line]
        assert any(line.startswith("onnxruntime fp32,") and line.endswith("slower") for line in lines)
        assert any(line.startswith("openvino fp32,") and line.endswith("fails now") for line in lines)
        assert any(line.startswith("eager fp32,") and line.endswith("same") for line in lines)
        assert "slower" in text


def test_ctrl_c_keeps_what_was_measured(tiny_bundle, tmp_path):
    command = ["bench", "--model", tiny_bundle.path, "--backends", "onnxruntime", "--precision", "fp32"]
    command += ["--size", "64", "--threads", "1", "--rounds", "1000", "--json", tmp_path / "run.json"]
    with subprocess.Popen(
        [str(PTS), *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if line.startswith("round 3 "):
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "interrupted" in out
    found = load(tmp_path / "run.json")
    assert not found.complete
    assert all(len(row.samples.rounds) >= 2 for row in found.rows if row.device == "cpu")


class TestScenarios:
    way = Way("onnxruntime", "cpu", "fp32", "")

    def outcome(self, bundle, scenario, batch=1, **options):
        setting = Setting(scenario, bundle.path, "", (96, 64), batch, 3)
        subject = scenarios.make_subject("case", self.way, setting)
        (outcome,) = time_in_rounds([subject], threads=1, rounds=2, seconds=0.001, warm_seconds=0.01, **options)
        assert not outcome.error
        assert outcome.accuracy.pictures == 3
        return outcome

    def test_single_stream_times_encoder_and_painter(self, tiny_bundle):
        taken = self.outcome(tiny_bundle, "single-stream", batch=2).samples
        assert set(taken) == {"picture", "picture/encoder", "picture/painter"}
        assert taken["picture"].median >= taken["picture/encoder"].median

    def test_interactive_paints_a_stroke_on_a_canvas(self, tiny_bundle):
        taken = self.outcome(tiny_bundle, "interactive").samples
        assert set(taken) == {"picture", "picture/network"}

    def test_offline_decodes_colors_and_writes_a_folder(self, tiny_bundle):
        taken = self.outcome(tiny_bundle, "offline", batch=2).samples
        assert taken["picture"].median > taken["picture/network"].median

    def test_server_finds_the_highest_rate(self, tiny_bundle):
        outcome = self.outcome(tiny_bundle, "server", load=Load(target=5.0, seconds=0.01))
        found = outcome.server
        assert len(found.probes) == PROBES
        assert 0 < found.rate < found.failed_rate
        assert len(outcome.samples["picture"].values) == found.requests


class TestWays:
    def test_eager_fp32_comes_first_whatever_is_asked(self):
        assert [way.title for way in ways.select_ways(["openvino"], ["bf16"])] == ["eager fp32", "openvino bf16"]

    def test_all_backends_and_peers_are_rows_with_or_without_a_gpu(self):
        without, with_gpu = (ways.select_ways(cuda=cuda) for cuda in (False, True))
        assert {way.backend for way in without} == {way.backend for way in with_gpu} == set(ways.NAMES)
        assert len({way.title for way in with_gpu}) == len(with_gpu)
        asked = ways.select_ways(ways.NAMES, cuda=True)
        assert [way.title for way in asked if way not in with_gpu] == ["compiled bf16"]
        assert set(asked) == set(ways.WAYS)
        assert {way.precision for way in without} == {"fp32", "bf16", "fp16", "int8"}

    @pytest.mark.parametrize("asked", [(["torch"], ["fp32"]), (["openvino"], ["fp8"]), (["openvino"], ["fp16"])])
    def test_what_there_is_not(self, asked):
        with pytest.raises(InputError):
            ways.select_ways(*asked)


class TestFloor:
    def test_work_is_that_of_the_networks(self, tiny_bundle):
        whole = count_work(tiny_bundle, (512, 512), 1, "fp32", stroke=False)
        parts = count_flops(tiny_bundle)
        assert whole.flops == sum(parts.values())
        assert count_work(tiny_bundle, (512, 512), 1, "fp32", stroke=True).flops == parts["painter"]
        assert count_work(tiny_bundle, (512, 512), 3, "fp32", stroke=False).flops == 3 * whole.flops
        assert count_work(tiny_bundle, (500, 490), 1, "fp32", stroke=False) == whole  # padded to multiples of 32

    def test_operations_are_those_that_torch_counts(self, tiny_bundle):
        counted = counted_by_torch(8)
        assert count_flops(tiny_bundle) == {name: counted[name].total() for name in ("encoder", "painter")}
        assert count_stage_flops(tiny_bundle, (512, 512)) == {name: counted[name] for name in ("encoder", "painter")}

    def test_operations_are_those_of_the_paper(self):
        whole, encoder, painter = (parts.total() / 1e9 for parts in counted_by_torch(64).values())
        assert whole == pytest.approx(139.0, abs=0.05)
        assert encoder + painter == pytest.approx(whole, rel=1e-12)  # splitting costs nothing
        assert painter == pytest.approx(93.9, abs=0.05)


def counted_by_torch(width):
    """Floating-point operations for 512 x 512 pixels by stage, of the whole network, the encoder and the painter."""
    with torch.device("meta"):
        line_art, hints = torch.empty(1, 1, 512, 512), torch.empty(1, 4, 128, 128)
        sums = [torch.empty(1, c, 512 // s, 512 // s) for c, s in partial_sums(width).values()]
        whole = Whole(*Architecture(width, width).build())
        calls = (whole, line_art, hints), (LineEncoder(width, width), line_art), (Painter(width, True), hints, *sums)
    found = []
    for module, *inputs in calls:
        with torch.inference_mode(), FlopCounterMode(display=False) as counter:
            module(*inputs)
        parts = Counter()
        for name, layer in module.named_modules():
            if isinstance(layer, torch.nn.Conv2d):
                parts[name.split(".")[0]] += sum(counter.get_flop_counts()[f"{type(module).__name__}.{name}"].values())
        assert parts.total() == counter.get_total_flops()
        found.append(parts)
    return dict(zip(("whole", "encoder", "painter"), found, strict=True))


class TestMistakes:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--size", "12"), "size: expected sides of 32 to 8192 pixels"),
            (("--size", "512x512x512"), "size: expected sides"),
            (("--batch", "0"), "batch: expected whole numbers over 0, received '0'"),
            (("--batch", "many"), "batch: expected whole numbers"),
            (("--backends", "torch"), "backends: expected some of eager, published"),
            (("--precision", "fp8"), "precision: expected some of fp32"),
            (("--scenario", "multi-stream"), "scenario: expected some of single-stream, interactive"),
            (("--model", "no-such-model"), "model 'no-such-model': expected a bundle's folder"),
            (("--baseline", "no-such-file.json"), "expected a file that pts bench --json wrote"),
        ],
    )
    def test_one_line_and_exit_code_2(self, pts, options, message):
        result = pts("bench", *options)
        assert result.code == 2
        assert len(result.errors) == 1
        assert message in result.errors[0]

    def test_compare_of_what_is_no_run(self, pts, tmp_path):
        (tmp_path / "a.json").write_text(json.dumps({"kind": "pts bench", "schema": 1}), "utf-8")
        result = pts("bench", "compare", tmp_path / "a.json", tmp_path / "a.json")
        assert result.code == 2
        assert "expected a file that pts bench --json wrote, version 2, received version 0" in result.err

    @pytest.mark.parametrize("command", [(), ("compare", "a.json", "b.json")])
    def test_without_its_libraries_it_says_what_to_install(self, pts, monkeypatch, command):
        for name in [name for name in sys.modules if name.startswith("paintstorch_sdk.bench")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "msgspec", None)
        result = pts("bench", *command)
        assert result.code == 2
        assert result.errors == [
            "error: pts bench needs msgspec, which cannot be imported here; pip install 'paintstorch-sdk[bench]' "
            "(in a clone: pip install -e '.[bench]')"
        ]

    def test_measuring_loads_no_heavy_library_before_it_is_asked(self):
        script = (
            "import sys, paintstorch_sdk.cli; print([n for n in ('torch', 'onnx', 'openvino') if n in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.strip() == "[]"
