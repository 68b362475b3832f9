"""The network as others run it: the published way, and ONNX Runtime on one graph, behind the SDK's own interface.

They keep nothing of a line art between two pictures: `encode` hands it on, `paint` runs the whole network.
"""

from pathlib import Path
from typing import Any

import numpy as np

from paintstorch_sdk.backend import Backend, Encoded, FloatTensor
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.errors import BackendError

from ..ways import ONE_GRAPH, PUBLISHED, PUBLISHED_SIDE


class PublishedWay(Backend):
    """PaintsTorch as its authors run it: torch eager, fp32, contiguous, one picture of 512 x 512 at a time.

    Every picture is squashed to the square and the colors are stretched back.
    """

    name, precision = PUBLISHED, "fp32"

    def __init__(self, bundle: Bundle, device: str, threads: int) -> None:
        import torch

        from paintstorch_sdk.networks.model import load_halves
        from paintstorch_sdk.networks.split import merge_networks

        from ..models import Whole

        if device == "cuda" and not torch.cuda.is_available():
            raise BackendError("torch sees no CUDA device")
        torch.set_num_threads(threads)
        self.device, self.version = device, torch.__version__
        self._network = Whole(*merge_networks(*load_halves(bundle))).to(device)

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        return (line_art,)

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        import torch
        from torch.nn.functional import interpolate

        side, (_, height, width) = PUBLISHED_SIDE, encoded.shape
        squashed = (height, width) != (side, side)
        painted = []
        with torch.no_grad():
            for picture, hint in zip(encoded.sums[0], hints, strict=True):
                lines, strokes = (torch.from_numpy(array[None]).to(self.device) for array in (picture, hint))
                if squashed:
                    lines = interpolate(lines, (side, side), mode="bilinear", antialias=True)
                    strokes = interpolate(strokes, (side // 4, side // 4), mode="bilinear", antialias=True)
                color = self._network(lines, strokes)
                if squashed:
                    color = interpolate(color, (height, width), mode="bilinear", antialias=True)
                painted.append(color.cpu().numpy())
        return np.concatenate(painted)

    def _release(self) -> None:
        del self._network


class OneGraph(Backend):
    """ONNX Runtime as its manual says: the whole network exported as one graph, default options."""

    name, precision = ONE_GRAPH, "fp32"

    def __init__(self, graph: Path, device: str, threads: int) -> None:
        import onnxruntime as ort

        provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}[device]
        if provider not in ort.get_available_providers():
            raise BackendError(f"this onnxruntime has no {provider}")
        options = ort.SessionOptions()
        options.log_severity_level = 3  # errors
        options.intra_op_num_threads = threads
        self.device, self.version = device, ort.__version__
        self._session = ort.InferenceSession(graph, options, providers=[provider])
        if provider not in self._session.get_providers():
            raise BackendError(f"onnxruntime granted {', '.join(self._session.get_providers())} instead of {provider}")

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        return (line_art,)

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        color: FloatTensor = self._session.run(["color"], {"line_art": encoded.sums[0], "hints": hints})[0]
        return color

    def _release(self) -> None:
        del self._session
