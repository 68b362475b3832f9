"""Tiles of a drawing that is too long for one run of the network: cut with margins, whose pictures are left out."""

from dataclasses import dataclass

from .geometry import MULTIPLE

TILE = 2048  # pixels of the network's input: a longer side is cut
# On either side of a tile. The bundled painter's colors depend on what is up to 191 pixels away: with 192, tiles differ
# from one run by 0.02 of 255 levels, with 128 by 6.
MARGIN = 6 * MULTIPLE


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of the network's input, along its long side.

    Attributes:
        start: First row or column of the tile.
        stop: Its end, that row or column excluded.
        first: First row or column that is kept.
        last: Its end, excluded.
    """

    start: int
    stop: int
    first: int
    last: int


def cut_tiles(length: int) -> tuple[Tile, ...]:
    """Tiles over a side of the network's input, a multiple of 32 pixels; one, where it is short enough."""
    if length <= TILE:
        return (Tile(0, length, 0, length),)
    step = TILE - 2 * MARGIN
    tiles = []
    for first in range(0, length, step):
        last = min(first + step, length)
        tiles.append(Tile(max(0, first - MARGIN), min(length, last + MARGIN), first, last))
    return tuple(tiles)
