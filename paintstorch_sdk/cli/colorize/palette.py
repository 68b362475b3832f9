"""`pts colorize --report`: the colors of a picture, and where they are."""

from collections.abc import Sequence
from typing import Any

from ...renderer import Colored

MAX_SHOWN = 12  # regions of a color that are named in the table


def list_palette(colored: Colored) -> list[dict[str, Any]]:
    """The colors of flats and strokes for --json, from the one with the most regions on; paper is left out."""
    listed = colored.look.listed
    used = sorted(colored.palette.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {
            "color": "#" + bytes(color).hex(),
            "listed_as": listed.name_of(color) if listed else "",
            "regions": regions,
        }
        for color, regions in used
    ]


def print_palette(pictures: Sequence[tuple[str, list[dict[str, Any]]]]) -> None:
    """Print a table of the colors of each picture."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..console import plain

    table = Table("colors used", "", "regions", box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.columns[0].overflow = "fold"
    for name, colors in pictures:
        for entry in colors:
            shown = " ".join(map(str, entry["regions"][:MAX_SHOWN]))
            more = " ..." if len(entry["regions"]) > MAX_SHOWN else ""
            swatch = Text("  ", style=f"on {entry['color']}") + f" {entry['color']} {plain(entry['listed_as'])}"
            table.add_row(Text(plain(name)), swatch, shown + more)
            name = ""
    Console().print(table)
