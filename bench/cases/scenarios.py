"""MLPerf's scenarios for one way of running the network: what a sample is, and how the way is opened for it."""

import atexit
import importlib.util
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from paintstorch_sdk.backend import Backend
from paintstorch_sdk.backends.registry import open_backend, probe
from paintstorch_sdk.bundle import ENCODER, PAINTER, WEIGHTS, Bundle
from paintstorch_sdk.canvas import Canvas
from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.examples import examples
from paintstorch_sdk.gpu.engine_key import FLAVORS
from paintstorch_sdk.hints.model import Stroke
from paintstorch_sdk.imaging import images
from paintstorch_sdk.look import Look
from paintstorch_sdk.pipeline import color_frames
from paintstorch_sdk.renderer import Colored

from ..process import Call, Opened, Subject
from ..result import Scenario
from ..ways import COMPILED, FLAVOR_OF, ONE_GRAPH, PUBLISHED, PUBLISHED_SIDE, Way
from .clocked import ClockedBackend
from .sheet import COLORS, FloatTensor, make_batch, make_page

CALL = "picture"
NETWORK = "network"
STROKES = 40  # on a Canvas before it begins anew
OPENER = "paintstorch_sdk.bench.cases.scenarios:open_scenario"


@dataclass(frozen=True)
class Setting:
    """The setting that every way runs in.

    Attributes:
        scenario: One of MLPerf's.
        model: The bundle's folder.
        whole: The same networks as one ONNX graph, or why there is none.
        size: (width, height) of the pictures.
        batch: Pictures that run through the network together.
        frames: Files in the folder of the offline scenario.
    """

    scenario: Scenario
    model: Path
    whole: Path | str
    size: tuple[int, int]
    batch: int
    frames: int


def make_subject(case: str, way: Way, setting: Setting) -> Subject:
    """One way in one setting."""
    squashed = way.backend == PUBLISHED and setting.size != (PUBLISHED_SIDE, PUBLISHED_SIDE)
    facts = {"precision": way.precision, "another": squashed}
    return Subject(case, way.title, OPENER, {"way": way, "setting": setting}, facts)


def open_scenario(way: Way, setting: Setting, threads: int) -> Opened:
    """Open a way, and what its scenario times."""
    stages: dict[str, float] = {}
    backend, facts = _open(way, setting, threads, stages)
    prepare = {
        "single-stream": _single_stream,
        "server": _single_stream,
        "interactive": _interactive,
        "offline": _offline,
    }[setting.scenario]
    call = prepare(backend, way, setting)
    serve = _served(backend, setting) if setting.scenario == "server" else None
    return Opened({CALL: call}, lambda: _painted(backend, setting), {**facts, "cold_start": stages}, serve)


def _open(way: Way, setting: Setting, threads: int, stages: dict[str, float]) -> tuple[Backend, dict[str, Any]]:
    """The way as a backend, and its version and files."""

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        stages[name] = time.perf_counter() - begun

    if way.backend == ONE_GRAPH:
        from .peers import OneGraph

        if isinstance(setting.whole, str):
            raise BackendError(setting.whole)
        with stage("imports"):
            probe("onnxruntime")
        with stage("load"):
            pass  # the runtime reads the graph while it builds
        with stage("build"):
            graph = OneGraph(setting.whole, way.device, threads)
        files = [setting.whole, *setting.whole.parent.glob(f"{setting.whole.name}.*")]
        return graph, {"version": graph.version, "disk_bytes": _bytes(files)}
    runtimes = {PUBLISHED: "eager", COMPILED: "eager", **dict.fromkeys(FLAVOR_OF, "tensorrt")}
    runtime = runtimes.get(way.backend, way.backend)
    flavor = FLAVOR_OF.get(way.backend)
    if flavor and importlib.util.find_spec(FLAVORS[flavor]) is None:
        raise BackendError(f"{FLAVORS[flavor]} is not installed")
    with stage("imports"):
        available = probe(runtime)
    with stage("load"):
        bundle = Bundle.open(setting.model)
    weights = [bundle.file(WEIGHTS)]
    with stage("build"):
        if way.backend == PUBLISHED:
            from .peers import PublishedWay

            backend: Backend = PublishedWay(bundle, way.device, threads)
        elif way.backend == COMPILED:
            backend = _compiled(bundle, way, threads)
        else:
            backend = open_backend(bundle, runtime, way.precision, way.device, threads)  # type: ignore[arg-type]
    if flavor and getattr(backend, "flavor", flavor) != flavor:
        raise BackendError(f"no engine of {FLAVORS[flavor]} for this GPU; pts export builds one")
    if runtime == "eager" and way.device == "cuda":
        import torch

        # fp32 is fp32: else convolutions on recent GPUs round to TF32.
        torch.backends.cudnn.allow_tf32 = False
    graphs = [] if runtime == "eager" else [bundle.file(ENCODER), bundle.file(PAINTER)]
    facts = {"version": available.version, "disk_bytes": _bytes([*weights, *graphs])}
    plan = getattr(backend, "plan", None)  # OpenVINO's
    return backend, facts | ({"plan": plan.describe()} if plan else {})


def _compiled(bundle: Bundle, way: Way, threads: int) -> Backend:
    folder = tempfile.TemporaryDirectory(prefix="paintstorch-bench-")
    atexit.register(folder.cleanup)
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder.name  # what an earlier run compiled would make this start warm
    from paintstorch_sdk.backends.torch_eager import EagerBackend

    return EagerBackend(bundle, way.precision, way.device, threads, compiled=True)  # type: ignore[arg-type]


def _single_stream(backend: Backend, way: Way, setting: Setting) -> Call:
    """`batch` pictures from tensors in memory to colors in memory."""
    line_art, hints = make_batch(*setting.size, setting.batch)

    def picture() -> dict[str, float]:
        begun = time.perf_counter()
        encoded = backend.encode(line_art)
        between = time.perf_counter()
        backend.paint(encoded, hints)
        return {"encoder": between - begun, "painter": time.perf_counter() - between}

    by_torch = way.backend in ("eager", COMPILED, PUBLISHED)
    return _on_device(picture) if by_torch and way.device == "cuda" else picture


def _interactive(backend: Backend, way: Way, setting: Setting) -> Call:
    """One more stroke on a Canvas, to a picture in memory: hint map, network and finishing."""
    clocked = ClockedBackend(backend)
    canvas = _canvas(clocked, setting)
    hints = canvas.hints
    width, height = setting.size
    angles, colors = itertools.cycle(range(12)), itertools.cycle(COLORS)

    def stroke() -> dict[str, float]:
        angle = next(angles) * np.pi / 6
        start = np.array([width / 2, height / 2])
        end = start + 0.3 * min(setting.size) * np.array([np.cos(angle), np.sin(angle)])
        if len(canvas.hints.strokes) >= STROKES:
            canvas.hints = hints
        clocked.take()
        canvas.add(Stroke((tuple(start), tuple(end)), next(colors), 6))
        canvas.render()
        return {NETWORK: clocked.take()}

    return stroke


def _canvas(backend: Backend, setting: Setting) -> Canvas:
    line_art, hints = make_page(*setting.size)
    renderer = backend.make_renderer(Bundle.read(setting.model).confidence)
    return Canvas(renderer, line_art, hints, max(setting.size))


def _offline(backend: Backend, way: Way, setting: Setting) -> Call:
    """A folder of PNG files to a folder of PNG files, as `pts colorize FOLDER -o OUT` does it."""
    temporary = tempfile.TemporaryDirectory(prefix="paintstorch-bench-")
    atexit.register(temporary.cleanup)
    folder, out = Path(temporary.name) / "in", Path(temporary.name) / "out"
    jobs = []
    for number in range(setting.frames):
        line_art, hints = make_page(*setting.size, number % len(examples()))
        path = folder / f"{number:04}.png"
        images.save(Image.fromarray(line_art), path)
        jobs.append((path, hints))
    clocked = ClockedBackend(backend)
    confidence = Bundle.read(setting.model).confidence

    def finish(index: int, colored: Colored) -> tuple[int, int]:
        image = colored.picture
        images.save(image, out / jobs[index][0].name)
        return image.size

    def once() -> dict[str, float]:
        clocked.take()
        done = color_frames(
            clocked,
            jobs,
            finish,
            size=max(setting.size),
            batch_size=setting.batch,
            confidence=confidence,
            look=Look(),
        )
        if [outcome.value for outcome in done] != [setting.size] * setting.frames:
            raise RuntimeError("wrong pixels: a frame is missing or has another size")
        return {NETWORK: clocked.take()}

    return once


def _served(backend: Backend, setting: Setting) -> Callable[[int], None]:
    """So many pictures at once, of those that wait."""
    inputs = {count: make_batch(*setting.size, count) for count in range(1, setting.batch + 1)}

    def work(count: int) -> None:
        line_art, hints = inputs[count]
        backend.paint(backend.encode(line_art), hints)

    return work


def _painted(backend: Backend, setting: Setting) -> FloatTensor:
    """The colors of every example, painted in batches of the setting's."""
    count = len(examples())
    line_art, hints = make_batch(*setting.size, -(-count // setting.batch) * setting.batch)
    colors = [
        backend.paint(backend.encode(line_art[at : at + setting.batch]), hints[at : at + setting.batch])
        for at in range(0, len(line_art), setting.batch)
    ]
    return np.concatenate(colors)[:count]


def _on_device(call: Call) -> Call:
    """Take the time of the GPU's own clock, too: events on torch's stream, and a synchronized host clock."""
    import torch

    def timed() -> dict[str, float]:
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        first.record()
        parts = dict(call() or {})
        last.record()
        torch.cuda.synchronize()
        return {**parts, "device": first.elapsed_time(last) / 1000}

    return timed


def _bytes(files: list[Path]) -> int:
    return sum(file.stat().st_size for file in files)
