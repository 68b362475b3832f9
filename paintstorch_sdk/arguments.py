"""The typed boundary of the public API: an argument of a wrong type is an InputError that names it."""

import collections.abc
import functools
import inspect
import os
import types
import typing
from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar, Union

import numpy as np

from .errors import InputError

P = ParamSpec("P")
R = TypeVar("R")

# What stands for a type besides the type itself: NumPy's numbers are numbers, whatever names a file is a path.
_ALSO: dict[type, tuple[type, ...]] = {
    int: (int, np.integer),
    float: (Real, np.floating, np.integer),
    bool: (bool, np.bool_),
    Path: (os.PathLike,),
}


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Check the arguments of each call against the annotations, as far as those are plain types.

    Plain are classes, Literal, None and unions of these. What is annotated otherwise (pictures, hints, arrays) comes in
    too many forms; those functions say themselves what they expect.

    Raises:
        InputError: From the call, where an argument has another type; the message names it.
    """
    signature = inspect.signature(function)

    @functools.cache
    def kinds() -> dict[str, tuple[tuple[type, ...], str]]:
        hints = typing.get_type_hints(function)  # at the first call: names may be defined below
        plain = {name: _plain(hint) for name, hint in hints.items() if name in signature.parameters}
        return {name: (classes, _words(hints[name])) for name, classes in plain.items() if classes is not None}

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs).arguments  # a missing or unknown argument is Python's own TypeError
        for name, (classes, words) in kinds().items():
            if name not in given:
                continue
            several = signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL
            for value in given[name] if several else (given[name],):
                if not _fits(value, classes):
                    raise InputError(f"{name}: expected {words}, received {type(value).__name__} {_short(value)}")
        return function(*args, **kwargs)

    return call


def _plain(hint: Any) -> tuple[type, ...] | None:
    """The classes that an annotation permits; None where it is not plain."""
    if hint is None or hint is types.NoneType:
        return (types.NoneType,)
    if typing.get_origin(hint) is Literal:
        return tuple({type(choice) for choice in typing.get_args(hint)})
    if typing.get_origin(hint) in (Union, types.UnionType):
        parts = [_plain(part) for part in typing.get_args(hint)]
        return None if None in parts else tuple(kind for part in parts if part for kind in part)
    if not isinstance(hint, type) or typing.get_origin(hint) is not None or hint.__module__ in _ABSTRACT:
        return None
    return None if getattr(hint, "_is_protocol", False) else _ALSO.get(hint, (hint,))


_ABSTRACT = (typing.__name__, collections.abc.__name__)


def _fits(value: object, classes: tuple[type, ...]) -> bool:
    if isinstance(value, bool) and bool not in classes:  # Python's bool is an int, but not a number of threads
        return object in classes
    return isinstance(value, classes)


def _words(hint: Any) -> str:
    """An annotation as text: "int or None"."""
    if typing.get_origin(hint) in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_words(part) for part in typing.get_args(hint)))
    if typing.get_origin(hint) is Literal:
        return " or ".join(map(repr, typing.get_args(hint)))
    return "None" if hint is types.NoneType else str(hint.__name__)


def _short(value: object) -> str:
    try:
        return " ".join(repr(value).split())[:60]
    except Exception:
        return "(without a repr)"
