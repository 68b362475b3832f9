"""FP16 by types: graphs whose operators compute in fp16, on the same file of weights.

TensorRT's networks are strongly typed: an engine computes in fp16 where the graph says so, and nowhere else.
The bundle's graphs store fp16 weights and cast them to fp32; here the casts go and the types of what follows
change. Line art, hints and color stay fp32, as in every backend; the partial sums between encoder and
painter are fp16, half the memory that a Canvas keeps on the device.
"""

from collections.abc import Collection

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from paintstorch_sdk.bundle import partial_sums

HALF, FULL = TensorProto.FLOAT16, TensorProto.FLOAT
SUMS = tuple(partial_sums(width=1))


def to_half(model: onnx.ModelProto, full: Collection[str] = ()) -> onnx.ModelProto:
    """An encoder or painter with its operators in fp16.

    Args:
        model: A graph as `write_graphs` makes it; its weights need not be loaded.
        full: Names of the nodes that keep computing in fp32.

    Returns:
        A graph that refers to the same weights. Values are cast where an fp32 operator meets an fp16 one, and
        nowhere else; constants have the type that their operator reads.
    """
    half = onnx.ModelProto()
    half.CopyFrom(model)
    graph = half.graph
    weights = {t.name: t for t in graph.initializer if t.data_location == TensorProto.EXTERNAL}
    constants = {t.name: t for t in graph.initializer if t.name not in weights}
    sources = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Cast" and n.input[0] in weights}
    nodes = [node for node in graph.node if node.op_type != "Cast"]

    types: dict[str, int] = dict.fromkeys(weights, HALF)
    for value in graph.input:
        types[value.name] = HALF if value.name in SUMS else FULL
        value.type.tensor_type.elem_type = types[value.name]
    outputs = {value.name: HALF if value.name in SUMS else FULL for value in graph.output}
    for value in graph.output:
        value.type.tensor_type.elem_type = outputs[value.name]

    typed: list[onnx.NodeProto] = []
    made: set[str] = set()
    kept = list(weights.values())

    def read(name: str, wanted: int) -> str:
        """The name under which a value is there in the wanted type."""
        name = sources.get(name, name)
        if name in constants:
            other = f"{name}/{_type_suffix(wanted)}"
            if other not in made:
                made.add(other)
                array = numpy_helper.to_array(constants[name])
                kept.append(numpy_helper.from_array(array.astype(_numpy_type(wanted)), other))
            return other
        if types[name] == wanted:
            return name
        other = f"{name}/{_type_suffix(wanted)}"
        if other not in made:
            made.add(other)
            typed.append(helper.make_node("Cast", [name], [other], to=wanted, name=other))
        return other

    for node in nodes:
        own = FULL if node.name in full else HALF
        node.input[:] = [read(name, own) for name in node.input]
        typed.append(node)
        for name in node.output:
            types[name] = own
    for node in nodes:
        for index, name in enumerate(node.output):
            if name in outputs and types[name] != outputs[name]:
                _rename_value(typed, name, f"{name}/{_type_suffix(types[name])}")
                typed.append(helper.make_node("Cast", [node.output[index]], [name], to=outputs[name], name=name))
    del graph.node[:]
    graph.node.extend(typed)
    del graph.initializer[:]
    graph.initializer.extend(kept)
    return half


def round_graph(model: onnx.ModelProto) -> onnx.ModelProto:
    """An fp16 graph for a runtime without fp16 operators: computed in fp32, every result rounded to fp16.

    That is what tensor cores do, which multiply fp16 numbers and add them in fp32. ONNX Runtime's CPU provider
    would otherwise leave out roundings between operators, and prove nothing about fp16.
    """
    emulated = onnx.ModelProto()
    emulated.CopyFrom(model)
    graph = emulated.graph
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True).graph
    types = {v.name: v.type.tensor_type.elem_type for v in [*inferred.value_info, *inferred.input, *inferred.output]}
    types |= {t.name: t.data_type for t in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    wide: dict[str, str] = {}

    def widen(name: str) -> str:
        if types[name] != HALF:
            return name
        if name not in wide:
            wide[name] = f"{name}/wide"
            nodes.append(helper.make_node("Cast", [name], [wide[name]], to=FULL, name=wide[name]))
        return wide[name]

    for node in graph.node:
        if node.op_type == "Cast" or types[node.output[0]] != HALF:
            nodes.append(node)
            continue
        node.input[:] = [widen(name) for name in node.input]
        result = node.output[0]
        node.output[0] = f"{result}/exact"
        nodes += [node, helper.make_node("Cast", [node.output[0]], [result], to=HALF, name=f"{result}/round")]
    del graph.node[:]
    graph.node.extend(nodes)
    return emulated


def _rename_value(nodes: list[onnx.NodeProto], old: str, new: str) -> None:
    for node in nodes:
        node.input[:] = [new if name == old else name for name in node.input]
        node.output[:] = [new if name == old else name for name in node.output]


def _type_suffix(kind: int) -> str:
    return "fp16" if kind == HALF else "fp32"


def _numpy_type(kind: int) -> type[np.floating]:
    return np.float16 if kind == HALF else np.float32
