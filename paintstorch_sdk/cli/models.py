"""`pts models`: the models that come with the package, and the way to the hub."""

from typing import Annotated, Any

import typer

from .tables import print_table

models = typer.Typer()


@models.callback(invoke_without_command=True)
def list_bundled(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the bundled models, or put one of yours on the Hugging Face hub."""
    if context.invoked_subcommand:
        return
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


@models.command("push")
def push_model(
    model: Annotated[str, typer.Argument(help="A bundle's folder, or a bundled model's name.", metavar="NAME|FOLDER")],
    address: Annotated[
        str, typer.Argument(help="Where it goes; a repository that is not there is made.", metavar="hf://OWNER/NAME")
    ],
    private: Annotated[bool, typer.Option("--private", help="Make a new repository private.")] = False,
) -> None:
    """Upload a bundle to the Hugging Face hub, from where hf://OWNER/NAME is a model anywhere.

    Needs the extra hub, and that you are logged in (hf auth login, or HF_TOKEN).
    """
    from ..bundle import MANIFEST, Bundle
    from ..hub import HubAddress

    place, bundle = HubAddress.parse(address), Bundle.open(model)
    typer.echo(place.push(bundle.path, [MANIFEST, *bundle.manifest["files"]], bundle.manifest, private))


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
