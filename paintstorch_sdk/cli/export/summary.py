"""Output of `pts export`: its progress, and a summary of the files that it wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...bundle import Bundle


def describe_bundle(bundle: Bundle, out: Path | None, g2: bool) -> Iterator[str]:
    """Lines that say what a checkpoint became, and how far it is from the network in torch."""
    proof = bundle.manifest["verification"]
    yield (
        f"{out}: {bundle.name}, width {bundle.width}, {bundle.bytes / 1e6:.1f} MB; from torch at most "
        f"{proof['max_difference']:.1e} (fp16 weights: {proof['rounding_psnr']} dB)"
    )
    if g2:
        yield f"G2: at most {proof['g2_max_difference']:.1e} (fp16 weights: {proof['g2_rounding_psnr']} dB)"


def describe_int8(bundle: Bundle) -> str:
    """A line that says how much of the network is in int8, and how close it paints."""
    record = bundle.manifest["int8"]
    proof, kept = record["verification"], ", ".join(record["in_higher_precision"]) or "none"
    return (
        f"int8: {record['share_of_operations']:.1%} of the operations; in higher precision: {kept}; worst of "
        f"{len(proof['images'])} pictures {proof['worst_image']}: {proof['psnr']:.1f} dB, CIEDE2000 at most "
        f"{proof['p99_ciede2000']:.2f} for 99 % of the pixels"
    )


def describe_additions(bundle: Bundle) -> Iterator[str]:
    """Lines that say what was proven and built."""
    half = bundle.manifest["fp16"]
    for what, proven in (("fp16", half), ("fp16 of G2", half.get("g2"))):
        if not proven:
            continue
        proof = proven["verification"]
        worst = next(image for image in proof["images"] if image["image"] == proof["worst_image"])
        kept = sum(len(nodes) for nodes in proven["fp32_nodes"].values())
        yield (
            f"{what}: {proven['share_of_operations']:.1%} of the operations, {kept} nodes stay in fp32; worst of "
            f"{len(proof['images'])} pictures {worst['image']}: {worst['psnr']:.1f} dB, at most "
            f"{worst['max_difference']:.1e}, CIEDE2000 {worst['mean_ciede2000']:.2f} "
            f"(99 %: {worst['p99_ciede2000']:.2f})"
        )
    for engine in bundle.manifest["engines"]:
        layers, flags = engine["layers"], engine["key"].get("flags", "")
        yield (
            f"{engine['key']['graph']} for {engine['key']['target']}{flags and f' ({flags})'}: "
            f"{engine['bytes'] / 1e6:.1f} MB, built in {engine['seconds']:.1f} s, "
            f"{layers['output_types'].get('half', 0)} of {layers['count']} layers in fp16"
        )
    engines = sum(engine["bytes"] for engine in bundle.manifest["engines"])
    yield f"{bundle.path}: {bundle.bytes / 1e6:.1f} MB" + (f" and {engines / 1e6:.1f} MB of engines" if engines else "")


@contextmanager
def show_progress() -> Iterator[Any]:
    """A line on stderr where that is a terminal: the engine that is built, the part done, the time left."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with console.status("calibrating and proving fp16") as status:
        yield lambda what, done, left: status.update(f"{escape(what)}: {done:.0%}, about {left:.0f} s left")
