"""A folder of frames: decoded, coloured, and written as PNG, as `pts colorize FOLDER` does it."""

import atexit
import tempfile
from pathlib import Path

from PIL import Image

from paintstorch_sdk import images
from paintstorch_sdk.bench.process import Call, Opened, Subject
from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.pipeline import outcomes

from .clocked import ClockedBackend
from .sheet import page

NETWORK = "network"
CASE = "folder"
_HERE = "paintstorch_sdk.bench.cases.stream"


def subjects(models: dict[str, Path], size: tuple[int, int], frames: int) -> list[Subject]:
    """Each model (by what it is called), with the backend that is chosen for it here."""
    options = {"size": size, "frames": frames}
    return [
        Subject(CASE, title, f"{_HERE}:folder", {"model": model, **options}, {"model": title, **options})
        for title, model in models.items()
    ]


def folder(model: Path, size: tuple[int, int], frames: int, threads: int, batches: tuple[int, ...] = (1, 4)) -> Opened:
    """Frames from a folder to another; the frames a second are `frames` over the duration."""
    temporary = tempfile.TemporaryDirectory(prefix="paintstorch-bench-")
    atexit.register(temporary.cleanup)
    line_art, hints = page(*size)
    paths = [Path(temporary.name) / f"{number:04}.png" for number in range(frames)]
    for path in paths:
        images.save(Image.fromarray(line_art), path)
    out = Path(temporary.name) / "out"
    colorizer = Colorizer(model, device="cpu", threads=threads)
    clocked = ClockedBackend(colorizer.backend)

    def finish(index: int, image: Image.Image) -> tuple[int, int]:
        images.save(image, out / paths[index].name)
        return image.size

    def call(batch: int) -> Call:
        def once() -> dict[str, float]:
            clocked.take()
            jobs = ((path, hints) for path in paths)
            done = outcomes(clocked, jobs, finish, size=colorizer.size, batch_size=batch, lines="multiply")
            if [outcome.value for outcome in done] != [size] * frames:
                raise RuntimeError("wrong pixels: a frame is missing or has another size")
            return {NETWORK: clocked.take()}

        return once

    facts = {"working_size": colorizer.size, "backend": clocked.name, "precision": clocked.precision}
    return Opened({f"batch {batch}": call(batch) for batch in batches}, facts=facts)
