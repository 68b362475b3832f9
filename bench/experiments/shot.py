"""Where the time of a shot's frame goes, by stage; and whether memory stays flat over thousands of frames.

python -m paintstorch_sdk.bench.experiments.shot FOLDER KEY [--rounds N]   stages, of one core, on the first two frames
python -m paintstorch_sdk.bench.experiments.shot --memory [FRAMES]         320 x 240, drawn for it; every frame differs
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.imaging.compose import lay_lines
from paintstorch_sdk.imaging.deflate import pack_lines, unpack_lines
from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.png import encode_png
from paintstorch_sdk.imaging.regions import find_regions
from paintstorch_sdk.machine import keep_freed_memory
from paintstorch_sdk.shots.files import load_lines
from paintstorch_sdk.shots.flow import find_flow
from paintstorch_sdk.shots.frames import find_frames
from paintstorch_sdk.shots.matching import match_segments
from paintstorch_sdk.shots.propagation import carry
from paintstorch_sdk.shots.results import ShotResults
from paintstorch_sdk.shots.segments import CELLS, SIDE, STEP, Segments, reduce_lines
from paintstorch_sdk.shots.shot import Shot
from paintstorch_sdk.shots.store import digest_file

Pixels = NDArray[np.uint8]

WIDTH, HEIGHT = 320, 240  # pixels of a frame that memory is watched with


def measure_stages(folder: str, key: Path, rounds: int) -> Iterator[tuple[str, float]]:
    """Each stage of a frame, and the least milliseconds of one core that it took in some rounds."""
    cv2.setNumThreads(1)
    keep_freed_memory()  # as a worker does

    def least(work: Callable[[], Any]) -> float:
        times = []
        for _ in range(rounds):
            begin = time.thread_time()
            work()
            times.append(time.thread_time() - begin)
        return 1000 * min(times)

    frames = find_frames(folder).frames[:2]
    with Shot(find_frames([frame.path for frame in frames]), {frames[0].number: key}) as shot:
        one, other = (shot.survey.segments(at) for at in (0, 1))
        first, matches, painter = shot.keyed[0][0], shot.survey.matches(0, 1), shot.painter
    path = frames[1].path
    lines = load_lines(path)
    scale = min(1.0, SIDE / max(lines.shape[:2]))
    size = round(lines.shape[1] * scale), round(lines.shape[0] * scale)

    def reduce() -> Pixels:
        return reduce_lines(lines, size) if scale < 1.0 else lines

    small = reduce()
    drawing = analyze(small)
    flats = painter.paint(1, lines)
    picture, kept = lay_lines(flats, lines, False), pack_lines(lines)
    finding, regions = least(lambda: Segments.find(lines)), least(lambda: find_regions(drawing, STEP, CELLS))
    looking = least(lambda: analyze(reduce()))
    matching, flow = least(lambda: match_segments(one, other)), least(lambda: find_flow(one, other))
    yield "decoding", least(lambda: (digest_file(path), load_lines(path)))
    yield "keeping the line art packed", least(lambda: (pack_lines(lines), unpack_lines(kept)))
    yield "paper and lines, on the small map", looking
    yield "regions", regions
    yield "what is kept of the regions", finding - regions - looking
    yield "flow", flow
    yield "matching", matching - flow
    yield "carrying colors", least(lambda: carry(first, matches, one, other))
    yield "borders at full size, filling", least(lambda: painter.paint(1, lines))
    yield "lines over colors", least(lambda: lay_lines(flats, lines, False))
    yield "encoding", least(lambda: encode_png(picture))


def draw_frame(number: int) -> tuple[Pixels, Pixels]:
    """Line art, uint8 H,W, and flats, uint8 H,W,3, of a thing that goes around; no two frames are the same."""
    lines, flats = np.full((HEIGHT, WIDTH), 255, np.uint8), np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    angle = number / 40
    at = round(WIDTH / 2 + 70 * np.cos(angle)), round(HEIGHT / 2 + 50 * np.sin(angle))
    for radius, color in ((44, (40, 80, 180)), (26, (230, 190, 160)), (9, (60, 160, 90))):
        cv2.circle(flats, at, radius, color, -1)
        cv2.circle(lines, at, radius, 0, 2)
    lines[0, ::2] = np.unpackbits(np.array([number], ">u8").view(np.uint8)).repeat(3)[: WIDTH // 2] + 254
    return lines, flats


def watch_memory(frames: int) -> Iterator[tuple[int, float]]:
    """Resident megabytes after so many frames of a shot: when they are looked at, and every tenth that is written."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "lines")
        place.mkdir()
        for number in range(frames):
            lines, flats = draw_frame(number)
            cv2.imwrite(str(place / f"a.{number:05}.png"), lines)
            if number == 0:
                cv2.imwrite(f"{folder}/flats.00000.png", flats[..., ::-1])
        with Shot(place, {0: f"{folder}/flats.00000.png"}, cache=f"{folder}/out", processes=True) as shot:
            yield 0, _resident()
            shot.survey  # noqa: B018
            yield frames, _resident()
            shot.colorings  # noqa: B018
            yield frames, _resident()
            for at, _ in enumerate(ShotResults(Path(folder, "out")).color(shot), 1):
                if at % max(1, frames // 10) == 0:
                    yield at, _resident()


def _resident() -> float:
    """Megabytes of this process and of those that it or they have started, without what they share."""
    own = {os.getpid()}
    stats = [path.read_text("ascii").rpartition(")") for path in Path("/proc").glob("[0-9]*/stat")]
    parents = {int(head.split()[0]): int(rest.split()[1]) for head, _, rest in stats}
    while more := {process for process, parent in parents.items() if parent in own} - own:
        own |= more
    total = 0
    for process in own:
        _, resident, shared, *_ = map(int, Path(f"/proc/{process}/statm").read_text("ascii").split())
        total += resident - (shared if process != os.getpid() else 0)
    return total * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m paintstorch_sdk.bench.experiments.shot", description=__doc__)
    parser.add_argument("folder", nargs="?", help="of numbered frames")
    parser.add_argument("key", nargs="?", type=Path, help="flats of the first")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--memory", type=int, nargs="?", const=5000, metavar="FRAMES")
    given = parser.parse_args()
    if given.memory:
        for frames, megabytes in watch_memory(given.memory):
            sys.stdout.write(f"{frames:6} frames {megabytes:8.1f} MB\n")
            sys.stdout.flush()
        return
    if given.key is None:
        parser.error("expected FOLDER and KEY, or --memory")
    stages = [*measure_stages(given.folder, given.key, given.rounds)]
    rows = [*stages, ("**together**", sum(value for _, value in stages))]
    sys.stdout.write("| stage | ms |\n|---|---|\n" + "".join(f"| {name} | {value:.1f} |\n" for name, value in rows))


if __name__ == "__main__":
    main()
