"""Whole runs through the command: killed, stopped, shared by processes, gone wrong, looked at."""

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
import torch
from rich.console import Console

from paintstorch_sdk.errors import CheckpointError, InputError, PaintsTorchError
from paintstorch_sdk.networks import checkpoint
from paintstorch_sdk.training import supervised, trainer
from paintstorch_sdk.training.losses import Terms, compute_terms
from paintstorch_sdk.training.state import STATE, revision
from paintstorch_sdk.training.team import Team
from support.training import write_config, write_data

# Both stages: two steps of the first, two of the second.
STAGES: list[dict[str, object]] = [
    {"crop": 64, "batch": 2, "steps": 2, "scale": [0.3, 0.6]},
    {"stage": "adversarial", "crop": 64, "batch": 2, "steps": 2, "scale": [0.3, 0.6]},
]
NORM = re.compile(r" norm (\S+)")
TRAIN = [str(Path(sys.executable).with_name("pts")), "train"]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--no-python"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("runs") / "data", side=96)


@pytest.fixture
def configure(tmp_path: Path, data: Path) -> Callable[..., Path]:
    def write(name: str, phases: list[dict[str, object]] = STAGES, **values: object) -> Path:
        keys = {"content": "none", "bfloat16": False, "log_every": 1, **values}
        return write_config(tmp_path / f"{name}.toml", data, phases, "[adversarial]\nsupervised = 1.0\n", **keys)

    return write


@pytest.fixture(scope="module")
def norms() -> list[str]:
    """What `whole` logs as the gradients' norms."""
    return []


@pytest.fixture(scope="module")
def whole(data: Path, norms: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last checkpoint of a run of both stages that nothing disturbs, saved at each step."""
    path = tmp_path_factory.mktemp("whole") / "whole.toml"
    table = "[adversarial]\nsupervised = 1.0\n"
    write_config(path, data, STAGES, table, content="none", bfloat16=False, log_every=1, save_every=1)
    listener = logging.Handler(logging.INFO)
    listener.emit = lambda record: norms.extend(NORM.findall(record.getMessage()))  # type: ignore[method-assign]
    logger = logging.getLogger("paintstorch_sdk.training")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(listener)
    try:
        return trainer.train(path)
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)


def tensors(path: Path) -> dict[str, torch.Tensor]:
    """All weights of a checkpoint, G2's too."""
    model = checkpoint.load(path)
    assert model.g2 is not None
    networks = {"generator": model.generator, "features": model.features, "g2": model.g2}
    return {f"{key}.{name}": t for key, network in networks.items() for name, t in network.state_dict().items()}


def start(config: Path, *before: str) -> "subprocess.Popen[str]":
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [*before, *TRAIN, str(config)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def wait_for(stream: IO[str] | None, word: str) -> str:
    assert stream is not None
    said = ""
    for line in stream:
        said += line
        if word in line:
            return said
    raise AssertionError(f"ended without saying {word!r}: {said}")


def test_a_killed_run_resumes_bit_for_bit(configure: Callable[..., Path], whole: Path) -> None:
    """kill -9 within the second stage: with its critic and its G2, it ends as if nothing had been."""
    path = configure("killed", save_every=1)
    with start(path) as process:
        wait_for(process.stderr, "saved step 3")
        process.kill()
    out = path.with_suffix("")
    resumed = trainer.train(path, resume=True)
    assert resumed.name == whole.name
    expected, received = tensors(whole), tensors(resumed)
    assert expected.keys() == received.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(received[name], tensor, rtol=0, atol=0, msg=name)
    rows = json.loads((out / "history.json").read_text("utf-8"))
    assert [row["step"] for row in rows] == [1, 2, 3, 4]


def test_sigterm_saves_and_ends_cleanly(configure: Callable[..., Path], whole: Path) -> None:
    long = [{**STAGES[0], "steps": 1000}]
    path = configure("stopped", long)
    with start(path) as process:
        wait_for(process.stderr, "step 1 ")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
    assert process.returncode == 0, err
    assert "go on with --resume" in err
    last = Path(out.splitlines()[0])
    model = checkpoint.load(last)
    state = torch.load(last.parent / STATE, weights_only=True)
    assert state["position"]["step"] == model.provenance["step"] < 1000
    assert not list(last.parent.glob(".*partial"))


def test_two_processes_train_as_one(configure: Callable[..., Path], whole: Path, norms: list[str]) -> None:
    """Each with half of every batch, both stages; equal within rounding, which Adam can enlarge to its rate."""
    path = configure("shared")
    with start(path, *TORCHRUN) as process:
        out, err = process.communicate()
    assert process.returncode == 0, err
    assert out.count("step-000004.safetensors\n") == 1, "one of them speaks"
    assert [float(norm) for norm in NORM.findall(err)] == pytest.approx([float(norm) for norm in norms], rel=1e-3)
    expected, received = tensors(whole), tensors(path.with_suffix("") / whole.name)
    differences = torch.cat([(received[name] - tensor).abs().flatten() for name, tensor in expected.items()])
    assert float(differences.max()) < 1e-3
    assert float((differences < 1e-6).float().mean()) > 0.95
    one, other = (checkpoint.load(p).provenance for p in (whole, path.with_suffix("") / whole.name))
    assert one["seen"] == other["seen"] == 8
    assert one["held_out"]["psnr"] == pytest.approx(other["held_out"]["psnr"], abs=0.01)


def test_batches_are_shared_out_in_order() -> None:
    parts = [Team(rank, 2).slice(range(10, 18), 4) for rank in (0, 1)]
    assert parts == [[10, 11, 14, 15], [12, 13, 16, 17]]
    with pytest.raises(InputError, match="expected a multiple of the 2 processes, received 3"):
        Team(0, 2).slice(range(6), 3)


def test_a_checkpoint_tells_where_it_comes_from(whole: Path) -> None:
    provenance = checkpoint.load(whole).provenance
    assert provenance["revision"] == revision()
    assert provenance["revision"].startswith("0.")
    assert provenance["config"]["phases"][1]["stage"] == "adversarial"
    assert provenance["stage"] == "adversarial 64"
    assert not {"data", "out"} & set(provenance["config"]), "no paths of this machine"


def test_resuming_with_other_settings_is_told(configure: Callable[..., Path], caplog: pytest.LogCaptureFixture) -> None:
    short = [{**STAGES[0], "steps": 1}]
    trainer.train(configure("more", short))
    with caplog.at_level("INFO"):
        longer = trainer.train(configure("more", [{**STAGES[0], "steps": 2}], learning_rate=1e-3), resume=True)
    assert longer.name == "step-000002.safetensors"
    assert "changed since the last part: learning_rate = 0.001" in caplog.text


def test_a_state_of_other_networks_is_refused(configure: Callable[..., Path]) -> None:
    short = [{**STAGES[0], "steps": 1}]
    trainer.train(configure("wide", short))
    with pytest.raises(CheckpointError, match="networks of another size"):
        trainer.train(configure("wide", short, width=12), resume=True)


def test_a_state_of_an_older_version_is_refused(configure: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    torch.save({"step": 3}, tmp_path / "old" / STATE)
    with pytest.raises(CheckpointError, match="of this version"):
        trainer.train(configure("old"), resume=True)


# what goes wrong


def _every(count: int) -> Callable[..., Terms]:
    """`terms`, with a gradient that is not finite in every so many-th call, and a loss that is."""
    calls = 0

    def sometimes(output: Any, *rest: Any) -> Terms:
        nonlocal calls
        calls += 1
        if calls % count == 0:
            output.register_hook(lambda gradient: gradient * torch.inf)
        return compute_terms(output, *rest)

    return sometimes


def test_one_gradient_that_is_not_finite_is_skipped(
    configure: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "compute_terms", _every(2))
    loaded = checkpoint.load(trainer.train(configure("skip", [{**STAGES[0], "steps": 5}])))
    assert loaded.provenance["skipped"] == 2
    assert loaded.provenance["step"] == 5
    assert all(bool(p.isfinite().all()) for p in loaded.generator.parameters())


def test_no_finite_gradient_for_long_ends_the_run(
    configure: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "compute_terms", _every(1))
    monkeypatch.setattr(trainer, "SKIPPED", 3)
    path = configure("many", [{**STAGES[0], "steps": 50}])
    with pytest.raises(PaintsTorchError, match=r"step 3: expected a finite loss.*bad-000003\.pt"):
        trainer.train(path)


def test_a_loss_that_is_not_finite_ends_the_run_with_its_batch(
    configure: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[torch.Tensor, ...]] = []

    def broken(output: Any, target: Any, line_art: Any, hints: Any, *rest: Any) -> Terms:
        seen.append((line_art, hints, target))
        parts = compute_terms(output, target, line_art, hints, *rest)
        return parts._replace(l1=parts.l1 * torch.nan) if len(seen) == 2 else parts

    monkeypatch.setattr(supervised, "compute_terms", broken)
    path = configure("nan", [{**STAGES[0], "steps": 50}])
    with pytest.raises(PaintsTorchError, match=r"received loss nan, l1 nan.*bad-000002\.pt"):
        trainer.train(path)
    saved = torch.load(path.with_suffix("") / "bad-000002.pt", weights_only=True)
    for name, tensor in zip(("line_art", "hints", "target"), seen[1], strict=True):
        torch.testing.assert_close(saved[name], tensor, rtol=0, atol=0)
    assert np.isnan(saved["terms"]["l1"])


# what it shows


def test_tensorboard_gets_scalars_and_pictures(configure: Callable[..., Path]) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    path = configure("board", [{**STAGES[0], "steps": 2}], tensorboard=True)
    trainer.train(path)
    events = accumulator.EventAccumulator(str(path.with_suffix("") / "tensorboard"))
    events.Reload()
    assert {"train/loss", "train/l1", "train/pictures a second", "held out/psnr"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("train/loss")] == [1, 2]
    assert events.Tags()["images"] == ["held out"]


def test_a_bar_on_a_terminal(configure: Callable[..., Path]) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=160)
    trainer.train(configure("bar", [{**STAGES[0], "steps": 2}]), console=console)
    text = shown.getvalue()
    assert "supervised 2/2" in text
    assert "100%" in text
    assert "pictures/s, loss" in text
