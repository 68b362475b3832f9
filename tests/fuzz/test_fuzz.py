"""Whatever comes in, nothing but PaintsTorchError comes out, in bounded time and memory."""

import io
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from paintstorch_sdk import bundle as bundles
from paintstorch_sdk import cli
from paintstorch_sdk.bundle import BUNDLED, DIGEST, MANIFEST, Bundle
from paintstorch_sdk.errors import MAX_MESSAGE, PaintsTorchError, PaintsTorchWarning
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.images import Page, load_layer, load_line_art, metadata
from paintstorch_sdk.training import config
from paintstorch_sdk.training.data.manifest import MANIFEST as ROWS
from paintstorch_sdk.training.data.manifest import read_rows
from support.cli import QUICK, hint_layer, line_art, save
from support.training import write_config

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
MAX_CPU = 10.0  # seconds of one example
MAX_MEMORY = 1500  # MB that the process may grow by
CORPUS = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "corpus").iterdir())}
STROKE = {"points": [[3, 4], [9, 9]], "color": "#ff0000", "width": 3}
GEOMETRY = Geometry.fit(60, 40, 64)
STARTED: dict[str, float] = {}  # tests and when they began
TESTS = 8  # that share the time


def memory() -> float:
    """Most memory that the process has had so far, MB."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (2**20 if sys.platform == "darwin" else 2**10)


@contextmanager
def only_our_errors() -> Iterator[None]:
    """An example: it may fail, in one line, and within its time and memory."""
    begun = STARTED.setdefault(os.environ["PYTEST_CURRENT_TEST"], time.monotonic())
    if SECONDS and time.monotonic() - begun > SECONDS / TESTS:
        pytest.skip("its time is over: nothing was found")
    began, had = time.process_time(), memory()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PaintsTorchWarning)
        message = "."
        try:
            yield
        except PaintsTorchError as error:
            message = str(error)
    assert message.isprintable()
    assert 0 < len(message) <= MAX_MESSAGE
    assert time.process_time() - began < MAX_CPU
    assert memory() - had < MAX_MEMORY


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A seed with bytes changed, cut out, put in or taken from another."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(("set", "number", "cut", "insert", "splice")))
        if kind == "set" and at < len(data):
            data[at] = draw(st.sampled_from((0, 1, 127, 128, 254, 255)) | st.integers(0, 255))
        elif kind == "number":
            size = draw(st.sampled_from((2, 4)))
            value = draw(st.sampled_from((0, 1, 2**15, 2**16 - 1, 2 ** (8 * size) - 1)))
            data[at : at + size] = value.to_bytes(size, draw(st.sampled_from(("big", "little"))))
        elif kind == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif kind == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=16))
        else:
            other = draw(st.sampled_from(seeds))
            data[at:] = other[draw(st.integers(0, len(other))) :]
    return bytes(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus_itself(name: str) -> None:
    with only_our_errors():
        load_line_art(CORPUS[name])


@given(mutated([*CORPUS.values()]), st.integers(0, 3))
def test_pictures(data: bytes, page: int) -> None:
    source = Page(data, page) if page else data
    for read in (load_line_art, load_layer, metadata):
        with only_our_errors():
            read(source)


@given(
    arrays.arrays(
        st.one_of(arrays.scalar_dtypes(), st.just(np.dtype("O"))), arrays.array_shapes(min_dims=0, max_dims=5)
    )
)
def test_arrays(array: np.ndarray) -> None:
    for read in (load_line_art, load_layer, Hints.of):
        with only_our_errors():
            read(array)


@st.composite
def documents(draw: st.DrawFn) -> object:
    """Something like a document of hints."""
    points = st.lists(st.lists(st.floats() | st.integers(-(10**7), 10**7) | JSON, max_size=4), max_size=6)
    item = st.fixed_dictionaries(
        {"points": points | JSON, "color": st.sampled_from(("red", "#fff", "hsl(1,1%,1%)")) | JSON},
        optional={"width": st.floats() | JSON, "more": JSON},
    )
    strokes = st.lists(item | st.just(STROKE), max_size=4) | JSON
    return draw(st.fixed_dictionaries({"version": st.just(1) | JSON, "strokes": strokes}, optional={"x": JSON}) | JSON)


@given(documents())
def test_hints(document: object) -> None:
    with only_our_errors():
        hints = Hints.of(document)
        hints.rasterize(GEOMETRY)
        hints.draw(60, 40)
        hints.warn_outside(60, 40)


@given(mutated([json.dumps({"version": 1, "strokes": [STROKE]}).encode()]))
def test_hint_files(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hints.json"
    path.write_bytes(data)
    with only_our_errors():
        Hints.of(path).rasterize(GEOMETRY)


MODEL = json.loads((BUNDLED / "default" / MANIFEST).read_text("utf-8"))


@given(st.data())
def test_model_manifests(tmp_path: Path, data: st.DataObject) -> None:
    manifest = json.loads(json.dumps(MODEL))
    for key in data.draw(st.lists(st.sampled_from([*MODEL]), max_size=3)):
        manifest[key] = data.draw(JSON)
    with suppress(ValueError, TypeError):  # what JSON cannot hold
        manifest[DIGEST] = bundles.hash_manifest(manifest)
    text = json.dumps(manifest).encode()
    (tmp_path / MANIFEST).write_bytes(data.draw(st.just(text) | mutated([text])))
    with only_our_errors():
        bundle = Bundle.read(tmp_path)
        bundle.verify()


ROW = {"source": "a", "split": "train", "picture": "0.png", "lines": None, "tags": {}}


@given(st.data())
def test_data_manifests(tmp_path: Path, data: st.DataObject) -> None:
    row = dict(ROW) | data.draw(st.dictionaries(st.sampled_from([*ROW, "width", "more"]), JSON, max_size=3))
    text = json.dumps(row).encode() + b"\n"
    (tmp_path / ROWS).write_bytes(data.draw(st.just(text) | mutated([text])))
    with only_our_errors():
        read_rows(tmp_path)


@given(st.data())
def test_configurations(tmp_path: Path, data: st.DataObject) -> None:
    path = write_config(tmp_path / "run.toml", tmp_path, [{"stage": "supervised", "steps": 2, "batch": 2, "crop": 64}])
    path.write_bytes(data.draw(st.just(path.read_bytes()) | mutated([path.read_bytes()])))
    keys = st.sampled_from(
        ("phases", "phases.0.steps", "phases.0", "seed", "loss", "samples.hints", "loss.color", "x.y")
    )
    values = st.sampled_from(("5", "-1", "nan", "[]", "{}", "true", "'a'", "1e999", "", "[[1]]")) | st.text(max_size=6)
    settings = data.draw(st.lists(st.tuples(keys | st.text(max_size=6), values), max_size=3))
    with only_our_errors():
        config.load_config(path, [f"{key}={value}" for key, value in settings])


WORDS = (
    *("colorize", "lineart", "models", "inspect", "cache", "list", "line.png", "in", "in/*.png", "missing", "-", "."),
    *(
        "--hints",
        "hints.png",
        "hints.json",
        "--stroke",
        "5,5 red",
        "5,5 9,9 #0f0 3",
        "x",
        "-o",
        "out.png",
        "out/",
        "out.ora",
    ),
    *(
        "--format",
        "png",
        "jpg",
        "ora",
        "--resume",
        "--json",
        "--report",
        "--size",
        "64",
        "-1",
        "--page",
        "2",
        "--style",
    ),
    *("flat", "soft", "--lines", "none", "ink", "--model", "default", "--strength", "0.5", "nan", "--method", "xdog"),
    *("--sigma", "1e9", "--gamma", "--help", "--version", "", "\x00", "\udcff", "花", "[", "--", "--threads", "1025"),
)


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=9), st.booleans())
def test_command_lines(tmp_path: Path, words: list[str], colors: bool) -> None:
    assume("doctor" not in words)
    place = tmp_path / "place"
    save(line_art(), place / "line.png")
    save(hint_layer(), place / "hints.png")
    save(line_art(), place / "in" / "a.png")
    (place / "hints.json").write_text(json.dumps({"version": 1, "strokes": [STROKE]}), "utf-8")
    before = Path.cwd(), sys.argv, sys.stdin, sys.stdout, sys.stderr
    os.chdir(place)
    sys.argv = ["pts", *(["colorize", "line.png", *QUICK, "-o", "out.png"] if colors else []), *words]
    sys.stdin, sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(3))
    try:
        with only_our_errors():
            assert cli.main() in (0, 1, 2)
            sys.stderr.seek(0)
            assert "Traceback" not in sys.stderr.read()
    finally:
        os.chdir(before[0])
        sys.argv, sys.stdin, sys.stdout, sys.stderr = before[1:]
