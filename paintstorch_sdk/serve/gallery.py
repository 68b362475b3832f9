"""The examples of the studio's first screen."""

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

from PIL import Image

from ..hints.model import Hints
from ..imaging.images import load_line_art
from . import pictures
from .errors import NotFoundError
from .schemas import ExampleInfo


class Gallery:
    """Line art with hints, by name.

    Args:
        files: Line art and its hints.
    """

    def __init__(self, files: Sequence[tuple[Path, Path]]) -> None:
        self._files = {line_art.stem: (line_art, hints) for line_art, hints in files}

    def list(self) -> list[ExampleInfo]:
        """All examples."""
        return list(self._infos.values())

    def example(self, name: str) -> tuple[bytes, Hints]:
        """The line art, a file, and the hints of an example.

        Raises:
            NotFoundError: There is no example of this name.
        """
        if name not in self._files:
            raise NotFoundError(f"example: expected one of {', '.join(self._files) or 'none: this server has none'}")
        line_art, hints = self._files[name]
        return line_art.read_bytes(), Hints.of(hints)

    def thumbnail(self, name: str) -> bytes:
        """A small WebP of an example.

        Raises:
            NotFoundError: There is no example of this name.
        """
        line_art, _ = self.example(name)
        return _thumbnail(line_art)

    @cached_property
    def _infos(self) -> dict[str, ExampleInfo]:
        infos = {}
        for name, (line_art, _) in self._files.items():
            height, width = load_line_art(line_art).shape[:2]
            infos[name] = ExampleInfo(name=name, width=width, height=height, hints=True)
        return infos


@cache
def _thumbnail(line_art: bytes) -> bytes:
    return pictures.thumbnail(Image.fromarray(load_line_art(line_art)))
