"""Ratings, and the CSV that holds them: `uuid;file;model;rate` a line, as PaintsTorchAPI wrote it."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError

FIELDS = ("uuid", "file", "model", "rate")
LEAST, MOST = 1, 5


@dataclass(frozen=True, slots=True)
class Rate:
    """The rating that one rater gave one picture.

    Attributes:
        rater: Who, an opaque name.
        file: The picture.
        model: What painted it.
        rate: 1, bad, to 5, excellent.
    """

    rater: str
    file: str
    model: str
    rate: int


def model_of(file: str) -> str:
    """The model in a file's name: what stands after its first underscore, without the ending.

    Raises:
        InputError: The name has no model.
    """
    model = Path(file).stem.partition("_")[2]
    if not model:
        raise InputError(f"{file!r:.80}: expected a name such as NAME_MODEL.png")
    return model


def read_csv(path: Path) -> list[Rate]:
    """Ratings of a file, with or without a line of headings.

    Raises:
        InputError: It cannot be read, or a line is not a rating; the line's number is in the message.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from error
    rates = []
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=";"), 1):
        if not row or (number == 1 and tuple(row) == FIELDS):
            continue
        try:
            rater, file, model, rate = row
            rates.append(Rate(rater, file, model or model_of(file), check_rate(int(rate))))
        except (ValueError, InputError) as error:
            raise InputError(f"{path}:{number}: expected {';'.join(FIELDS)}, received {';'.join(row)!r:.80}") from error
    if not rates:
        raise InputError(f"{path}: expected ratings, found none")
    return rates


def write_csv(rates: Iterable[Rate]) -> str:
    """Ratings as a file's content, with a line of headings."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows((one.rater, one.file, one.model, one.rate) for one in rates)
    return out.getvalue()


def check_rate(rate: int) -> int:
    """The rate.

    Raises:
        InputError: Not 1 to 5.
    """
    if isinstance(rate, bool) or not isinstance(rate, int) or not LEAST <= rate <= MOST:
        raise InputError(f"rate: expected {LEAST} to {MOST}, received {rate!r:.40}")
    return rate
