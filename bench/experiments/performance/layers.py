"""Where the network's time goes: OpenVINO's own clock for each layer, added up by stage and by kind."""

from collections import Counter
from pathlib import Path
from typing import Any

from paintstorch_sdk.bundle import ENCODER, PAINTER, Bundle
from paintstorch_sdk.telemetry import openvino_kept_quiet

from ... import floor
from ...cases.sheet import make_tensors
from ...process import Opened, Subject

CALL = "picture"
STAGE, KIND = "stage", "kind"  # first words of the parts' names
DENSE, POINTWISE, GROUPED, REST = "3x3 and larger", "1x1", "grouped 3x3", "element-wise and the rest"
LAYOUTS = dict.fromkeys(("Reorder", "Transpose", "Convert", "Concat"), "layouts and types")
KINDS = {"DepthToSpace": "PixelShuffle", **LAYOUTS}  # by OpenVINO's types
OTHER = "other"  # the stage of what belongs to none
CASE = "layers"
_HERE = "paintstorch_sdk.bench.experiments.performance.layers"


def list_subjects(models: dict[str, Path], size: tuple[int, int], precision: str) -> list[Subject]:
    """Each model (by what it is called)."""
    options = {"size": size, "precision": precision}
    return [
        Subject(CASE, title, f"{_HERE}:open_profile", {"model": model, **options}, options)
        for title, model in models.items()
    ]


def open_profile(model: Path, size: tuple[int, int], precision: str, threads: int) -> Opened:
    """Run encoder and painter as the OpenVINO backend does, with OpenVINO's counters on; they slow it a little."""
    with openvino_kept_quiet():
        import openvino as ov

    from paintstorch_sdk.backends.openvino import compile_graph
    from paintstorch_sdk.backends.tuning import Plan

    bundle, plan, counters = Bundle.open(model), Plan.usual(precision), {"PERF_COUNT": True}
    compiled = {
        name: compile_graph(bundle, name, precision, plan, threads=threads, options=counters)
        for name in (ENCODER, PAINTER)
    }
    stage_of = {name: _stages(bundle.file(name)) for name in compiled}
    encoder, painter = (graph.create_infer_request() for graph in compiled.values())
    line_art, hints = make_tensors(*size)
    encoder.set_tensor("line_art", ov.Tensor(line_art))
    painter.set_tensor("hints", ov.Tensor(hints))
    for name in bundle.partial_sums:
        painter.set_tensor(name, encoder.get_tensor(name))

    def picture() -> dict[str, float]:
        parts: Counter[str] = Counter()
        for name, request in ((ENCODER, encoder), (PAINTER, painter)):
            request.infer()
            for layer in request.profiling_info:
                seconds = layer.real_time.total_seconds()
                node = layer.node_name.split("/")[0].rpartition("___")[2]  # a part of it is named PART___NODE
                stage = stage_of[name].get(node, OTHER)
                parts[f"{STAGE}/{Path(name).stem}/{stage}"] += seconds
                parts[f"{KIND}/{_kind(layer)}"] += seconds
        return dict(parts)

    return Opened({CALL: picture}, facts={"flops": floor.count_stage_flops(bundle, size)})


def _stages(path: Path) -> dict[str, str]:
    """The stage of each node and tensor of a graph: that of its weights, or of the last weights before it."""
    import onnx

    graph = onnx.load(path, load_external_data=False).graph
    weights = {cast.output[0] for cast in graph.node if cast.op_type == "Cast"}
    stages: dict[str, str] = {}
    stage = OTHER
    for node in graph.node:
        own = [name for name in node.input if name in weights]
        if own:
            stage = own[0].split(".")[0]
        stages |= dict.fromkeys((node.name, *node.output), stage)
    return stages


def _kind(layer: Any) -> str:
    if layer.node_type == "GroupConvolution" or layer.node_name.startswith("swapped___"):
        return GROUPED
    if layer.node_type == "Convolution":
        return POINTWISE if "1x1" in layer.exec_type else DENSE
    return KINDS.get(layer.node_type, REST)
