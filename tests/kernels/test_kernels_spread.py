"""The kernels that let hints flow between the lines, against paintstorch_sdk/hints/spread.py, bit for bit."""

import numpy as np
import pytest
from scipy import ndimage

from paintstorch_sdk.examples import examples
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.geometry import HINT_STEP, Geometry
from paintstorch_sdk.sheet import Sheet
from support import kernel_simulator as simulator

PRECISIONS = [np.float32, np.float16]


def sheet_of(closed, cut=(0, 0)):
    """Line art with a line in some cells; of its last column and row, some pixels are cut off."""
    line_art = np.where(np.kron(closed, np.ones((HINT_STEP, HINT_STEP), bool)), np.uint8(0), np.uint8(255))
    line_art = np.ascontiguousarray(line_art[: len(line_art) - cut[1], : line_art.shape[1] - cut[0]])
    height, width = line_art.shape
    return Sheet(line_art, Geometry.fit(width, height, max(width, height, 32)))


def spots(rng, geometry, share=0.02):
    """A hint map with hints here and there, in the padding too: solid ones, weak ones, and just over and under half."""
    width, height = geometry.hint_map
    masks = rng.choice(np.float32([0.3, 0.49999997, 0.5, 0.6, 0.999, 1.0]), (height, width))
    mask = np.where(rng.random((height, width)) < share, masks, np.float32(0.0))
    colors = rng.uniform(-1, 1, (3, height, width)).astype(np.float32)
    return np.concatenate([colors * mask, mask[None]])


def walls_of(machine, sheets, dtype):
    """The walls that the kernels find in line arts of one padded size."""
    kernels, first = machine.kernels, sheets[0].geometry
    tensors = []
    for sheet in sheets:
        tensors.append(machine.empty((1, 1, *first.padded[::-1]), dtype))
        kernels.pack_line_art(machine.array(sheet.line_art), sheet.geometry, tensors[-1])
    walls = machine.empty((len(sheets), *kernels.walls_shape(first)), np.uint32)
    together = machine.array(np.concatenate([machine.read(one) for one in tensors]))
    kernels.find_walls(together, [sheet.geometry for sheet in sheets], walls)
    return walls


def flowed(machine, sheets, hint_maps, reach, dtype=np.float32):
    """What the kernels make of hint maps on line arts of one padded size."""
    hints = machine.array(np.stack(hint_maps))
    out = machine.empty(hints.array.shape, dtype)
    walls = walls_of(machine, sheets, dtype)
    machine.kernels.spread(hints, walls, reach, out)
    machine.read(walls)  # for what may be written beside it
    np.testing.assert_array_equal(machine.read(hints), np.stack(hint_maps))
    return machine.read(out)


def bits(planes):
    """Planes uint32 of 32 cells a word, as bools."""
    return np.unpackbits(planes.view(np.uint8), axis=-1, bitorder="little").astype(bool)


def check(machine, sheets, hint_maps, reach, dtype=np.float32):
    expected = [sheet.spread(one, reach * HINT_STEP) for sheet, one in zip(sheets, hint_maps, strict=True)]
    made = flowed(machine, sheets, hint_maps, reach, dtype)
    np.testing.assert_array_equal(made, np.stack(expected).astype(dtype))
    assert made.tobytes() == np.stack(expected).astype(dtype).tobytes(), "zeros of another sign"


def spiral(size):
    """A wall that winds inwards; the way beside it is three cells wide, of which the middle one is room."""
    closed = np.zeros((size, size), bool)
    y, x, dy, dx = 0, 0, 0, 1
    for length in (size - 1, *(side for side in range(size - 1, 0, -4) for _ in range(2))):
        end_y, end_x = y + length * dy, x + length * dx
        closed[min(y, end_y) : max(y, end_y) + 1, min(x, end_x) : max(x, end_x) + 1] = True
        y, x, dy, dx = end_y, end_x, dx, -dy
    return closed


def comb(height, width, wide):
    """A long way up and down: teeth of walls from above and below in turns, `wide` cells apart."""
    closed = np.zeros((height, width), bool)
    for index, x in enumerate(range(wide, width, wide + 1)):
        closed[slice(0, -wide) if index % 2 else slice(wide, None), x] = True
    return closed


def doors():
    """Rooms one beside the other, with doors of 0 to 7 cells between them."""
    closed = np.zeros((24, 8 * 9), bool)
    for door in range(8):
        closed[:, 9 * door] = True
        closed[10 : 10 + door, 9 * door] = False
    return closed


def squares(*sides):
    """Closed squares on a map of 32 x 32 cells, whose rooms have so many cells on a side."""
    closed = np.zeros((32, 32), bool)
    for place, side in enumerate(sides):
        top = left = 1 + place * (sides[0] + 5)
        closed[top : top + side + 4, left : left + side + 4] = True
        closed[top + 1 : top + side + 3, left + 1 : left + side + 3] = False
    return closed


def noise(rng, height, width):
    smooth = ndimage.gaussian_filter(rng.normal(size=(height, width)), rng.uniform(0.0, 2.0))
    return smooth > rng.uniform(0.0, 3.0) * smooth.std()


SCENES = {
    "spiral": spiral(41),
    "comb of rooms": comb(30, 45, 4),
    "narrow comb": comb(20, 33, 1),
    "comb as wide as a gap": comb(20, 33, 2),
    "doors": doors(),
    "no lines": np.zeros((37, 65), bool),
    "all closed": np.ones((9, 40), bool),
    "stripes": np.arange(40)[None] % 4 + np.zeros((30, 1), int) == 0,
    "chequers": np.indices((30, 30)).sum(0) % 2 == 0,
    "rooms of a sixteenth, and more": squares(8, 9),
    "frame": np.pad(np.zeros((28, 28), bool), 2, constant_values=True),
}


class TestWalls:
    @pytest.mark.parametrize("dtype", PRECISIONS)
    def test_are_those_of_the_cpu(self, rng, machine, dtype):
        sheets = [sheet_of(closed) for closed in SCENES.values()]
        for _ in range(12):
            height, width = (int(side) for side in rng.integers(1, 70, 2))
            sheets.append(sheet_of(noise(rng, height, width), cut=(int(rng.integers(0, 4)), int(rng.integers(0, 4)))))
        for sheet in sheets:
            (width, height), expected = sheet.geometry.hint_map, sheet.walls
            (made,) = bits(machine.read(walls_of(machine, [sheet], dtype)))
            rows, columns = expected.closed.shape
            inside = expected.rooms >= 0
            large, outer = (inside & rooms[expected.rooms] for rooms in (expected.large, expected.outer))
            closed, touched = expected.closed, np.ones((rows, columns), bool)
            for mine, plane in zip(made, (touched, closed, ~closed, inside, large, outer), strict=True):
                np.testing.assert_array_equal(mine[1 : 1 + rows, :columns], plane)
                assert mine.sum() == plane.sum(), "nothing beside the drawing"
            assert made.shape[1] == height + 2
            assert made.shape[2] > width

    @pytest.mark.parametrize("dtype", PRECISIONS)
    def test_of_every_gray(self, machine, dtype):
        """The darkest pixel counts, wherever in its cell it lies."""
        line_art = np.full((16 * HINT_STEP, 16 * HINT_STEP), 255, np.uint8)
        for gray in range(256):
            line_art[4 * (gray // 16) + gray % 4, 4 * (gray % 16) + gray // 4 % 4] = gray
        sheet = Sheet(line_art, Geometry.fit(64, 64, 64))
        (_, closed, *_) = bits(machine.read(walls_of(machine, [sheet], dtype)))[0]
        np.testing.assert_array_equal(closed[1:17, :16], sheet.walls.closed)
        assert 100 < sheet.walls.closed.sum() < 200


class TestSpread:
    @pytest.mark.parametrize("dtype", PRECISIONS)
    @pytest.mark.parametrize("reach", [0, 1, 48])
    @pytest.mark.parametrize("scene", SCENES)
    def test_scenes(self, rng, machine, scene, reach, dtype):
        sheet = sheet_of(SCENES[scene])
        for share in (0.002, 0.05):
            check(machine, [sheet], [spots(rng, sheet.geometry, share)], reach, dtype)

    @pytest.mark.parametrize("seed", range(8))
    def test_noise_of_any_size(self, machine, seed):
        rng = np.random.default_rng(seed)
        for _ in range(6):
            height, width = (int(side) for side in rng.integers(1, 80, 2))
            sheet = sheet_of(noise(rng, height, width), cut=(int(rng.integers(0, 4)), int(rng.integers(0, 4))))
            hints = spots(rng, sheet.geometry, float(rng.choice([0.003, 0.02, 0.3])))
            check(machine, [sheet], [hints], int(rng.integers(0, 20)), rng.choice(PRECISIONS))

    @pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1), (4, 4), (3, 5), (129, 33)])
    def test_of_few_cells(self, rng, machine, size):
        width, height = size
        for value in (0, 255):
            sheet = Sheet(np.full((height, width), value, np.uint8), Geometry.fit(width, height, 256))
            check(machine, [sheet], [spots(rng, sheet.geometry, 0.5)], 48)

    def test_from_one_end_of_a_spiral_to_the_other(self, machine):
        sheet = sheet_of(spiral(41))
        hints = np.zeros((4, *sheet.geometry.hint_map[::-1]), np.float32)
        hints[:, 2, 1] = (0.25, -1.0, 0.5, 1.0)
        check(machine, [sheet], [hints], 1)
        rounds = np.count_nonzero(sheet.walls.rooms >= 0)
        assert rounds > 300, "in a room one cell wide, every cell is a round"
        assert (sheet.spread(hints, 4)[3][:41, :41][sheet.walls.rooms >= 0] == 1.0).all()

    def test_colors_that_meet(self, machine):
        """At the same distance from two, three and four hints, the order of the neighbors decides."""
        sheet = sheet_of(np.zeros((33, 41), bool))
        for where in (
            [(16, 10), (16, 30)],
            [(6, 20), (26, 20)],
            [(6, 10), (6, 30), (26, 20)],
            [(16, 10), (16, 30), (6, 20), (26, 20)],
            [(10, 10), (10, 30), (22, 10), (22, 30)],
        ):
            hints = np.zeros((4, *sheet.geometry.hint_map[::-1]), np.float32)
            for index, (y, x) in enumerate(where):
                hints[:, y, x] = (index / 4, -index / 4, 0.5, 1.0)
            check(machine, [sheet], [hints], 48)

    @pytest.mark.parametrize("dtype", PRECISIONS)
    def test_a_batch(self, rng, machine, dtype):
        """Line arts of one padded size, and of their own sizes; the same one twice, whose threads run backwards."""
        closed = noise(rng, 38, 61)
        sheets = [sheet_of(closed), sheet_of(closed), sheet_of(noise(rng, 40, 64), (3, 1))]
        sheets.append(sheet_of(np.pad(doors()[:, :57], ((0, 9), (0, 0)))))
        assert len({sheet.geometry.padded for sheet in sheets}) == 1
        hints = [spots(rng, sheet.geometry) for sheet in sheets]
        hints[1] = hints[0]
        check(machine, sheets, hints, 12, dtype)
        hints[2] = np.zeros_like(hints[0])
        check(machine, sheets, hints, 12, dtype)

    def test_a_map_that_is_too_large_for_shared_memory(self, rng, machine):
        """Of more than 6,144 words."""
        sheet = sheet_of(noise(rng, 3080, 8))
        _, rows, row = machine.kernels.walls_shape(sheet.geometry)
        assert rows * row > 6144
        check(machine, [sheet], [spots(rng, sheet.geometry, 0.05)], 5)

    def test_drawings_with_the_hints_that_people_gave(self, machine):
        for line_art, hints in examples():
            loaded = Sheet.load(line_art, 384)
            width, height = loaded.geometry.working
            scaled = np.rint((loaded.tensor[0, 0, :height, :width] + 1) * 127.5).astype(np.uint8)
            sheet = Sheet(scaled, Geometry.fit(width, height, 384))
            np.testing.assert_array_equal(sheet.tensor, loaded.tensor)
            check(machine, [sheet], [Hints.of(hints).rasterize(loaded.geometry)], 48, np.float16)

    @pytest.mark.parametrize("dtype", PRECISIONS)
    def test_hints_as_they_are_packed(self, rng, machine, dtype):
        """The whole way: a layer and strokes on line art that is scaled down, then spread, then rounded."""
        line_art = np.full((150, 203), 255, np.uint8)
        for x, y in rng.integers(0, 150, (6, 2)):
            line_art[y : y + 2] = line_art[:, x : x + 3] = 0
        line_art[60:80] = 255
        sheet = Sheet(line_art, Geometry.fit(203, 150, 130))
        layer = rng.integers(0, 256, (75, 101, 4), dtype=np.uint8)
        layer[..., 3] = np.where(ndimage.gaussian_filter(rng.normal(size=layer.shape[:2]), 3) > 0.1, 255, 0)
        strokes = (Stroke(((20.0, 30.0), (60.0, 50.0)), "navy", 9.0), Stroke(((150.0, 70.0),), "#e8a0b4", 3.0))
        for hints in (Hints(strokes), Hints((), layer), Hints(strokes, layer)):
            packed = machine.empty((1, 4, *sheet.geometry.hint_map[::-1]), np.float32)
            above = None if hints.layer is None else machine.array(hints.layer)
            machine.kernels.pack_hints(above, hints.strokes, sheet.geometry, packed)
            hint_map = hints.rasterize(sheet.geometry)
            np.testing.assert_array_equal(machine.read(packed)[0], hint_map)
            assert (sheet.spread(hint_map, 192)[3] > hint_map[3]).any()
            check(machine, [sheet], [hint_map], 48, dtype)


def test_every_kernel_was_launched():
    """By the tests above, when the whole file runs."""
    simulator.check_launched(["spread"])
