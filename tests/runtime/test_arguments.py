"""The typed boundary: what has a wrong type is named, before anything is done."""

import pickle
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import pytest

import paintstorch_sdk as pts
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


class TestPublicNames:
    """Wrong types at the public functions: an InputError that names the argument, before any work."""

    @pytest.mark.parametrize(
        ("arguments", "name"),
        [
            ({"backend": 3}, "backend"),
            ({"precision": None}, "precision"),
            ({"device": b"cpu"}, "device"),
            ({"size": "512"}, "size"),
            ({"size": True}, "size"),
            ({"flow": "yes"}, "flow"),
            ({"threads": 1.5}, "threads"),
            ({"cuda_graphs": "no"}, "cuda_graphs"),
            ({"build_engine": None}, "build_engine"),
            ({"model": 7}, "model"),
        ],
    )
    def test_colorizer(self, arguments, name):
        with pytest.raises(InputError, match=f"^{name}: expected .*, received"):
            pts.Colorizer(**arguments)

    def test_colorize_and_stream(self, tiny_bundle):
        paper = np.full((32, 32), 255, np.uint8)
        for arguments in ({"size": "x"}, {"model": 3}, {"backend": None}):
            with pytest.raises(InputError, match=f"^{next(iter(arguments))}: expected"):
                pts.colorize(paper, **arguments)
        with pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1) as colorizer:
            with pytest.raises(InputError, match="batch_size: expected int, received NoneType None"):
                colorizer.stream([paper], batch_size=None)
            canvas = colorizer.canvas(paper)
            with pytest.raises(InputError, match="strokes: expected Stroke, received str 'red'"):
                canvas.add("red")
            with pytest.raises(InputError, match="a Canvas cannot be pickled"):
                pickle.dumps(canvas)
            for source in (None, 3, object(), ["a"]):
                with pytest.raises(InputError):
                    colorizer.colorize(source)
                if source is not None:
                    with pytest.raises(InputError):
                        colorizer.colorize(paper, source)

    def test_a_colorizer_is_pickled_as_what_it_was_made_of(self, tiny_bundle):
        paper = np.full((32, 32), 255, np.uint8)
        with (
            pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1, size=64) as one,
            pickle.loads(pickle.dumps(one)) as other,
        ):
            assert repr(other) == repr(one)
            assert other.colorize(paper).tobytes() == one.colorize(paper).tobytes()

    def test_hints(self):
        with pytest.raises(InputError, match="new: expected Stroke"):
            pts.Hints().add("red")
        with pytest.raises(InputError, match="strokes: expected a tuple of Stroke"):
            pts.Hints("red")
        with pytest.raises(InputError, match="width: expected int, received float"):
            pts.Hints().draw(5.5, 5)


def test_a_relative_model_is_the_one_of_the_working_folder(tiny_bundle, tmp_path, monkeypatch):
    paper = np.full((32, 32), 255, np.uint8)
    shutil.copytree(tiny_bundle.path, tmp_path / "a" / "m")
    monkeypatch.chdir(tmp_path / "a")
    pts.colorize(paper, model="m", backend="onnxruntime")
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "b")
    with pytest.raises(pts.BundleError, match="model 'm': expected a bundle's folder"):
        pts.colorize(paper, model="m", backend="onnxruntime")
