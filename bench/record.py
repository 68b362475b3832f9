"""The JSON of one run: every sample, and everything that one must know to read them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import replacing

from .timing import Samples

SCHEMA = 1


@dataclass(frozen=True)
class Entry:
    """One subject's outcome.

    Attributes:
        case: What was measured: the table that it belongs to.
        subject: What ran, unique in its case.
        samples: By call, or "call/part"; empty where the subject failed.
        facts: JSON types: the subject's options, accuracy, peak memory.
        error: Why there are no samples, in one line.
    """

    case: str
    subject: str
    samples: Mapping[str, Samples] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Record:
    """One run of the benchmark on one machine.

    Attributes:
        name: Of the machine and of the file.
        facts: JSON types: title, date, command, environment, noise, bundles.
        entries: In the order of the tables.
    """

    name: str
    facts: Mapping[str, Any]
    entries: tuple[Entry, ...]

    def case(self, name: str) -> list[Entry]:
        """The entries of one case."""
        return [entry for entry in self.entries if entry.case == name]

    def entry(self, case: str, subject: str) -> Entry | None:
        """The entry of one subject, None where it was not run."""
        return next((entry for entry in self.case(case) if entry.subject == subject), None)

    def samples(self, case: str, subject: str, call: str) -> Samples | None:
        """The samples of one subject's call, None where there are none."""
        entry = self.entry(case, subject)
        return None if entry is None else entry.samples.get(call)


def save(record: Record, path: Path) -> None:
    """Write a record, one line an entry; samples to the microsecond."""
    head = json.dumps({"schema": SCHEMA, "name": record.name, **record.facts}, indent=1)
    entries = ",\n  ".join(json.dumps(_document(entry)) for entry in record.entries)
    text = head[: -len("\n}")] + f',\n "entries": [\n  {entries}\n ]\n}}\n'
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


def load(path: Path) -> Record:
    """Read what `save` wrote.

    Raises:
        InputError: It is none of ours.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
        if document.pop("schema") != SCHEMA:
            raise ValueError("another schema")
        entries = tuple(
            Entry(
                item["case"],
                item["subject"],
                {call: Samples.of(rounds) for call, rounds in item["samples"].items()},
                item["facts"],
                item["error"],
            )
            for item in document.pop("entries")
        )
        return Record(document.pop("name"), document, entries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: expected a record of this version's benchmark: {error}") from error


def _document(entry: Entry) -> dict[str, Any]:
    samples = {
        call: [[round(seconds, 6) for seconds in taken] for taken in samples.rounds]
        for call, samples in entry.samples.items()
    }
    return {
        "case": entry.case,
        "subject": entry.subject,
        "facts": dict(entry.facts),
        "error": entry.error,
        "samples": samples,
    }
