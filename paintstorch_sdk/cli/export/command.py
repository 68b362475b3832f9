"""`pts export`: a checkpoint becomes a bundle that the runtime loads, with FP16 graphs and engines if wanted."""

from ..options import with_options
from .options import ExportOptions


@with_options(ExportOptions)
def export(options: ExportOptions) -> None:
    """Export a checkpoint as a bundle of ONNX graphs.

    It is verified against the network on the packaged examples: a bundle
    that does not paint what the checkpoint paints is not written. From a
    bundle, it makes another one with FP16 graphs and engines.

    \b
    pts export run/last.safetensors -o mymodel/ --license Apache-2.0
    pts export mymodel/ -o fast/ --tensorrt --target sm86,sm89,sm120
    pts export default -o half/ --fp16
    pts export fast/ --triton repository/
    pts colorize line.png --model mymodel/
    """
    from .exporting import export_model

    export_model(options)
