"""`pts inspect`: what a bundle, a graph or an engine is."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from .tables import print_facts, print_table


def inspect_model(
    model: Annotated[
        str, typer.Argument(help="A bundled model, a bundle's folder, .onnx or .engine.", metavar="MODEL")
    ] = "default",
    size: Annotated[
        str, typer.Option(help="Size of the line art in the network, for the operations.", metavar="HEIGHTxWIDTH")
    ] = "512x512",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say what a model is and where its time should go.

    Operations are floating-point operations of one picture at --size; a
    multiply-add counts two. An engine is not loaded, only compared with its
    record.

    \b
    pts inspect mymodel/ --size 1088x1920
    pts inspect mymodel/painter.fp16.onnx --json
    """
    from .console import needs, say_json

    with needs("export", "pts inspect"):
        from paintstorch_sdk.export.inspection import describe_model

        document = describe_model(model, *_parse_size(size))
    if as_json:
        say_json(document)
    else:
        {"bundle": _show_bundle, "onnx": _show_graph, "engine": _show_engine}[document["kind"]](document)


def _parse_size(text: str) -> tuple[int, int]:
    from ..errors import InputError

    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() for part in parts):
        raise InputError(f"--size: expected HEIGHTxWIDTH or one number, received {text!r}")
    return int(parts[0]), int(parts[-1])


def _show_bundle(document: dict[str, Any]) -> None:
    architecture = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in document["architecture"].items())
    print_facts(
        [
            ("bundle", f"{document['name']}, {document['bytes'] / 1e6:.1f} MB"),
            ("architecture", f"{architecture}; {document['parameters'] / 1e6:.2f} M parameters"),
            ("working size", f"{document['working_size']} px"),
            ("precisions", ", ".join(document["precisions"]["graphs"])),
            ("license", str(document["license"])),
            *_list_facts("provenance", document["provenance"]),
            *_list_facts("quality", document["quality"]),
            *_list_facts("verification", document["verification"]),
            *_describe_half(document["fp16"]),
            *_describe_int8(document["int8"]),
            *_describe_tuning(document["tuned"]),
            *_describe_g2(document),
        ]
    )
    _show_stages(document)
    print_table(
        ("file", "size", "SHA-256"),
        [(name, f"{file['bytes'] / 1e6:.2f} MB", file["sha256"][:16]) for name, file in document["files"].items()],
        right=["size"],
    )
    if document["engines"]:
        print_table(
            ("engine", "library", "target", "layers in fp16", "size", "SHA-256"),
            [
                (
                    f"{entry['key']['graph']} {entry['key'].get('flags', '')}".strip(),
                    f"{entry['key']['flavor']} {entry['key']['version']}",
                    entry["key"]["target"],
                    f"{entry['layers']['output_types'].get('half', 0)} of {entry['layers']['count']}",
                    f"{entry['bytes'] / 1e6:.1f} MB",
                    entry["sha256"][:16],
                )
                for entry in document["engines"]
            ],
            right=["layers in fp16", "size"],
        )


def _show_graph(document: dict[str, Any]) -> None:
    operators = ", ".join(f"{count} {name}" for name, count in document["operators"].items())
    print_facts(
        [
            ("graph", f"{document['graph']}, opset {document['opset']}, SHA-256 {document['sha256'][:16]}"),
            *(("input", _describe_tensor(name, value)) for name, value in document["inputs"].items()),
            *(("output", _describe_tensor(name, value)) for name, value in document["outputs"].items()),
            ("nodes", f"{document['nodes']}: {operators}"),
            ("parameters", f"{document['parameters'] / 1e6:.2f} M"),
            ("in fp16", f"{document['fp16_share']:.1%} of the operations"),
            *(("in fp32", name) for name in document["not_fp16"]),
        ]
    )
    _show_stages(document)


def _show_engine(document: dict[str, Any]) -> None:
    layers = document["layers"]
    print_facts(
        [
            ("engine", f"{document['engine']}, {document['bytes'] / 1e6:.1f} MB, built in {document['seconds']:.1f} s"),
            ("SHA-256", document["sha256"]),
            *((name.replace("_", " "), str(value)) for name, value in document["key"].items()),
            *(("tensor", f"{name}: {kind}") for name, kind in document["tensors"].items()),
            ("layers", ", ".join(f"{count} {kind}" for kind, count in layers["kinds"].items())),
            ("their results", ", ".join(f"{count} {kind}" for kind, count in layers["output_types"].items())),
            *(("not fp16", name) for name in layers["not_half"]),
        ]
    )


def _show_stages(document: dict[str, Any]) -> None:
    height, width = document["size"]
    rows = [
        (
            stage["stage"],
            stage.get("graph", document.get("graph", "")).removesuffix(".onnx"),
            str(stage["nodes"]),
            f"{stage['operations'] / 1e9:.2f}",
            f"{stage['share']:.1%}",
            ", ".join(stage["precisions"]),
        )
        for stage in document["stages"]
    ]
    rows.append(("all", "", "", f"{document['operations'] / 1e9:.2f}", "", ""))
    work = f"GFLOP at {height}x{width}"
    print_table(("stage", "graph", "nodes", work, "share", "type"), rows, right=["nodes", work, "share"])


def _describe_tensor(name: str, value: dict[str, Any]) -> str:
    return f"{name}: {value['type']} {', '.join(map(str, value['shape']))}"


def _list_facts(name: str, facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """One row a fact; of lists one an entry. Tables within tables are for --json."""
    for key, value in facts.items():
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, dict):
                flat = [f"{part} {one}" for part, one in entry.items() if not isinstance(one, dict | list)]
                entry = ", ".join(flat) if len(flat) == len(entry) else "see --json"
            yield name, f"{key.replace('_', ' ')}: {entry}"


def _describe_half(half: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    if half:
        kept = sum(len(nodes) for nodes in half["fp32_nodes"].values())
        proof = half["verification"]
        yield "fp16", f"{half['share_of_operations']:.1%} of the operations, {kept} nodes stay in fp32"
        yield "fp16", f"worst picture {proof['worst_image']}: {proof['psnr']} dB from fp32"


def _describe_int8(record: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    if record:
        proof, kept = record["verification"], ", ".join(record["in_higher_precision"]) or "none"
        yield "int8", f"{record['share_of_operations']:.1%} of the operations; in higher precision: {kept}"
        yield "int8", f"worst picture {proof['worst_image']}: {proof['psnr']} dB from fp32"


def _describe_tuning(tuned: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    """How it runs on this processor."""
    from ..backends.tuning import Plan

    if tuned is None:
        return
    for name, plan in tuned["plans"].items():
        fastest = ", the fastest" if name == tuned["precision"] else ""
        milliseconds = tuned["measured"][name]["milliseconds"]
        yield "tuned", f"{name}{fastest}: {milliseconds} ms, {Plan(**plan).describe()}"


def _describe_g2(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The way back, which shares F1 with the encoder."""
    height, width = document["size"]
    for graph in document["graphs"]:
        if graph["graph"] == "g2.onnx":
            operations = f"{graph['operations'] / 1e9:.2f} GFLOP at {height}x{width}"
            yield "g2", f"color to line art: {graph['parameters'] / 1e6:.2f} M parameters with F1, {operations}"
