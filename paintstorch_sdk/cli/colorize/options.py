"""The options of `pts colorize`."""

from dataclasses import dataclass
from typing import Annotated

import typer

from .. import options


@dataclass(frozen=True, slots=True)
class ColorizeOptions:
    """The options of `pts colorize`, as they were given."""

    inputs: Annotated[list[str], typer.Argument(help="Files, folders, globs, or - for stdin.", metavar="INPUTS")]
    hints: Annotated[
        str | None,
        typer.Option(
            help="RGBA picture or JSON for all, or a folder with one for each, matched by stem. Default: "
            "NAME.hints.png or NAME.hints.json beside NAME.png.",
            metavar="FILE|FOLDER",
        ),
    ] = None
    stroke: Annotated[
        list[str] | None,
        typer.Option(
            help="A stroke over the hints, in pixels of the line art; repeatable.",
            metavar='"X,Y X,Y COLOR WIDTH"',
        ),
    ] = None
    style: Annotated[
        str,
        typer.Option(
            help="paint: flats, and what the network adds to them; flat: one color a region; soft: the network alone.",
            rich_help_panel=options.LOOK,
            metavar="paint|flat|soft",
        ),
    ] = "paint"
    strength: Annotated[
        float,
        typer.Option(
            help="How much of its gradients and shade the network adds with --style paint, 0 to 2.",
            rich_help_panel=options.LOOK,
            metavar="X",
        ),
    ] = 1.0
    light: Annotated[
        str,
        typer.Option(
            help="The side that light comes from, above, with --style paint.",
            rich_help_panel=options.LOOK,
            metavar="left|right",
        ),
    ] = "left"
    exact: Annotated[
        bool,
        typer.Option(
            "--exact/--no-exact",
            help="Inside strokes the picture has exactly their color.",
            rich_help_panel=options.LOOK,
        ),
    ] = True
    lines: Annotated[
        str,
        typer.Option(
            help="multiply lays the lines over the colors, ink does so without colored trace lines; none leaves the "
            "colors alone.",
            rich_help_panel=options.LOOK,
            metavar="multiply|ink|none",
        ),
    ] = "multiply"
    clean_paper: Annotated[
        bool,
        typer.Option("--clean-paper", help="Whiten the paper under the lines.", rich_help_panel=options.LOOK),
    ] = False
    palette: Annotated[
        str | None,
        typer.Option(
            help="Flats and strokes take the nearest of these colors: a file (gpl, ase, aco, json), or colors.",
            rich_help_panel=options.LOOK,
            metavar="FILE|COLORS",
        ),
    ] = None
    out: options.Out = None
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="Default: png, or the ending of OUT. ora, psd, png-layers: lines, strokes, colors, flats in layers.",
            rich_help_panel=options.OUTPUT,
            metavar="png|jpg|webp|ora|psd|png-layers",
        ),
    ] = None
    masks: Annotated[
        bool,
        typer.Option("--masks", help="With layers: one more for each region.", rich_help_panel=options.OUTPUT),
    ] = False
    page: Annotated[
        int | None,
        typer.Option(min=1, help="Of a file with several pages or frames, from 1. Default: the first.", metavar="N"),
    ] = None
    resume: options.Resume = False
    json: options.Json = False
    report: Annotated[
        bool,
        typer.Option(
            "--report",
            help="Measure how closely what is colored follows its hints (CIEDE2000 inside the strokes).",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False
    model: options.Model = "default"
    backend: options.Backend = "auto"
    precision: options.Precision = "auto"
    device: options.Device = None
    size: options.Size = None
    flow: options.Flow = None
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Frames of one size in one run of the network. Default: 1 on a CPU, 4 on a GPU.",
            rich_help_panel=options.MODEL,
            metavar="N",
        ),
    ] = None
    threads: options.Threads = None
    build: options.Build = False
