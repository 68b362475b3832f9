"""Hint files, found by their names: NAME.hints.png and NAME.hints.json hold the hints for NAME.*."""

import unicodedata
import warnings
from pathlib import Path

from ..errors import HintError, PaintsTorchWarning

TAG = ".hints"
# JSON, and formats with an alpha channel.
SUFFIXES = frozenset((".json", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".tga", ".psd"))
OPAQUE = frozenset((".jpg", ".jpeg"))  # without one


def is_hint_file(path: Path) -> bool:
    """Whether a file is named as the hints for another: NAME.hints.png, NAME.hints.json."""
    return path.stem.lower().endswith(TAG)


def _normalize(stem: str) -> str:
    """The same for names that read alike: in upper or lower case, with accents in one character or in two."""
    return "\0" + unicodedata.normalize("NFC", stem).casefold()  # no file's name begins like that


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
            for key in (relative.stem, _normalize(relative.stem)):
                files = [file for file in self._list_folder(folder).get(key, []) if file != picture]
                tagged = [file for file in files if is_hint_file(file)]
                if self.path is None:
                    files = tagged
                chosen = tagged or files
                if len(chosen) > 1:
                    names = " and ".join(str(file) for file in chosen)
                    raise HintError(f"{picture}: expected one file of hints, found {names}; remove one")
                if chosen:
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
                suffix = file.suffix.lower()
                if file.name.startswith("."):
                    continue
                if suffix in SUFFIXES:
                    stem = file.stem[: -len(TAG)] if is_hint_file(file) else file.stem
                    for key in dict.fromkeys((stem, _normalize(stem))):
                        listing.setdefault(key, []).append(file)
                elif suffix in OPAQUE and (is_hint_file(file) or folder == self.path):
                    warnings.warn(
                        f"{file}: not used: JPEG has no transparency; save the hints as PNG",
                        PaintsTorchWarning,
                        stacklevel=2,
                    )
            self._folders[folder] = listing
        return self._folders[folder]
