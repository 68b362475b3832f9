"""The mark of a picture's making: that this program made it, and the digest of all that it was made with.

It stands in the picture's EXIF data as the name of the software, in an OpenRaster file as the archive's comment, and in
a PSD as the tool in its XMP data, so that it travels with the file. By it results are told from inputs, and `--resume`
sees that an option, the model or the hints have changed.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...errors import PaintsTorchError
from ...imaging.images import load

PROGRAM = "paintstorch-sdk"
LINE_ART = f"{PROGRAM} lineart"  # of line art, which others color: it is no result to be passed over
_SIGNATURE = re.compile(rb"paintstorch-sdk (?:lineart )?[0-9a-f]{16}")
_HEAD, _TAIL = 2**17, 2**13  # bytes of a file, in which it stands
_ENDS = {  # what a whole file ends with
    b"\x89PNG": b"IEND\xaeB`\x82",
    b"\xff\xd8\xff": b"\xff\xd9",
}


def sign(made_with: Mapping[str, Any], hints: Path | None = None, program: str = PROGRAM) -> str:
    """The signature of a picture that is made with these options (JSON types) and, by its content, a file of hints."""
    digest = hashlib.sha256(json.dumps(made_with, sort_keys=True, default=str).encode())
    if hints is not None:
        digest.update(hints.suffix.lower().encode())
        with suppress(OSError):  # what cannot be read fails where it is used
            if hints.is_file():  # a pipe is read once
                digest.update(hints.read_bytes())
    return f"{program} {digest.hexdigest()[:16]}"


def read_signature(path: Path) -> str | None:
    """The signature of a picture; None where this program did not make it, or nothing can be read."""
    ends = _read_ends(path)
    match = ends and (_SIGNATURE.search(ends[0]) or _SIGNATURE.search(ends[1]))
    return match[0].decode() if match else None


def is_whole(path: Path) -> bool:
    """Whether a picture that this program made is there to its end: a full disk or a broken copy may have cut it."""
    ends = _read_ends(path)
    if ends is None:
        return False
    head, tail, size = ends
    if head.startswith(b"RIFF"):  # WebP, which says how long it is
        return size == int.from_bytes(head[4:8], "little") + 8
    if head.startswith(b"PK"):
        return b"PK\x05\x06" in tail
    for begin, end in _ENDS.items():
        if head.startswith(begin):
            return tail.endswith(end)
    try:
        load(path)
    except PaintsTorchError:
        return False
    return True


def _read_ends(path: Path) -> tuple[bytes, bytes, int] | None:
    """The first and the last bytes of a regular file, and its size."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(_HEAD)
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL))
            return head, file.read(), size
    except OSError:
        return None
