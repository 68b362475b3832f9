"""Hint files, found by their names: NAME.hints.png and NAME.hints.json hold the hints for NAME.*.

Names are compared as people read them: without case, and whichever way a file system spells an accented letter.
"""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from ..errors import HintError

TAG = ".hints"
SUFFIXES = frozenset(
    (".json", ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm", ".tga", ".psd")
)


def is_hint_file(path: Path) -> bool:
    """Whether a file is named as the hints for another: NAME.hints.png, NAME.hints.json."""
    return path.stem.lower().endswith(TAG)


class HintFiles:
    """Finds the hint file of each picture by its stem.

    Args:
        path: A file with the hints for every picture; or a folder, where NAME.png, NAME.json, NAME.hints.png or
            NAME.hints.json are the hints for NAME.*, in the picture's own sub-folder or at the top; or None:
            NAME.hints.png or NAME.hints.json beside the picture.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.is_folder = path is not None and path.is_dir()
        self._folders: dict[Path, dict[str, list[Path]]] = {}
        self._taken: set[Path] = set()

    def list_unused(self, pictures: Iterable[Path]) -> list[Path]:
        """Files of hints where hints were looked for that no picture takes, of this run or beside it.

        Args:
            pictures: The line arts, which are no hints themselves.
        """
        others = self._taken.union(pictures)
        unused: list[Path] = []
        for listing in self._folders.values():
            for files in listing.values():
                if self.is_folder or all(map(is_hint_file, files)):  # else its picture is there, for another run
                    unused += [file for file in files if file not in others]
        return sorted(unused)

    def find(self, picture: Path | None, relative: Path | None = None) -> Path | None:
        """The hint file of a picture, or None.

        Args:
            picture: The file with the line art; None where it came from a pipe.
            relative: Its path below the folder that was searched for pictures. Default: its name.

        Raises:
            HintError: There are two hint files for it, or a folder cannot be read.
        """
        if self.path is not None and not self.is_folder:
            return self.path
        relative = relative or Path(picture.name if picture else "")
        if self.path is not None:
            folders = dict.fromkeys((self.path / relative.parent, self.path))
        elif picture is not None:
            folders = {picture.parent: None}
        else:
            return None
        for folder in folders:
            files = [file for file in self._list_folder(folder).get(_spell(relative.stem), []) if file != picture]
            same = [file for file in files if _stem(file) == relative.stem]
            files = same or files  # where the file system tells a.png from A.png, so do we
            tagged = [file for file in files if is_hint_file(file)]
            if self.path is None:
                files = tagged
            chosen = tagged or files
            if len(chosen) > 1:
                names = " and ".join(str(file) for file in chosen)
                raise HintError(f"{picture}: expected one file of hints, found {names}; remove one")
            if chosen:
                self._taken.add(chosen[0])
                return chosen[0]
        return None

    def _list_folder(self, folder: Path) -> dict[str, list[Path]]:
        """Files of a folder that may hold hints, by the stem of their picture and by how it reads; read once."""
        if folder not in self._folders:
            listing: dict[str, list[Path]] = {}
            try:
                files = sorted(folder.iterdir())
            except (FileNotFoundError, NotADirectoryError):
                files = []
            except OSError as error:
                raise HintError(f"{folder}: hints cannot be read: {error.strerror}") from error
            for file in files:
                if file.suffix.lower() in SUFFIXES and not file.name.startswith("."):
                    listing.setdefault(_spell(_stem(file)), []).append(file)
            self._folders[folder] = listing
        return self._folders[folder]


def _stem(file: Path) -> str:
    return file.stem[: -len(TAG)] if is_hint_file(file) else file.stem


def _spell(stem: str) -> str:
    return unicodedata.normalize("NFC", stem).casefold()
