"""The options of `pts lineart`."""

from dataclasses import dataclass

from .. import options
from ..options import argument, option

XDOG, G2 = "xDoG", "G2"  # headings in the help


@dataclass(frozen=True, slots=True)
class LineArtOptions:
    """The options of `pts lineart`, as they were given."""

    inputs: list[str] = argument("Files, folders or globs.", "INPUTS")
    out: options.Out = None
    format: str | None = option(
        None, "Default: png, or the ending of OUT.", "--format", "-f", metavar="png|jpg|webp", panel=options.OUTPUT
    )
    resume: options.Resume = False
    json: options.Json = False
    method: str = option("xdog", "xdog needs no model; g2 is a network that was trained with one.", metavar="xdog|g2")
    model: str = option("default", "Exported with --g2.", "--model", "-m", metavar="NAME|FOLDER", panel=G2)
    backend: str = option("auto", "What runs it.", metavar="auto|openvino|onnxruntime", panel=G2)
    precision: str = option("auto", "auto is the device's fastest.", metavar="auto|fp32|bf16", panel=G2)
    device: str | None = option(None, "Default: the backend's best.", metavar="cpu|cuda", panel=G2)
    size: int | None = option(
        None, "Most pixels of the long side in the network. Default: the model's.", metavar="PIXELS", panel=G2, min=32
    )
    threads: int | None = option(None, "CPU threads of the network.", metavar="N", panel=G2, min=1)
    sigma: float = option(0.4, "Width of the lines, pixels.", metavar="X", panel=XDOG)
    k: float = option(4.5, "The wide Gaussian's sigma is k times it.", "-k", "--k", metavar="X", panel=XDOG)
    gamma: float = option(0.95, "Weight of the wide Gaussian.", metavar="X", panel=XDOG)
    epsilon: float = option(-0.1, "Differences under this are full lines.", metavar="X", panel=XDOG)
    phi: float = option(
        1e9, "Steepness of the threshold; 1e9 is a hard one.", metavar="X", panel=XDOG, show_default="1e9"
    )
