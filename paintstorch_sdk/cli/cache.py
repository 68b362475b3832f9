"""`pts cache`: the engines that were built on this machine."""

from typing import Annotated

import typer

from .tables import print_table

cache = typer.Typer(
    help="List or delete the engines that were built on this machine.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@cache.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the cached engines, the most recently used first."""
    from ..gpu.engine_cache import Cache
    from .console import say, say_json

    store = Cache()
    entries = store.entries()
    if as_json:
        say_json([{"path": str(entry.path), "used": entry.used, **entry.record} for entry in entries])
        return
    if entries:
        rows = [
            (
                f"{key['graph']} {key['precision']} {key.get('flags', '')}".strip(),
                f"{key['flavor']} {key['version']}",
                key["target"],
                key["profile"].replace(",", "\n"),
                f"{entry.bytes / 1e6:.1f} MB",
                f"{entry.record['seconds']:.1f} s",
            )
            for entry in entries
            for key in [entry.record["key"]]
        ]
        headings = ("engine", "library", "target", "profile", "size", "built in")
        print_table(headings, rows, right=headings[4:])
    total = sum(entry.bytes for entry in entries)
    say(f"{store.folder}: {len(entries)} engines, {total / 1e6:.1f} of {store.limit / 1e6:.0f} MB")


@cache.command("clear")
def clear_cache() -> None:
    """Delete the cached engines, but those that are in use."""
    from ..gpu.engine_cache import Cache
    from .console import say

    store = Cache()
    freed = store.clear()
    say(f"{store.folder}: {freed / 1e6:.1f} MB freed, {len(store.entries())} engines in use stay")
