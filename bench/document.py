"""Typed dataclasses as JSON and back: a record is checked, field by field, when it is read."""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from .timing import Samples

T = TypeVar("T")

DIGITS = 6  # significant: a duration of 1 s to the microsecond


def encode(value: Any) -> Any:
    """JSON types of dataclasses, samples (a list of seconds for each round), mappings, sequences and numbers."""
    if isinstance(value, Samples):
        return [[encode(seconds) for seconds in taken] for taken in value.rounds]
    if dataclasses.is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, np.generic):
        return encode(value.item())
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value


def decode(kind: Any, value: Any, where: str = "record") -> Any:
    """What `encode` was given.

    Args:
        kind: Its type, as a field is annotated.
        value: JSON types; not trusted.
        where: Named in errors.

    Raises:
        ValueError: It is not of that type: what was expected where.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if kind is Samples:
        rounds = decode(tuple[tuple[float, ...], ...], value, where)
        return Samples.of(rounds)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return decode(next(argument for argument in arguments if argument is not type(None)), value, where)
    if origin is typing.Literal:
        return _check(value in arguments if isinstance(value, str) else False, value, where, f"one of {arguments}")
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _dataclass(kind, _check(isinstance(value, dict), value, where, "an object"), where)
    if origin is tuple:
        items: Sequence[Any] = _check(isinstance(value, list), value, where, "a list")
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(decode(arguments[0], item, f"{where}[{n}]") for n, item in enumerate(items))
        _check(len(items) == len(arguments), value, where, f"{len(arguments)} values")
        return tuple(decode(a, item, f"{where}[{n}]") for n, (a, item) in enumerate(zip(arguments, items, strict=True)))
    if origin is not None and issubclass(origin, Mapping):
        pairs: Mapping[str, Any] = _check(isinstance(value, dict), value, where, "an object")
        return {key: decode(arguments[1], item, f"{where}.{key}") for key, item in pairs.items()}
    if kind is float:
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return float(_check(number, value, where, "a number"))
    return _check(type(value) is kind, value, where, kind.__name__)


def _dataclass(kind: type[T], value: Mapping[str, Any], where: str) -> T:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    missing = [field.name for field in fields if field.name not in value]
    if missing:
        raise ValueError(f"{where}: expected {', '.join(missing)}")
    return kind(**{f.name: decode(hints[f.name], value[f.name], f"{where}.{f.name}") for f in fields})


def _check(right: bool, value: Any, where: str, expected: str) -> Any:
    if not right:
        raise ValueError(f"{where}: expected {expected}, received {value!r:.60}")
    return value
