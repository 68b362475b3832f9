"""The work of `pts shot check`: a ranking on the terminal, as JSON, and as a page with pictures."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import PaintsTorchError
from ...files import replacing
from ...imaging.images import load
from ...shots.checking import WEIGHTS, Check, Checked, Finding, suggest_key
from ...shots.segments import Segments
from ..console import say, say_json, working

if TYPE_CHECKING:
    from paintstorch_sdk.bench.report.table import Table

SHOWN = 24  # frames with a picture, the worst
SIDE = 420  # pixels of a picture's long side on the page
MARK = (255, 0, 200)  # red, green, blue around what is in trouble


def check_folder(folder: Path, page: Path, threshold: float, as_json: bool) -> int:
    """Check a folder of results; returns the exit code.

    Raises:
        PaintsTorchError: It cannot be read, or the page cannot be written.
    """
    with working("checking"):
        check = Check(folder)
        frames = check.run()
    ranked = sorted(frames, key=lambda frame: -frame.trouble)
    key = suggest_key(frames, [*check.shot.keys])
    with replacing(page) as temporary:
        temporary.write_text(format_page(check, frames, ranked, key), "utf-8")
    bad = [frame for frame in ranked if frame.trouble > threshold]
    if as_json:
        say_json(
            {
                "folder": str(folder),
                "page": str(page),
                "missing": check.missing,
                "next_key": key and {"number": key[0], "helps": key[1]},
                "over_threshold": [frame.record.number for frame in bad],
                "frames": [describe(frame) for frame in ranked],
            }
        )
        return 1 if bad else 0
    for frame in ranked[:10]:
        if frame.findings:
            first = frame.findings[0]
            say(f"{frame.record.number}  {frame.trouble:6.1%}  {first.kind}: {first.text}")
    say(f"{len(frames)} frames, {len(bad)} over {threshold:.0%} -> {page}" + _name_missing(check.missing))
    if key:
        say(f"next key: {key[0]}, it would help {key[1]} frames")
    return 1 if bad else 0


def describe(frame: Checked) -> dict[str, Any]:
    """A frame for --json."""
    found = [{"kind": one.kind, "share": round(one.share, 5), "text": one.text} for one in frame.findings]
    return {"number": frame.record.number, "trouble": round(frame.trouble, 4), "findings": found}


def format_page(check: Check, frames: list[Checked], ranked: list[Checked], key: tuple[int, int] | None) -> str:
    """The page: no other file is needed to read it."""
    from paintstorch_sdk.bench.report.templates import render_page

    places = {id(frame): place for place, frame in enumerate(frames)}
    shown = [
        {
            "number": frame.record.number,
            "trouble": f"{frame.trouble:.1%}",
            "findings": [_phrase(one) for one in frame.findings],
            "picture": _picture(check, frame, places[id(frame)]),
        }
        for frame in ranked[:SHOWN]
        if frame.findings
    ]
    width = 1000 / max(len(frames), 1)
    page: str = render_page(
        "check.html.j2",
        Path(__file__).parent,
        name=check.folder.name,
        lead=_lead(check, frames, key),
        bars=[
            {
                "x": round(place * width, 2),
                "width": round(max(width - 0.6, 0.6), 2),
                "height": round(4 + 116 * frame.trouble**0.5, 1),
                "number": frame.record.number,
                "trouble": f"{frame.trouble:.1%}",
                "key": frame.record.number in check.shot.keys,
            }
            for place, frame in enumerate(frames)
        ],
        shown=shown,
        every=_make_table(ranked),
    )
    return page


def _phrase(finding: Finding) -> str:
    if not finding.regions:
        return f"{finding.kind}: {finding.text}"
    return f"{finding.kind}: {finding.text} ({finding.share:.2%} of the picture)"


def _lead(check: Check, frames: list[Checked], key: tuple[int, int] | None) -> str:
    troubled = sum(bool(frame.findings) for frame in frames)
    text = f"{len(frames)} frames, {troubled} with something to look at, {len(check.shot.keys)} of them keys."
    if key:
        text += f" Next key: frame {key[0]}; one there would help {key[1]} frames."
    return text + _name_missing(check.missing)


def _name_missing(missing: list[int]) -> str:
    if not missing:
        return ""
    return f" No file of {', '.join(map(str, missing[:8]))}" + ("..." if len(missing) > 8 else "") + "."


def _make_table(ranked: list[Checked]) -> "Table":
    from paintstorch_sdk.bench.report.table import Cell, Column, Table

    kinds = [kind for kind in WEIGHTS if any(one.kind == kind for frame in ranked for one in frame.findings)]
    columns = (Column("frame", left=True), Column("trouble"), *(Column(kind) for kind in kinds))
    rows = []
    for frame in ranked:
        shares = {kind: sum(one.share for one in frame.findings if one.kind == kind) for kind in kinds}
        cells = [Cell(str(frame.record.number)), Cell(f"{frame.trouble:.1%}", frame.trouble)]
        rows.append((*cells, *(Cell(f"{share:.2%}" if share else "", share) for share in shares.values())))
    return Table(columns, tuple(rows), "All frames")


def _picture(check: Check, frame: Checked, place: int) -> str:
    """The frame with its trouble outlined, as a data URI; "" where there is none."""
    try:
        picture = np.asarray(load(check.folder / frame.record.output).convert("RGB"))
        segments = check.shot.survey.segments(place)
    except (PaintsTorchError, OSError):
        return ""
    regions = [region for one in frame.findings for region in one.regions[:12]]
    marked = mark(picture, segments, regions)
    encoded = cv2.imencode(".webp", marked[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, 82])[1]
    return "data:image/webp;base64," + base64.b64encode(np.asarray(encoded).tobytes()).decode()


def mark(picture: NDArray[np.uint8], segments: Segments, regions: list[int]) -> NDArray[np.uint8]:
    """A small picture, uint8 h,w,3, with regions outlined and the rest a little paler."""
    scale = SIDE / max(picture.shape[:2])
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if not regions:
        return np.asarray(small)
    inside = cv2.resize(np.isin(segments.labels, regions).view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    pale = cv2.addWeighted(small, 0.55, np.full_like(small, 255), 0.45, 0)
    result = np.where(inside[..., None] > 0, small, pale)
    contours, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(result, contours, -1, MARK, 2)
    return np.asarray(result)
