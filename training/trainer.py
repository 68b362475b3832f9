"""Training: one loop over the phases of a configuration, resumable, for any torch device and number of processes."""

import dataclasses
import json
import logging
import math
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Self

import torch
from rich.console import Console

from paintstorch_sdk.errors import InputError, PaintsTorchError
from paintstorch_sdk.files import check_folder, replacing
from paintstorch_sdk.networks import checkpoint, model

from . import config as configuration
from . import state
from .adversarial import Adversarial
from .config import Phase, TrainConfig
from .content import ContentNet, load_content
from .descent import prepare_network
from .loading import Batch, load_batches
from .pictures import Entry, read_manifest
from .progress import Progress
from .samples import SampleConfig
from .state import STATE, Networks, Position
from .supervised import Supervised
from .tagger import load_features, train_tagger
from .team import Team, join_team
from .validation import Model, draw_grid, measure_model, validation_samples

log = logging.getLogger(__name__)

FINETUNE = Path(__file__).parent / "configs" / "finetune.toml"
SKIPPED = 10  # steps in a row without a finite gradient that end a run

Stage = Supervised | Adversarial


def train(
    config_path: Path,
    resume: bool = False,
    console: Console | None = None,
    settings: Sequence[str] = (),
    **overrides: object,
) -> Path:
    """Run or resume a training; under torchrun, as one of its processes.

    Args:
        config_path: TOML, see `config.TrainConfig`.
        resume: Go on from the state in the configured output folder.
        console: Console for a bar that shows the progress, if it is a terminal.
        settings: Settings that count in place of the file's, as in `load_config`.
        **overrides: Keys of the configuration that count in place of the file's.

    Returns:
        The last checkpoint.

    Raises:
        InputError: The configuration or the data is not what was expected.
        CheckpointError: There is no state to resume from, or it belongs to other networks.
        PaintsTorchError: The loss is not finite any more; the batch is saved.
    """
    config = configuration.load_config(config_path, settings, **overrides)
    with join_team() as team, StopRequest() as stop:
        return _run_training(config, resume, stop, team, console)


def _run_training(config: TrainConfig, resume: bool, stop: "StopRequest", team: Team, console: Console | None) -> Path:
    if config.threads:
        torch.set_num_threads(config.threads)
    if team.leads:
        check_folder(config.out)  # before the data are read
    entries = read_manifest(config.data, "train")
    config = config.counted(len(entries))
    content = load_content(config.content).to(team.device) if config.compares_content else None
    ours = config.samples if isinstance(config.samples, SampleConfig) else None
    confidence = ours.confidence if ours is not None and ours.flow > 0 else 0.0
    held_out = (
        validation_samples(config.data, config.validation, confidence, ours is not None and ours.flats)
        if team.leads
        else []
    )
    torch.manual_seed(config.seed)
    networks = _first_networks(config, entries, team, stop)
    position = Position()
    about = {"config": _to_json_types(config), "revision": state.revision(), "training_pictures": len(entries)}
    saved: dict[str, Any] = {}
    if resume:
        saved = state.load(config.out / STATE)
        networks.load(saved["networks"])
        position = Position(**saved["position"])
        if team.leads:
            _tell_changes(saved["about"], about)
            log.info("resumed at step %d, %d pictures", position.step, position.seen)
    start = time.monotonic() - position.seconds
    history = _History(config.out)
    path = config.out / f"step-{position.step:06d}.safetensors"
    stage: Stage | None = None
    current, failed = "", 0

    def save(own: Stage) -> Path:
        """The checkpoint with its measures, a grid to look at, and the state for resuming."""
        path = config.out / f"step-{position.step:06d}.safetensors"
        if team.leads:
            scores = measure_model(Model(*networks.average), held_out)
            provenance = {**about, **dataclasses.asdict(position), "stage": current, "held_out": scores}
            checkpoint.save(path, *networks.average, provenance, networks.g2)
            draw_grid(path.with_suffix(".png"), Model(*networks.average), held_out)
            history.add(path.name, position.step, scores)
            state.save(config.out / STATE, position, networks, current, own.state(), about)
            progress.report_checkpoint(position.step, scores, path.with_suffix(".png"))
        team.wait()
        return path

    with Progress(config, position, console, team.leads) as progress:
        for phase, batch in load_batches(config, entries, position.step, team):
            if current != (wanted := _name_stage(phase)) or stage is None:
                stage, current = _new_stage(config, phase, networks, content, team), wanted
                if saved.get("stage") == current:
                    stage.load(saved["own"])
                saved = {}

            terms = stage.step(*batch, position.step)
            values = dict(zip(terms, torch.stack([t.detach().float() for t in terms.values()]).tolist(), strict=True))
            moved = math.isfinite(values["norm"])
            if moved:
                networks.blend(min(config.ema, (1 + position.step) / (10 + position.step)))
            position.step += 1
            position.seen += phase.batch
            position.seconds = round(time.monotonic() - start, 1)
            # One gradient that is not finite is a rare overflow: its step was left out. A loss that is not finite,
            # or no finite gradient in many steps, means that the weights or the data are broken.
            position.skipped += not moved
            failed = 0 if moved else failed + 1
            broken = failed == SKIPPED or not all(math.isfinite(v) for name, v in values.items() if name != "norm")
            stopping, diverged = team.any([stop.requested, broken])
            if diverged:
                raise PaintsTorchError(_save_batch(config, position.step, batch, values, team))

            progress.report_step(values, phase.batch, phase.stage)
            if position.step % config.save_every == 0 or position.step == config.steps or stopping:
                path = save(stage)
            if stopping:
                if team.leads:
                    log.info("stopped at step %d; go on with --resume", position.step)
                break
    return path


def _first_networks(config: TrainConfig, entries: list[Entry], team: Team, stop: "StopRequest") -> Networks:
    """Networks with the weights that the configuration starts from, ready to be trained."""
    g2 = None
    if config.start:
        if not config.learns_features:
            raise InputError(f"features: {config.start} brings its own; expected none beside start")
        start = model.load_networks(config.start)
        generator, features, g2 = start.generator, start.features, start.g2
    elif config.learns_features:
        feature_width = config.width if config.features == "learned" else 0
        generator, features = checkpoint.Architecture(config.width, feature_width).build()
    else:
        features = load_features(
            _train_tagger(config, entries, team, stop) if config.features == "tagger" else Path(config.features)
        )
        torch.manual_seed(config.seed)
        generator = checkpoint.Architecture(config.width, features.width).build()[0]
    average = checkpoint.Architecture(generator.width, features.width).build()
    for network, averaged in zip((generator, features), average, strict=True):
        averaged.load_state_dict(network.state_dict())
        averaged.to(team.device).eval().requires_grad_(False)
    trained: list[torch.nn.Module | None] = [generator, features, g2]
    for module in trained:
        if module is not None:
            prepare_network(module.to(team.device).train(), config.bfloat16)
    return Networks(generator, features, average, g2)


def _train_tagger(config: TrainConfig, entries: list[Entry], team: Team, stop: "StopRequest") -> Path:
    """The file of F1, trained now if this run has none yet."""
    path = config.out / "tagger.safetensors"
    if not path.is_file():
        held_out = read_manifest(config.data, "test")
        team.wait()  # nobody looks for the file after another one has written it
        train_tagger(path, entries, held_out, config, team, lambda: stop.requested)
    return path


def _name_stage(phase: Phase) -> str:
    """Name under which a stage's state is kept: a critic has the size of its crops."""
    return f"{phase.stage} {phase.crop}" if phase.stage == "adversarial" else phase.stage


def _new_stage(config: TrainConfig, phase: Phase, networks: Networks, content: ContentNet | None, team: Team) -> Stage:
    torch.manual_seed(config.seed)  # its networks are the same in every process, and in a resumed run
    if phase.stage == "adversarial":
        return Adversarial(config, networks, content, phase.crop, team)
    return Supervised(config, networks, content, team)


def _to_json_types(config: TrainConfig) -> dict[str, Any]:
    """The configuration in JSON types. A checkpoint that is passed on tells no paths of this machine."""
    table = json.loads(json.dumps(dataclasses.asdict(config), default=str))
    paths = {"data", "out", *(key for key in ("start", "features", "content") if Path(table[key]).name != table[key])}
    return {key: value for key, value in table.items() if key not in paths}


def _tell_changes(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Log what a resumed run does otherwise than before; that may be wanted."""
    for key in now["config"]:
        if before["config"].get(key) != now["config"][key]:
            log.info("changed since the last part: %s = %s", key, now["config"][key])
    for key in ("revision", "training_pictures"):
        if before[key] != now[key]:
            log.info("changed since the last part: %s: %s, before %s", key, now[key], before[key])


def _save_batch(config: TrainConfig, step: int, batch: Batch, values: dict[str, float], team: Team) -> str:
    """Write the batch after which a run stops, and say where it is."""
    path = config.out / (f"bad-{step:06d}.pt" if team.size == 1 else f"bad-{step:06d}-{team.rank}.pt")
    names = ("line_art", "hints", "target")
    with replacing(path) as temporary:
        torch.save(
            {**dict(zip(names, (t.cpu() for t in batch), strict=True)), "step": step, "terms": values}, temporary
        )
    terms = ", ".join(f"{name} {value:.3g}" for name, value in values.items())
    return (
        f"step {step}: expected a finite loss, and a finite gradient in {SKIPPED} steps, received {terms}; the batch "
        f"is in {path}; go on from the last checkpoint with --resume and a lower learning rate"
    )


class StopRequest:
    """While entered, turns the first SIGTERM or SIGINT into a wish to stop after the current step."""

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        # Python lets only the main thread handle signals; a run in another one is stopped by its owner.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._request)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


class _History:
    """history.json: the measures of every checkpoint of the run, in order."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "history.json"
        try:
            self.rows: list[dict[str, Any]] = json.loads(self.path.read_text("utf-8")) if self.path.is_file() else []
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path}: damaged ({error!s:.100}); delete it") from error

    def add(self, name: str, step: int, scores: dict[str, float]) -> None:
        self.rows = [row for row in self.rows if row["step"] < step]
        self.rows.append({"checkpoint": name, "step": step, **scores})
        with replacing(self.path) as temporary:
            temporary.write_text(json.dumps(self.rows, indent=1))
