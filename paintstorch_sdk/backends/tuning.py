"""How this processor runs a model best, as `pts tune` measured it, in the user's cache.

A record belongs to one processor, model and version of OpenVINO, so that machines may share the folder. Whoever
loads a model reads it; only `pts tune` measures: it takes seconds, and a first picture should not.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs

from ..backend import PRECISIONS, Availability, Precision
from ..bundle import DIGEST, Bundle
from ..errors import OutputError
from ..files import replacing, sweep
from ..machine import count_threads, find_processor

FOLDER_VARIABLE = "PAINTSTORCH_CACHE"  # as that of engines
NO_TUNE = "PTS_NO_TUNE"  # environment variable: take no notice of what was measured
WIDE = 1024  # channels that no group has: all groups become one
APART = 1  # groups of 2 come apart into single channels
_USUAL: dict[str, dict[int, int]] = {"int8": {2: 16, 4: 16, 8: 16}}
_USUAL_FLOAT = {2: APART}


@dataclass(frozen=True)
class Plan:
    """How the network is run in one precision.

    Attributes:
        packing: See `openvino_layers.pack_groups`.
        threads: CPU threads; None is all.
    """

    packing: Mapping[int, int]
    threads: int | None = None

    @classmethod
    def usual(cls, precision: str) -> "Plan":
        """Where nothing was measured: what is best on a Zen 5."""
        return cls(_USUAL.get(precision, _USUAL_FLOAT))

    def describe(self) -> str:
        """In words."""
        words = {APART: "apart", WIDE: "to one"}
        packed = [f"{c} {words.get(to, f'to {to}')}" for c, to in sorted(self.packing.items())]
        groups = f"groups of {', '.join(packed)}" if packed else "groups as they are"
        return f"{groups}, {self.threads} threads, one stream" if self.threads else f"{groups}, one stream"


@dataclass(frozen=True)
class Tuning:
    """What was measured.

    Attributes:
        precision: The fastest of those that pass their gate.
        plans: The best plan of each precision.
        measured: For each precision `milliseconds` of a picture, `usual`, those of the usual plan, and `psnr`, dB of
            the worst picture from fp32.
    """

    precision: Precision
    plans: Mapping[str, Plan]
    measured: Mapping[str, Mapping[str, float]]

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


def find_tuning(bundle: Bundle, availability: Availability) -> Tuning | None:
    """What was measured here, or None: nothing, for another version, unreadable, or $PTS_NO_TUNE is set."""
    if os.environ.get(NO_TUNE):
        return None
    try:
        record = json.loads(record_path(bundle, availability).read_text("utf-8"))
        plans = {
            str(name): Plan({int(k): int(v) for k, v in plan["packing"].items()}, plan["threads"])
            for name, plan in record["plans"].items()
        }
        if record["precision"] not in PRECISIONS or record["precision"] not in plans:
            return None
        return Tuning(record["precision"], plans, record["measured"])
    except (OSError, OutputError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def tune(
    bundle: Bundle, availability: Availability, measure: Callable[[], Tuning], *, again: bool = False
) -> tuple[Tuning, Path | None]:
    """Measure, and keep the record; of processes that want to at once, one measures and the others wait for it.

    Args:
        bundle: The model.
        availability: OpenVINO's.
        measure: Takes its seconds.
        again: Measure even what was measured before.

    Returns:
        What was found, and where it is kept: None where the cache cannot be written.
    """
    from filelock import FileLock

    path = record_path(bundle, availability)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_suffix(".lock"))  # held by the system: it ends with the process
        lock.acquire()
    except OSError:  # read-only
        return find_tuning(bundle, availability) or measure(), None
    with lock:
        sweep(path.parent, (path.name,))
        found = None if again else find_tuning(bundle, availability)
        if found is None:
            found = measure()
            with suppress(OutputError), replacing(path) as temporary:
                temporary.write_text(json.dumps(found.to_json(), indent=1) + "\n", "utf-8")
        return found, path if path.is_file() else None


def record_path(bundle: Bundle, availability: Availability) -> Path:
    """Where the record of this processor and model is.

    Raises:
        OutputError: There is no home folder for a cache.
    """
    key = json.dumps([describe_key(bundle, availability)], sort_keys=True)
    return cache_folder("tuning") / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def describe_key(bundle: Bundle, availability: Availability) -> dict[str, Any]:
    """What a record depends on: processor, threads, model, and OpenVINO with the precisions that it offers."""
    name, flags = find_processor()
    instructions = hashlib.sha256(" ".join(sorted(flags)).encode()).hexdigest()[:16]
    return {
        "processor": [name, instructions, count_threads()],
        "model": bundle.manifest[DIGEST],
        "openvino": [availability.version, [*availability.devices]],
    }


def cache_folder(name: str) -> Path:
    """Where this processor's files of a kind are kept: $PAINTSTORCH_CACHE, or the system's place for caches.

    Raises:
        OutputError: There is no home folder to have such a place in.
    """
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen) / name
    try:
        folder = platformdirs.user_cache_path("paintstorch-sdk", appauthor=False) / name
    except RuntimeError as error:
        raise OutputError(f"cache: expected a home folder; set {FOLDER_VARIABLE} to a folder") from error
    if not folder.is_absolute():
        raise OutputError(f"cache: expected a home folder; set {FOLDER_VARIABLE} to a folder")
    return folder
