"""The typed boundary: what has a wrong type is named, before anything is done."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import pytest

from paintstorch_sdk.arguments import checked
from paintstorch_sdk.errors import InputError


class Sized(Protocol):
    size: int


@checked
def paint(
    where: str | Path,
    size: int | None = None,
    width: float = 1.0,
    mode: Literal["flat", "soft"] = "flat",
    fast: bool = False,
    anything: Any = None,
    lent: Sized | None = None,
    several: Iterable[int] = (),
    *names: str,
) -> str:
    """Paints."""
    return f"{where} {size}"


class Later:
    @checked
    def follow(self, other: "Later") -> bool:
        return self is other


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"where": 3}, "where: expected str or Path, received int 3"),
        ({"where": "a", "size": "5"}, "size: expected int or None, received str '5'"),
        ({"where": "a", "size": 5.0}, "size: expected int or None, received float 5.0"),
        ({"where": "a", "size": True}, "size: expected int or None, received bool True"),
        ({"where": "a", "width": None}, "width: expected float, received NoneType None"),
        ({"where": "a", "mode": 7}, "mode: expected 'flat' or 'soft', received int 7"),
        ({"where": "a", "fast": 1}, "fast: expected bool, received int 1"),
        ({"where": None}, "where: expected str or Path, received NoneType None"),
    ],
)
def test_the_message_names_the_argument(arguments, message):
    with pytest.raises(InputError) as caught:
        paint(**arguments)
    assert str(caught.value) == message


def test_what_fits_goes_through():
    assert paint(Path("a"), np.int64(5), np.float32(2), "soft", np.True_, object(), 5, 7) == "a 5"
    assert paint("a", None, 3) == "a None"
    assert Later().follow(Later()) is False


def test_arguments_of_any_number_and_names_that_come_later():
    with pytest.raises(InputError, match="names: expected str, received int 4"):
        paint("a", None, 1.0, "flat", False, None, None, (), "b", 4)
    with pytest.raises(InputError, match="other: expected Later, received str 'x'"):
        Later().follow("x")


def test_a_value_without_a_repr():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    with pytest.raises(InputError, match=r"received Broken \(without a repr\)"):
        paint(Broken())


def test_a_missing_argument_is_python_s_own_error():
    with pytest.raises(TypeError, match="missing a required argument: 'where'"):
        paint()


def test_it_looks_like_the_function():
    assert paint.__doc__ == "Paints."
    assert paint.__name__ == "paint"
