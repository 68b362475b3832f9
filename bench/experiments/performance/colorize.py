"""`Colorizer.colorize` from line art in memory to a picture in memory, and the networks' part of it.

Networks are the encoder, the painter and the shade network; pre- and postprocessing is all else.
"""

import time
from pathlib import Path

from paintstorch_sdk.backend import FloatTensor, Shader
from paintstorch_sdk.colorizer import Colorizer

from ...cases.clocked import ClockedBackend
from ...cases.sheet import make_page
from ...process import Call, Opened, Subject

NETWORK = "network"
SIZES = ((512, 512), (1024, 1024), (1920, 1080))
CASE = "colorize"
_HERE = "paintstorch_sdk.bench.experiments.performance.colorize"


def list_subjects(models: dict[str, Path]) -> list[Subject]:
    """Each model (by what it is called), with the backend that is chosen for it here."""
    return [
        Subject(CASE, title, f"{_HERE}:open_colorizer", {"model": model}, {"model": title})
        for title, model in models.items()
    ]


def open_colorizer(model: Path, threads: int, sizes: tuple[tuple[int, int], ...] = SIZES) -> Opened:
    """Line art of several sizes, with a layer of hints of the same size, at the model's own working size."""
    colorizer = Colorizer(model, device="cpu", threads=threads)
    clocked = ClockedBackend(colorizer.backend)
    colorizer._backend = clocked
    colorizer.shader = colorizer.shader and ClockedShader(colorizer.shader, clocked)

    def call(width: int, height: int) -> Call:
        line_art, hints = make_page(width, height)
        if colorizer.colorize(line_art, hints).size != (width, height):
            raise RuntimeError("wrong pixels: the picture has not the line art's size")

        def once() -> dict[str, float]:
            clocked.take()
            colorizer.colorize(line_art, hints)
            return {NETWORK: clocked.take()}

        return once

    facts = {"working_size": colorizer.size, "backend": clocked.name, "precision": clocked.precision}
    return Opened({f"{w} x {h}": call(w, h) for w, h in sizes}, facts=facts)


class ClockedShader(Shader):
    """Another bundle's shade and kinship networks, whose time counts to a backend's."""

    def __init__(self, shader: Shader, clock: ClockedBackend) -> None:
        self._shader, self._clock = shader, clock

    def find_kinship(self, line_art: FloatTensor) -> FloatTensor | None:
        begun = time.perf_counter()
        found = self._shader.find_kinship(line_art)
        self._clock.seconds += time.perf_counter() - begun
        return found

    def _shade(self, inputs: dict[str, FloatTensor]) -> FloatTensor:
        begun = time.perf_counter()
        logits = self._shader.find_logits(**inputs)
        self._clock.seconds += time.perf_counter() - begun
        return logits
