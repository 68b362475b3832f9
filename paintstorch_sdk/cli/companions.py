"""Which file holds the hints for which picture."""

from pathlib import Path

from ..errors import HintError, InputError
from .inputs import HINTS, Found, is_hints, look

# JSON, and the formats with transparency.
HINT_SUFFIXES = frozenset((".json", ".png", ".webp", ".tif", ".tiff", ".gif", ".tga", ".psd"))


class HintFiles:
    """Finds the hints for each picture by its stem.

    Args:
        hints: What --hints names: a file, for every picture; a folder, where NAME.png, NAME.json, NAME.hints.png
            or NAME.hints.json are the hints for NAME.*, in the picture's own sub-folder or at the top; or None:
            NAME.hints.png or NAME.hints.json beside the picture.

    Raises:
        InputError: There is nothing of this name.
    """

    def __init__(self, hints: str | None) -> None:
        if hints is not None and not look(hints):
            raise InputError(f"{hints or repr(hints)}: no such file or folder of hints")
        self.path = None if hints is None else Path(hints)
        self.is_folder = self.path is not None and look(self.path) == "folder"
        self._folders: dict[Path, dict[str, list[Path]]] = {}

    def of(self, picture: Found) -> Path | None:
        """The file with the hints for a picture, or None.

        Raises:
            HintError: There are two.
        """
        if self.path is not None and not self.is_folder:
            return self.path
        if self.path is not None:
            folders = dict.fromkeys((self.path / picture.relative.parent, self.path))
        elif picture.path is not None:
            folders = {picture.path.parent: None}
        else:
            return None
        stem = picture.relative.stem
        for folder in folders:
            files = [file for file in self._listing(folder).get(stem, []) if file != picture.path]
            tagged = [file for file in files if is_hints(file)]
            if self.path is None:
                files = tagged
            chosen = tagged or files
            if len(chosen) > 1:
                names = " and ".join(str(file) for file in chosen)
                raise HintError(f"{picture.path}: expected one file of hints, found {names}; remove one")
            if chosen:
                return chosen[0]
        return None

    def _listing(self, folder: Path) -> dict[str, list[Path]]:
        """The files of a folder that may be hints, by the stem of their picture; read once."""
        if folder not in self._folders:
            listing: dict[str, list[Path]] = {}
            for file in sorted(folder.iterdir()) if look(folder) == "folder" else ():
                if file.suffix.lower() in HINT_SUFFIXES and not file.name.startswith("."):
                    stem = file.stem[: -len(HINTS)] if is_hints(file) else file.stem
                    listing.setdefault(stem, []).append(file)
            self._folders[folder] = listing
        return self._folders[folder]
