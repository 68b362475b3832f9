"""A visit to a GPU, from beginning to end: `python -m paintstorch_sdk.bench.experiments.visit OUT`.

Steps in the order of their value, each a process of its own with a limit, so that one that hangs or crashes costs no
other. What a step prints goes to OUT/NAME.log, what became of it to OUT/visit.json, which is written after each step:
a visit that is cut off keeps what it has. Without a GPU the same steps run as far as they go.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from paintstorch_sdk.bundle import DEFAULT, find_model
from paintstorch_sdk.files import write_file

PYTHON = sys.executable
PTS = (PYTHON, "-c", "import sys; from paintstorch_sdk.cli import main; sys.exit(main())")

# TensorRT for RTX does not list Hopper: one try for the GPU that is here, whatever it is, and its own words.
_CURRENT = """
import sys, time
import tensorrt_rtx as trt
class Logger(trt.ILogger):
    def __init__(self):
        super().__init__()
    def log(self, severity, text):
        if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR, trt.ILogger.WARNING):
            print(severity, text)
logger = Logger()
builder = trt.Builder(logger)
network = builder.create_network(0)
parser = trt.OnnxParser(network, logger)
assert parser.parse_from_file(sys.argv[1]), [str(parser.get_error(i)) for i in range(parser.num_errors)]
config = builder.create_builder_config()
profile = builder.create_optimization_profile()
profile.set_shape("line_art", (1, 1, 256, 256), (1, 1, 512, 512), (1, 1, 1088, 1920))
config.add_optimization_profile(profile)
config.num_compute_capabilities = 1
config.set_compute_capability(trt.ComputeCapability.CURRENT, 0)
begin = time.monotonic()
plan = builder.build_serialized_network(network, config)
print("built", plan is not None, "bytes", plan and plan.nbytes, "seconds", round(time.monotonic() - begin, 1))
if plan is not None:
    engine = trt.Runtime(logger).deserialize_cuda_engine(plan)
    print("loaded", engine is not None)
    sys.exit(engine is None)
sys.exit(1)
"""


@dataclass(frozen=True)
class Step:
    """One command.

    Attributes:
        name: Name of its log.
        command: Command to run.
        limit: Most seconds.
        variables: Variables added to the environment.
    """

    name: str
    command: tuple[str, ...]
    limit: float = 120.0
    variables: tuple[tuple[str, str], ...] = ()


@dataclass
class StepResult:
    """Outcome of a step."""

    name: str
    command: tuple[str, ...]
    status: int | None = None  # None: it was ended at its limit, or did not begin
    seconds: float = 0.0
    last_line: str = ""


def list_steps(out: Path, tests: Path, quick: bool) -> list[Step]:
    """All steps.

    Args:
        out: Where results go.
        tests: The folder of tests.
        quick: Small sizes and short samples, to try the script without a GPU.
    """
    half, rtx, data = (out / name for name in ("half", "rtx", "data_center"))
    pytest = (PYTHON, "-m", "pytest", "-m", "cuda", "-q", "-rs", "-p", "no:cacheprovider")
    test_gpu = (*pytest, str(tests / "gpu" / "test_gpu.py"))
    test_kernels = (*pytest, str(tests / "kernels" / "test_kernels_host.py"))
    sizes, batches, seconds = ("128", "1,2", "0.2") if quick else ("512,1920x1080", "1,4,8,32", "3")
    export = (*PTS, "export", str(find_model(DEFAULT)), "-o")
    bench = (*PTS, "bench", "--duration", seconds, "--rounds", "2" if quick else "4", "--json")
    fusion = (
        PYTHON,
        "-m",
        "paintstorch_sdk.bench.experiments",
        "--measure",
        "--rounds",
        "2" if quick else "8",
        "--json",
    )
    found = (("PAINTSTORCH_GPU_BUNDLE", str(rtx)),)
    return [
        Step("facts", ("sh", "-c", "nvidia-smi; nvcc --version; ldconfig -p | grep -i -e nvinfer -e cudnn; free -g")),
        Step("packages", (PYTHON, "-m", "pip", "list")),
        Step("tensorrt", (PYTHON, "-c", "import tensorrt; print(tensorrt.__version__, tensorrt.__file__)")),
        Step("doctor", (*PTS, "doctor", "--json")),
        Step("kernels", test_kernels, 240),
        Step("onnxruntime", (*test_gpu, "-k", "onnxruntime or sanitizer"), 420),
        Step("half", (*export, str(half), "--fp16"), 240),
        Step("rtx_current", (PYTHON, "-c", _CURRENT, str(half / "encoder.fp16.onnx")), 120),
        Step("rtx_engines", (*export, str(rtx), "--tensorrt", "--flavor", "rtx", "--target", "current"), 300),
        Step("rtx", (*test_gpu, "-k", "tensorrt"), 420, found),
        Step("engines", (*export, str(data), "--tensorrt", "--flavor", "tensorrt", "--target", "current"), 600),
        Step("data_center", (*test_gpu, "-k", "tensorrt"), 420, (("PAINTSTORCH_GPU_BUNDLE", str(data)),)),
        Step("bench", (*bench, str(out / "bench.json"), "--size", sizes, "--batch", batches), 500),
        Step("canvas", (*bench, str(out / "canvas.json"), "--size", sizes, "--scenario", "interactive"), 400),
        Step("bottleneck", (*pytest, str(tests / "experiments" / "test_bottleneck.py")), 300),
        Step("fusion", (*fusion, str(out / "fusion.json")), 600),
        Step("bench_rtx", (*bench, str(out / "bench_rtx.json"), "--size", sizes, "--model", str(rtx)), 400),
        Step("fusion_32", (*fusion, str(out / "fusion_32.json"), "--width", "32"), 500),
    ]


def run_step(step: Step, out: Path, left: float) -> StepResult:
    """Run a step, at most as long as the visit has left."""
    came = StepResult(step.name, step.command)
    if left <= 0:
        came.last_line = "no time was left"
        return came
    begin = time.monotonic()
    log = out / f"{step.name}.log"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            step.command, stdout=file, stderr=subprocess.STDOUT, env={**os.environ, **dict(step.variables)}
        )
        try:
            came.status = process.wait(min(step.limit, left))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    came.seconds = round(time.monotonic() - begin, 1)
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    came.last_line = lines[-1][:300] if lines else ""
    return came


def run_steps(plan: Sequence[Step], out: Path, minutes: float) -> list[StepResult]:
    """Run the steps; the results so far are in OUT/visit.json after each of them."""
    end = time.monotonic() + 60 * minutes
    results: list[StepResult] = []
    for step in plan:
        results.append(run_step(step, out, end - time.monotonic()))
        write_file(out / "visit.json", json.dumps([asdict(came) for came in results], indent=2) + "\n")
        came = results[-1]
        status = "at its limit" if came.status is None else f"exit {came.status}"
        sys.stdout.write(f"{came.name:12} {came.seconds:7.1f} s  {status:12} {came.last_line[:90]}\n")
        sys.stdout.flush()
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code is 1 unless every step ended well."""
    parser = argparse.ArgumentParser(prog="python -m paintstorch_sdk.bench.experiments.visit", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for logs and results")
    parser.add_argument("--minutes", type=float, default=26.0, help="most minutes of the whole visit")
    parser.add_argument("--tests", type=Path, default=Path("tests"), help="the repository's folder of tests")
    parser.add_argument("--quick", action="store_true", help="small and short, to try it without a GPU")
    parser.add_argument("--only", default="", metavar="NAME,..", help="these steps alone")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    chosen = set(filter(None, given.only.split(",")))
    plan = [step for step in list_steps(given.out, given.tests, given.quick) if not chosen or step.name in chosen]
    for folder in ("half", "rtx", "data_center"):  # of an earlier visit: exports want new folders
        if not chosen or {"half", "rtx_engines", "engines"} & chosen:
            shutil.rmtree(given.out / folder, ignore_errors=True)
    results = run_steps(plan, given.out, given.minutes)
    return 0 if all(came.status == 0 for came in results) else 1


if __name__ == "__main__":
    sys.exit(main())
