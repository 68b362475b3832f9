"""The options of `pts colorize`."""

from dataclasses import dataclass

from .. import options
from ..options import argument, option


@dataclass(frozen=True, slots=True)
class ColorizeOptions:
    """The options of `pts colorize`, as they were given."""

    inputs: list[str] = argument("Files, folders, globs, or - for stdin.", "INPUTS")
    hints: str | None = option(
        None,
        "RGBA picture or JSON for all, or a folder with one for each, matched by stem. Default: "
        "NAME.hints.png or NAME.hints.json beside NAME.png.",
        metavar="FILE|FOLDER",
    )
    stroke: list[str] | None = option(
        None, "A stroke over the hints, in pixels of the line art; repeatable.", metavar='"X,Y X,Y COLOR WIDTH"'
    )
    style: str = option(
        "paint",
        "paint: flats, and what the network adds to them; flat: one color a region; soft: the network alone.",
        metavar="paint|flat|soft",
        panel=options.LOOK,
    )
    strength: float = option(
        1.0,
        "How much of its gradients and shade the network adds with --style paint, 0 to 2.",
        metavar="X",
        panel=options.LOOK,
    )
    light: str = option(
        "left",
        "The side that light comes from, above, with --style paint.",
        metavar="left|right",
        panel=options.LOOK,
    )
    unhinted: str = option(
        "guess",
        "Regions that no stroke tells of: guess which of the strokes' colors they have, or leave them paper.",
        metavar="guess|paper",
        panel=options.LOOK,
    )
    exact: bool = option(
        True, "Inside strokes the picture has exactly their color.", "--exact/--no-exact", panel=options.LOOK
    )
    lines: str = option(
        "multiply",
        "multiply lays the lines over the colors, ink does so without colored trace lines; none leaves the "
        "colors alone.",
        metavar="multiply|ink|none",
        panel=options.LOOK,
    )
    clean_paper: bool = option(False, "Whiten the paper under the lines.", "--clean-paper", panel=options.LOOK)
    palette: str | None = option(
        None,
        "Flats and strokes take the nearest of these colors: a file (gpl, ase, aco, json), or colors.",
        metavar="FILE|COLORS",
        panel=options.LOOK,
    )
    out: options.Out = None
    format: str | None = option(
        None,
        "Default: png, or the ending of OUT. ora, psd, png-layers: lines, strokes, colors, flats in layers.",
        "--format",
        "-f",
        metavar="png|jpg|webp|ora|psd|png-layers",
        panel=options.OUTPUT,
    )
    masks: bool = option(False, "With layers: one more for each region.", "--masks", panel=options.OUTPUT)
    page: int | None = option(
        None, "Page or frame of a file that has several, from 1. Default: the first.", metavar="N", min=1
    )
    resume: options.Resume = False
    json: options.Json = False
    report: bool = option(
        False,
        "Measure how closely what is colored follows its hints (CIEDE2000 inside the strokes).",
        "--report",
        panel=options.OUTPUT,
    )
    model: options.Model = "default"
    backend: options.Backend = "auto"
    precision: options.Precision = "auto"
    device: options.Device = None
    size: options.Size = None
    flow: options.Flow = None
    batch_size: int | None = option(
        None,
        "Frames of one size in one run of the network. Default: 1 on a CPU, 4 on a GPU.",
        metavar="N",
        panel=options.MODEL,
        min=1,
    )
    threads: options.Threads = None
    tune: options.Tune = True
    build: options.Build = False
