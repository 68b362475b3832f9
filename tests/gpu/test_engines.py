"""TensorRT engines: built for GPUs that are not here, cached, keyed, refused when they do not fit."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import asdict, replace

import numpy as np
import pytest

from paintstorch_sdk.bundle import MANIFEST, Bundle, write_manifest
from paintstorch_sdk.errors import BackendError, BundleError, InputError, OutputError
from paintstorch_sdk.export.engines.assembly import EngineRequest
from paintstorch_sdk.export.engines.engine_builder import build_engine, import_tensorrt, resolve_target
from paintstorch_sdk.export.extend import extend_bundle
from paintstorch_sdk.gpu import engine_cache as cache_module
from paintstorch_sdk.gpu.engine_cache import Cache, cache_folder, cache_limit
from paintstorch_sdk.gpu.engine_key import HALF, EngineKey, Profile, engine_file, list_engines, this_system
from support.cli import Runner, hint_layer, line_art
from support.graphs import half_layers

KEY = EngineKey("encoder", "a" * 64, "b" * 64, "rtx", "1.0", "sm89", "linux-x86_64", "fp16", str(Profile()), 1 << 30)
EXAMPLES = [(line_art(), hint_layer())]


@pytest.fixture(scope="module")
def engine_bundle(tiny_bundle, tmp_path_factory):
    """`tiny_bundle` with FP16 graphs and real TensorRT-RTX engines for SM89. Not to be written to: copy it."""
    folder = tmp_path_factory.mktemp("engines")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache_module.FOLDER_VARIABLE, str(folder / "cache"))
        return extend_bundle(
            tiny_bundle, folder / "bundle", examples=EXAMPLES, size=64, engines=EngineRequest(("sm89",))
        )


@pytest.fixture
def copied(engine_bundle, tmp_path):
    """A bundle with engines that may be written to."""
    shutil.copytree(engine_bundle.path, tmp_path / "copied")
    return tmp_path / "copied"


def version():
    return import_tensorrt("rtx").__version__


# Keys and profiles


def test_profile_reads_what_it_prints():
    profile = Profile((2, 64, 96), (4, 128, 128), (16, 256, 256))
    assert Profile.parse(str(profile)) == profile
    assert str(Profile()) == "1x256x256,1x512x512,8x1088x1920"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1x2",
        "1x64x64,1x64x64",
        "1x64x64,1x64x64,axbxc",
        "1x64x64,1x64x64,1x32x64",
        "0x64x64,1x64x64,1x64x64",
        "1x64x65,1x64x65,1x64x65",
    ],
)
def test_profiles_that_are_none(text):
    with pytest.raises(InputError, match="profile: expected"):
        Profile.parse(text)


def test_every_part_of_a_key_changes_its_digest():
    digests = {KEY.digest}
    for name, value in asdict(KEY).items():
        digests.add(replace(KEY, **{name: value + (1 if isinstance(value, int) else "0")}).digest)
    assert len(digests) == 1 + len(asdict(KEY))


# The cache


def test_without_a_home_the_cache_asks_for_a_folder(monkeypatch):
    for variable in (cache_module.FOLDER_VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as it does where nobody knows the user
    if sys.platform == "linux":
        with pytest.raises(OutputError, match=r"expected a home folder.*set PAINTSTORCH_CACHE"):
            cache_folder()


def test_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv(cache_module.FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert cache_folder() == tmp_path / "paintstorch-sdk" / "engines"
    monkeypatch.setenv(cache_module.FOLDER_VARIABLE, str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    monkeypatch.setenv(cache_module.LIMIT_VARIABLE, "0.5")
    assert cache_limit() == 500_000_000
    for text in ("-1", "much", "inf"):
        monkeypatch.setenv(cache_module.LIMIT_VARIABLE, text)
        with pytest.raises(InputError, match="expected gigabytes"):
            cache_limit()


def test_an_engine_is_made_once(store):
    made = []

    def make():
        made.append(1)
        return b"engine", {"key": asdict(KEY), "seconds": 1.0}

    for _ in range(2):
        with store.engine(KEY.digest, make) as entry:
            assert entry.path.read_bytes() == b"engine"
            assert entry.record["seconds"] == 1.0
    assert made == [1]
    assert [entry.path.stem for entry in store.entries()] == [KEY.digest]


def test_what_fails_to_build_leaves_nothing(store):
    def make():
        raise BackendError("no")

    with pytest.raises(BackendError), store.engine(KEY.digest, make):
        pass
    assert store.entries() == []
    assert [p.name for p in store.folder.iterdir()] == [f"{KEY.digest}.lock"]


def test_a_changed_engine_in_the_cache_is_refused(store):
    with store.engine(KEY.digest, lambda: (b"engine", {})) as entry:
        path = entry.path
    path.write_bytes(b"enginf")
    refused = pytest.raises(BundleError, match=r"not the engine that was built.*pts cache clear")
    with refused, store.engine(KEY.digest, lambda: (b"other", {})):
        pass
    assert store.clear() == 6
    with store.engine(KEY.digest, lambda: (b"other", {})) as entry:
        assert entry.path.read_bytes() == b"other"


def test_the_cache_keeps_to_its_limit_and_drops_what_was_unused_longest(store):
    store.limit = 25
    for index, digest in enumerate("abc"):
        with store.engine(digest, lambda: (b"0123456789", {})) as entry:
            path = entry.path
        os.utime(path, (index, index))
    assert [entry.path.stem for entry in store.entries()] == ["c", "b"]


def test_an_engine_in_use_is_neither_evicted_nor_cleared(store):
    store.limit = 0
    with store.engine("a", lambda: (b"0123456789", {})) as entry:
        assert Cache().clear() == 0
        with store.engine("b", lambda: (b"0123456789", {})):
            pass
        assert entry.path.exists()
    assert {entry.path.stem for entry in store.entries()} == {"a"}


def _count_builds(folder, digest, log, barrier):
    def make():
        with open(log, "a") as file:  # noqa: PTH123
            file.write("built\n")
        return bytes(1000), {}

    barrier.wait()
    with Cache(folder).engine(digest, make) as entry:
        assert entry.path.stat().st_size == 1000


def test_processes_that_want_the_same_engine_build_it_once(tmp_path):
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    barrier, log = context.Barrier(3), tmp_path / "log"
    processes = [context.Process(target=_count_builds, args=(tmp_path / "cache", "a", log, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert log.read_text() == "built\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_during_the_build_leaves_no_engine_and_no_lock(store):
    code = f"""
        import os, sys
        from pathlib import Path
        from paintstorch_sdk.gpu.engine_cache import Cache
        def make():
            Path({str(store.folder)!r}, ".a.engine.1234.partial").write_bytes(b"half")
            print("building", flush=True)
            sys.stdin.read()
        with Cache().engine("a", make):
            pass
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"building\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert store.entries() == []
    with store.engine("a", lambda: (b"whole", {})) as entry:
        assert entry.path.read_bytes() == b"whole"
    assert sorted(p.suffix for p in store.folder.iterdir()) == [".engine", ".json", ".lock"]


# Building


def test_the_engine_computes_in_fp16(engine_bundle):
    for entry in list_engines(engine_bundle):
        assert set(entry["network_types"]) <= {"half", "float", "int64"}
        assert entry["network_types"]["half"] > 30
        assert entry["network_types"].get("float", 0) <= 1  # the cast of color
        assert half_layers(entry) > 0.95
        assert len(entry["layers"]["not_half"]) <= 1
        for name, kind in entry["tensors"].items():
            assert kind == ("fp32" if name in ("line_art", "hints", "color") else "fp16")
        assert entry["key"]["profile"] == "1x256x256,1x512x512,8x1088x1920"
        assert entry["key"]["target"] == "sm89"
        assert entry["seconds"] > 0
    assert [entry["key"]["graph"] for entry in list_engines(engine_bundle)] == ["encoder", "painter"]


def test_a_second_export_takes_the_engines_from_the_cache(engine_bundle, tmp_path, monkeypatch):
    monkeypatch.setenv(cache_module.FOLDER_VARIABLE, str(engine_bundle.path.parent / "cache"))
    monkeypatch.setattr("paintstorch_sdk.export.engines.assembly.build_engine", None)  # must not be called
    again = extend_bundle(
        engine_bundle, tmp_path / "again", examples=EXAMPLES, size=64, engines=EngineRequest(("sm89",))
    )
    assert list_engines(again) == list_engines(engine_bundle)


def test_engines_that_still_fit_stay(engine_bundle, tmp_path):
    again = extend_bundle(engine_bundle, tmp_path / "again", examples=EXAMPLES, size=64)
    assert list_engines(again) == list_engines(engine_bundle)
    assert engine_file(again, "painter", flavor="rtx", version=version(), target="sm89").is_file()


def test_progress_goes_from_0_to_1(engine_bundle):
    seen = []
    build_engine(
        engine_bundle.file(HALF["encoder.onnx"]), "rtx", "sm89", Profile(), progress=lambda *step: seen.append(step)
    )
    parts = [done for _, done, _ in seen]
    assert len(parts) > 5
    assert 0 < parts[0] < 0.7
    assert parts[-1] == 1.0
    assert all(0 <= done <= 1 and left >= 0 for _, done, left in seen)


@pytest.mark.skipif(os.name == "nt", reason="Windows raises Ctrl-C in the console's whole group")
def test_ctrl_c_stops_a_build_at_once(engine_bundle):
    """The library cancels at its next step, at whatever step that is, and the process builds on afterwards."""
    graph, before = engine_bundle.file(HALF["painter.onnx"]), signal.getsignal(signal.SIGINT)
    for at in (1, 7, 20):
        steps = []

        def interrupt(*step, steps=steps, at=at):
            steps.append(step)
            if len(steps) == at:
                signal.raise_signal(signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            build_engine(graph, "rtx", "sm89", Profile(), progress=interrupt)
        assert len(steps) == at
        assert signal.getsignal(signal.SIGINT) is before
    assert build_engine(graph, "rtx", "sm89", Profile()).plan


def test_an_error_in_the_progress_ends_the_build_and_is_raised(engine_bundle):
    """It must not cross the library's frames."""

    def fail(phase, done, left):
        raise BrokenPipeError("the terminal is gone")

    with pytest.raises(BrokenPipeError, match="the terminal is gone"):
        build_engine(engine_bundle.file(HALF["painter.onnx"]), "rtx", "sm89", Profile(), progress=fail)


def test_a_damaged_graph_is_an_error_in_the_librarys_words(engine_bundle, tmp_path):
    path = tmp_path / "encoder.fp16.onnx"
    path.write_bytes(engine_bundle.file(HALF["encoder.onnx"]).read_bytes()[:500])
    with pytest.raises(BackendError, match=r"tensorrt_rtx .* cannot read"):
        build_engine(path, "rtx", "sm89", Profile())


@pytest.mark.parametrize(
    ("target", "flavor", "error", "message"),
    [
        ("sm12", "rtx", InputError, "expected current or one of sm75, sm80"),
        ("current", "rtx", BackendError, "names no GPU here.*--flavor rtx --target sm75"),
        ("sm89", "tensorrt", BackendError, "names no GPU here"),
    ],
)
def test_targets_that_cannot_be_built_here(monkeypatch, tmp_path, target, flavor, error, message):
    monkeypatch.setenv("PATH", str(tmp_path))  # no nvidia-smi
    with pytest.raises(error, match=message):
        resolve_target(target, flavor)


def test_a_flavor_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(BackendError, match=r"need the module tensorrt.*pip install 'paintstorch-sdk\[gpu\]'"):
        import_tensorrt("tensorrt")
    with pytest.raises(InputError, match="expected one of tensorrt, rtx"):
        import_tensorrt("onnx")


# Finding the right one


def test_the_engine_that_fits(engine_bundle):
    path = engine_file(engine_bundle, "painter", flavor="rtx", version=version(), target="sm89")
    assert path.name == f"painter.fp16.rtx-{version()}.sm89.{this_system()}.engine"


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"target": "sm75"}, "on sm75.*it has engines with target sm89; build it: pts export .* --target sm75"),
        ({"version": "9.9"}, "no painter engine for rtx 9.9.*it has engines with version"),
        ({"flavor": "tensorrt"}, "it has engines with flavor rtx; .*--flavor tensorrt"),
    ],
)
def test_an_engine_of_another_gpu_or_version_is_refused_with_the_command(engine_bundle, other, message):
    wanted = {"flavor": "rtx", "version": version(), "target": "sm89"} | other
    with pytest.raises(BackendError, match=message):
        engine_file(engine_bundle, "painter", **wanted)


def test_a_bundle_without_engines_names_the_command(tiny_bundle):
    with pytest.raises(BackendError, match="it has none; build it: pts export"):
        engine_file(tiny_bundle, "painter", flavor="rtx", version="1.0", target="sm89")


def test_a_tampered_engine_is_refused(copied):
    bundle = Bundle.open(copied)
    path = bundle.file(list_engines(bundle)[1]["file"])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match="will not be loaded; build it: pts export"):
        engine_file(bundle, "painter", flavor="rtx", version=version(), target="sm89")
    path.unlink()
    with pytest.raises(BundleError, match="missing from the bundle"):
        engine_file(bundle, "painter", flavor="rtx", version=version(), target="sm89")


def test_an_engine_of_other_weights_is_refused(copied):
    manifest = json.loads((copied / MANIFEST).read_text())
    manifest["engines"][1]["key"]["weights_sha256"] = "0" * 64
    write_manifest(copied, manifest)
    with pytest.raises(BackendError, match="it has engines with weights_sha256 0000"):
        engine_file(Bundle.open(copied), "painter", flavor="rtx", version=version(), target="sm89")


@pytest.mark.parametrize(
    "tamper",
    [
        lambda entry: entry.update(file="../painter.engine"),
        lambda entry: entry.update(file="/tmp/painter.engine"),
        lambda entry: entry.update(sha256=None),
        lambda entry: entry.pop("key"),
        lambda entry: entry["key"].update(more=1),
    ],
)
def test_a_tampered_list_of_engines_is_refused(copied, tamper):
    manifest = json.loads((copied / MANIFEST).read_text())
    tamper(manifest["engines"][0])
    write_manifest(copied, manifest)
    with pytest.raises(BundleError, match="its list of engines is malformed"):
        list_engines(Bundle.read(copied))


# The commands


def test_cache_commands(store, monkeypatch, capsys):
    pts = Runner(monkeypatch, capsys)
    with store.engine(
        KEY.digest, lambda: (np.zeros(2_000_000, np.uint8).tobytes(), {"key": asdict(KEY), "seconds": 3.0})
    ):
        pass
    listed = pts("cache", "list")
    assert (listed.code, listed.err) == (0, "")
    assert "encoder fp16" in listed.out
    assert "1 engines, 2.0 of 8000 MB" in listed.out
    (entry,) = json.loads(pts("cache", "list", "--json").out)
    assert entry["key"]["target"] == "sm89"
    assert "2.0 MB freed, 0 engines in use stay" in pts("cache", "clear").out
    assert "0 engines, 0.0 of" in pts("cache", "list").out


def test_export_without_the_gpu_that_it_is_asked_for(tiny_bundle, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("paintstorch_sdk.export.engines.engine_builder.shutil.which", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    result = Runner(monkeypatch, capsys)("export", tiny_bundle.path, "-o", tmp_path / "out", "--tensorrt")
    assert result.code == 2
    assert "names no GPU here" in result.err
    assert not (tmp_path / "out").exists()
