"""`pts models`: the models that come with the package."""

from typing import Annotated, Any

import typer

from .tables import print_table


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the bundled models."""
    from ..bundle import Bundle, find_model, list_models
    from .console import say_json

    bundles = [(name, Bundle.read(find_model(name))) for name in list_models()]
    if as_json:
        say_json([_describe_bundle(name, bundle) for name, bundle in bundles])
        return

    from rich.console import Console
    from rich.text import Text

    rows = [
        (
            Text(name, "bold"),
            str(bundle.width),
            f"{bundle.bytes / 1e6:.1f} MB",
            f"{bundle.working_size} px",
            str(bundle.manifest.get("license", "")),
            _format_quality(bundle.manifest.get("quality", {})),
        )
        for name, bundle in bundles
    ]
    headings = ("model", "width", "size", "working size", "license", "measured quality")
    print_table(headings, rows, right=headings[1:4])
    Console().print(
        "width: channels of the first layers; larger is better and slower. size: of its files. working size: the long "
        "side at which the network sees a picture, which keeps its own. quality, on held-out drawings: psnr in dB, "
        "more is better; adherence, the color difference (CIEDE2000) inside strokes, its median and its 90th "
        "percentile, less is better; paper, how white what is white stays, up to 255.",
        style="dim",
    )


def _describe_bundle(name: str, bundle: Any) -> dict[str, Any]:
    manifest = bundle.manifest
    return {
        "model": name,
        "name": bundle.name,
        "width": bundle.width,
        "feature_width": bundle.feature_width,
        "bytes": bundle.bytes,
        "working_size": bundle.working_size,
        "license": manifest.get("license"),
        "quality": manifest.get("quality", {}),
        "provenance": manifest.get("provenance", {}),
        "files": manifest["files"],
        "folder": str(bundle.path),
    }


def _format_quality(measures: Any) -> str:
    """The numbers among the measures, one a line."""
    if not isinstance(measures, dict):
        return "-"
    numbers = [
        f"{key.replace('_', ' ')} {value:g}" for key, value in measures.items() if isinstance(value, int | float)
    ]
    return "\n".join(numbers) or "-"
