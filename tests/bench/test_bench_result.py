"""The file of a result: what is saved is read, and what is damaged or of another version is refused in one line."""

import csv
import io
import json

import numpy as np
import pytest

from paintstorch_sdk.bench import result
from paintstorch_sdk.bench.experiments.performance.outcomes import find_outcomes, find_samples
from paintstorch_sdk.bench.report.spreadsheet import format_rows
from paintstorch_sdk.bench.result import (
    Accuracy,
    Ceiling,
    ColdStart,
    Floor,
    Noise,
    Percentile,
    Result,
    Row,
    Speedup,
    SubjectOutcome,
    WarmUp,
)
from paintstorch_sdk.bench.timing import Interval, TimeSamples
from paintstorch_sdk.errors import InputError

SAMPLES = TimeSamples.of([[0.125, 0.25], [0.5]])


def a_result(**changes):
    measured = Row(
        backend="openvino",
        device="cpu",
        precision="bf16",
        model="tiny",
        width=8,
        size=(64, 32),
        batch=2,
        scenario="single-stream",
        how="in words",
        status="ok",
        pictures=2,
        samples=SAMPLES,
        parts={"encoder": SAMPLES},
        latency={"p50": Percentile(0.25, 0.125, 0.5, True)},
        images_per_second=Interval(8.0, 4.0, 16.0),
        speedup=Speedup(2.0, 1.5, 2.5, True, "eager fp32"),
        cold_start=ColdStart(0.5, 0.25, 0.125, 1.0, 2.0),
        warm_up=WarmUp(6, True),
        peak_rss_bytes=10**9,
        disk_bytes=10**7,
        accuracy=Accuracy(3, 60.0, 0.01, 0.1, 0.5, "at least 40 dB"),
        floor=Floor(1e9, 1e6, 0.1, 0.01, 0.1, "compute", Interval(2.5, 1.25, 5.0)),
    )
    missing = Row("tensorrt", "cuda", "fp16", "tiny", 8, (64, 32), 2, "single-stream", "", "cannot run", 'no GPU, "so"')
    values = {
        "command": "pts bench",
        "date": "2026-11-22T18:00:00+00:00",
        "options": {"size": "64x32", "duration": 1.0},
        "threads": 2,
        "affinity": (0, 1),
        "environment": {"cpu": "a processor", "versions": {"numpy": np.__version__}},
        "noise": Noise(1.5, None, None, None, (), None, ("a flag",)),
        "ceilings": (Ceiling("copy", "numpy", "cpu", "", "256 MiB", "B/s", Interval(1e9, 1e9, 1e9), SAMPLES),),
        "rows": (measured, missing),
        "outcomes": (
            SubjectOutcome("case", "a", {"call": SAMPLES}, {"size": [1, 2]}, accuracy=measured.accuracy),
            SubjectOutcome("case", "b", error="it cannot run"),
        ),
    }
    return Result(**{**values, **changes})


class TestResults:
    def test_what_is_saved_is_read(self, tmp_path):
        path = tmp_path / "new" / "result.json"
        result.save(a_result(), path)
        assert result.load(path) == a_result()

    def test_samples_are_raw_and_every_row_has_its_line(self, tmp_path):
        path = tmp_path / "result.json"
        result.save(a_result(), path)
        text = path.read_text("utf-8")
        assert json.loads(text)["rows"][0]["samples"]["rounds"] == [[0.125, 0.25], [0.5]]
        assert sum('"backend"' in line for line in text.splitlines()) == 2
        assert sum('"subject"' in line for line in text.splitlines()) == 2

    def test_keys_and_titles(self):
        measured, missing = a_result().rows
        assert (measured.title, missing.title) == ("openvino bf16", "tensorrt fp16 cuda")
        assert a_result().find_row(measured.key) == measured
        assert measured.median == 0.25
        assert missing.median is None
        assert measured.cold_start.total == 3.875

    def test_outcomes_are_found_by_case_and_subject(self):
        found = a_result()
        assert find_outcomes(found, "case") == list(found.outcomes)
        assert find_samples(found, "case", "a", "call") == SAMPLES
        assert find_samples(found, "case", "b", "call") is find_samples(found, "case", "c", "call") is None

    @pytest.mark.parametrize(
        "change",
        [
            lambda d: d.pop("threads"),
            lambda d: d.update(version=3),
            lambda d: d.update(kind="another"),
            lambda d: d.update(threads="2"),
            lambda d: d.update(threads=True),
            lambda d: d["rows"][0].update(samples={"rounds": [[]]}),
            lambda d: d["rows"][0].update(samples={"rounds": [["fast"]]}),
            lambda d: d["rows"][0].update(samples={"rounds": [[None]]}),
            lambda d: d["rows"][0].update(status="splendid"),
            lambda d: d["rows"][0].update(size=[64]),
            lambda d: d["rows"][0].update(latency=7),
            lambda d: d["rows"][0]["speedup"].pop("significant"),
            lambda d: d["ceilings"].append(None),
        ],
    )
    def test_what_is_damaged_is_refused_in_one_line(self, tmp_path, change):
        path = tmp_path / "result.json"
        result.save(a_result(), path)
        document = json.loads(path.read_text("utf-8"))
        change(document)
        path.write_text(json.dumps(document), "utf-8")
        with pytest.raises(InputError, match="expected a file that pts bench --json wrote") as raised:
            result.load(path)
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize("old", [{"kind": "pts bench", "schema": 1}, {"schema": 1, "name": "cpu", "entries": []}])
    def test_a_file_of_an_earlier_version_is_refused_with_what_to_do(self, tmp_path, old):
        path = tmp_path / "result.json"
        path.write_text(json.dumps(old), "utf-8")
        with pytest.raises(InputError, match=r"version 2, received version 0 of .*; measure anew$"):
            result.load(path)

    @pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"kind": NaN}'])
    def test_what_is_no_result(self, tmp_path, content):
        path = tmp_path / "result.json"
        path.write_bytes(content)
        for wrong in (path, tmp_path / "missing.json"):
            with pytest.raises(InputError, match="expected a file that pts bench"):
                result.load(wrong)

    def test_numbers_of_numpy_are_numbers_and_what_is_not_finite_is_null(self, tmp_path):
        options = {"a": np.float32(0.5), "b": [1, float("inf"), float("nan")], "c": 0.123456789}
        path = tmp_path / "result.json"
        result.save(a_result(options=options), path)
        assert result.load(path).options == {"a": 0.5, "b": [1, None, None], "c": 0.123457}


def test_the_spreadsheet_has_a_line_for_each_row():
    measured, missing = csv.DictReader(io.StringIO(format_rows(a_result())))
    assert (measured["backend"], measured["size_width"], measured["samples"]) == ("openvino", "64", "3")
    assert float(measured["p50_value"]) == 0.25
    assert float(measured["speedup_low"]) == 1.5
    assert float(measured["cold_start_total"]) == 3.875
    assert (missing["status"], missing["reason"], missing["p50_value"]) == ("cannot run", 'no GPU, "so"', "")
