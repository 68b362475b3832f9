"""The ways of running the network that `pts bench` puts side by side: backends of the SDK, and their peers."""

from collections.abc import Sequence
from dataclasses import dataclass

from paintstorch_sdk.errors import InputError

PUBLISHED, COMPILED, ONE_GRAPH = "published", "compiled", "onnxruntime-whole"
FLAVOR_OF = {"tensorrt": "tensorrt", "tensorrt-rtx": "rtx"}  # of the SDK's TensorRT backend
PUBLISHED_SIDE = 512  # pixels that the published code squashes every picture to


@dataclass(frozen=True)
class Way:
    """One way.

    Attributes:
        backend: Its name in tables and in `--backends`.
        device: "cpu" or "cuda".
        precision: What the network computes in.
        how: How the network is run, in words.
        asked: Measured only where its backend is asked for by name: it takes long and tells little.
    """

    backend: str
    device: str
    precision: str
    how: str
    asked: bool = False

    @property
    def title(self) -> str:
        """Name of the way, as `result.Row.title` has it."""
        return f"{self.backend} {self.precision}" + ("" if self.device == "cpu" else f" {self.device}")

    @property
    def is_reference(self) -> bool:
        """Whether the others on its device are compared with it."""
        return (self.backend, self.precision) == ("eager", "fp32")


_EAGER = "torch eager, channels_last, encoder and painter"
_COMPILED = "torch.compile, channels_last, encoder and painter"
_PUBLISHED = (
    "as published: squashed to 512 x 512, torch eager, contiguous, one at a time, features and generator each time"
)
_ONE_GRAPH = "one unsplit graph as torch.onnx.export writes it, default options"

WAYS = (
    Way("eager", "cpu", "fp32", _EAGER),
    Way("eager", "cuda", "fp32", _EAGER + ", TF32 off"),
    Way(PUBLISHED, "cpu", "fp32", _PUBLISHED),
    Way(PUBLISHED, "cuda", "fp32", _PUBLISHED),
    Way("eager", "cpu", "bf16", _EAGER),
    Way("eager", "cuda", "bf16", _EAGER),
    Way("eager", "cuda", "fp16", _EAGER),
    Way(COMPILED, "cpu", "fp32", _COMPILED),
    Way(COMPILED, "cpu", "bf16", _COMPILED, asked=True),
    Way(COMPILED, "cuda", "fp16", _COMPILED),
    Way(ONE_GRAPH, "cpu", "fp32", _ONE_GRAPH),
    Way(ONE_GRAPH, "cuda", "fp32", _ONE_GRAPH),
    Way("onnxruntime", "cpu", "fp32", "encoder and painter"),
    Way("onnxruntime", "cuda", "fp32", "encoder and painter, the tensors between them stay on the device"),
    Way("openvino", "cpu", "fp32", "encoder and painter"),
    Way("openvino", "cpu", "bf16", "encoder and painter"),
    Way("openvino", "cpu", "int8", "encoder and painter, the layers that the model names"),
    Way("tensorrt", "cuda", "fp16", "encoder and painter as engines"),
    Way("tensorrt-rtx", "cuda", "fp16", "encoder and painter as engines for GeForce and RTX"),
)
NAMES = tuple(dict.fromkeys(way.backend for way in WAYS))
PRECISIONS = tuple(dict.fromkeys(way.precision for way in WAYS))


def select_ways(backends: Sequence[str] = (), precisions: Sequence[str] = (), cuda: bool = False) -> list[Way]:
    """The ways of these names and precisions, and what they are compared with: eager fp32 first.

    Args:
        backends: Some of `NAMES`; none is all.
        precisions: Some of `PRECISIONS`; none is all.
        cuda: There is a CUDA device. Without one, of the ways on it only those remain that no other row stands for.

    Raises:
        InputError: A name or a precision is unknown.
    """
    for what, given, known in (("backends", backends, NAMES), ("precision", precisions, PRECISIONS)):
        for name in given:
            if name not in known:
                raise InputError(f"{what}: expected some of {', '.join(known)}, received {name!r}")
    chosen = [
        way
        for way in WAYS
        if (way.backend in backends if backends else not way.asked) and way.precision in (precisions or PRECISIONS)
    ]
    if not cuda:
        peers = (PUBLISHED, COMPILED, ONE_GRAPH)
        here = [(way.backend, way.precision) for way in WAYS if way.device == "cpu" and way.backend == "eager"]
        told = [way for way in chosen if way.backend not in peers and (way.backend, way.precision) not in here]
        chosen = [way for way in chosen if way.device == "cpu" or way in told]
    if not chosen:
        raise InputError(
            f"nothing to measure: {', '.join(backends)} runs in none of {', '.join(precisions)}; leave one of them out"
        )
    devices = {way.device for way in chosen if cuda or way.device == "cpu"} | {"cpu"}
    references = [way for way in WAYS if way.is_reference and way.device in devices]
    return [*references, *(way for way in chosen if way not in references)]
