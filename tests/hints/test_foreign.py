"""Hints of other programs, and `pts hints convert`."""

import base64
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.errors import HintError, InputError
from paintstorch_sdk.hints.foreign import read_hints
from paintstorch_sdk.hints.model import Hints
from support.cli import Runner, hint_layer, line_art, save


def pack(tile):
    """LZF: a literal run, then copies of the byte before; as long as the tile has one value."""
    data = tile.tobytes()
    if len(set(data)) > 1:
        return b"\0" + data
    left = len(data) - 1
    out = bytearray([1, 0, data[0]])
    while left:
        count = min(left, 264)
        if count < 3:
            out += bytes([count - 1]) + bytes([data[0]] * count)
        elif count < 9:
            out += bytes([(count - 2) << 5, 0])
        else:
            out += bytes([7 << 5, count - 9, 0])
        left -= count
    return bytes(out)


def krita_file(path, strokes, size=(150, 100)):
    """A Krita file with one colorize mask; strokes as (color, transparent, mask uint8 H,W)."""
    items = []
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr(
            "maindoc.xml",
            '<DOC xmlns="http://www.calligra.org/DTD/krita">'
            f'<IMAGE name="a" width="{size[0]}" height="{size[1]}"/></DOC>',
        )
        for number, ((red, green, blue), transparent, mask) in enumerate(strokes):
            data = base64.b64encode(bytes([blue, green, red, 255])).decode()
            items.append(
                f'<item_{number} type="keystroke" filename="keystroke_{number}" is-transparent="{int(transparent)}" '
                f'ColorData="{data}"/>'
            )
            tiles = []
            padded = np.zeros((128, 192), np.uint8)
            padded[: mask.shape[0], : mask.shape[1]] = mask
            for y in (0, 64):
                for x in (0, 64, 128):
                    packed = pack(padded[y : y + 64, x : x + 64])
                    tiles.append(f"{x},{y},LZF,{len(packed)}\n".encode() + packed)
            head = f"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE 1\nDATA {len(tiles)}\n".encode()
            archive.writestr(f"a/layers/mask3.colorizemask/keystroke_{number}", head + b"".join(tiles))
        content = f'<colorize><keystrokes type="array">{"".join(items)}</keystrokes></colorize>'
        archive.writestr("a/layers/mask3.colorizemask/content.xml", content)
    return path


def test_strokes_of_a_colorize_mask(tmp_path):
    first, second, ground = (np.zeros((100, 150), np.uint8) for _ in range(3))
    first[10:80, 10:70] = 255
    second[64:, 128:] = 255
    second[0:64, 64:128] = 255
    ground[90:] = 255
    strokes = [((200, 40, 30), False, first), ((30, 60, 200), False, second), ((9, 9, 9), True, ground)]
    layer = read_hints(krita_file(tmp_path / "a.kra", strokes)).picture()
    assert layer.shape == (100, 150, 4)
    assert tuple(layer[40, 30]) == (200, 40, 30, 255)
    assert tuple(layer[90, 140]) == (30, 60, 200, 255)
    assert (layer[..., 3] > 0).sum() == ((first | second) > 0).sum()  # what stays transparent is no hint


def test_points_of_style2paints(tmp_path):
    """x and y from the lower left corner, as parts of the picture."""
    points = [[0.25, 0.75, 255, 0, 10, 0], [0.5, 0.1, 0, 99, 0, 2]]
    for document in (points, {"points": points, "method": "colorization"}):
        (tmp_path / "p.json").write_text(json.dumps(document))
        hints = read_hints(tmp_path / "p.json", (640, 400))
        assert [stroke.points[0] for stroke in hints.strokes] == [(160, 100), (320, 360)]
        assert [stroke.rgb for stroke in hints.strokes] == [(255, 0, 10), (0, 99, 0)]
        assert hints.strokes[0].width == 10
    with pytest.raises(HintError, match="name it: --line-art"):
        read_hints(tmp_path / "p.json")


def openraster(path, *layers):
    with zipfile.ZipFile(path, "w") as archive:
        stack = "".join(f'<layer name="{name}" src="{name}.png" x="{x}" y="{y}"/>' for name, x, y, _ in layers)
        archive.writestr("stack.xml", f'<image w="64" h="64"><stack>{stack}</stack></image>')
        for name, _, _, image in layers:
            data = io.BytesIO()
            image.save(data, "PNG")
            archive.writestr(f"{name}.png", data.getvalue())
    return path


def test_a_layer_of_an_openraster_file(tmp_path):
    crop = hint_layer().crop((10, 20, 50, 40))
    path = openraster(tmp_path / "a.ora", ("lines", 0, 0, line_art()), ("my hints", 10, 20, crop), ("sky", 0, 0, crop))
    expected = np.zeros((64, 64, 4), np.uint8)
    expected[20:40, 10:50] = np.asarray(crop)
    assert np.array_equal(read_hints(path).picture(), expected)
    assert np.array_equal(read_hints(path, layer="sky").picture()[:20, :40], np.asarray(crop))
    with pytest.raises(HintError, match=r"^[^ ]+a\.ora: expected --layer, one of lines, my hints, sky$"):
        read_hints(path, layer="none")


@pytest.mark.parametrize("suffix", [".kra", ".ora", ".json"])
def test_no_damage_gets_through_as_another_error(tmp_path, suffix, rng):
    mask = np.zeros((100, 150), np.uint8)
    mask[10:80, 10:70] = 255
    path = tmp_path / f"a{suffix}"
    if suffix == ".kra":
        krita_file(path, [((1, 2, 3), False, mask)])
    elif suffix == ".ora":
        openraster(path, ("hints", 0, 0, hint_layer()))
    else:
        path.write_text("[[0.1, 0.2, 3, 4, 5, 0]]")
    data = path.read_bytes()
    refused = 0
    for _ in range(80):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), 6):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            read_hints(path, (64, 64))
        except InputError:
            refused += 1
    assert refused > 0


class TestCommand:
    @pytest.fixture
    def pts(self, monkeypatch, capsys, tmp_path):
        monkeypatch.chdir(tmp_path)
        save(line_art(), tmp_path / "line.png")
        return Runner(monkeypatch, capsys)

    def test_points_become_strokes(self, pts, tmp_path):
        (tmp_path / "points.json").write_text("[[0.5, 0.5, 200, 40, 30, 0]]")
        ran = pts("hints", "convert", "points.json", "--line-art", "line.png", "-o", "line.hints.json")
        assert (ran.code, ran.out) == (0, "line.hints.json: 1 strokes\n")
        assert Hints.of("line.hints.json").strokes[0].points == ((32, 32),)

    def test_strokes_over_the_line_art_become_a_layer(self, pts, tmp_path):
        picture = line_art().convert("RGB")
        picture.paste((200, 40, 30), (20, 24, 44, 40))
        picture.save("painted.jpg", quality=95)
        ran = pts("hints", "convert", "painted.jpg", "--line-art", "line.png")
        assert ran.code == 0, ran.err
        with Image.open("painted.hints.png") as layer:
            alpha = np.asarray(layer)[..., 3]
        assert (alpha[27:38, 23:42] > 200).all()
        assert not alpha[:18].any()

    def test_what_cannot_be(self, pts):
        save(hint_layer(), Path("h.png"))
        ran = pts("hints", "convert", "h.png", "-o", "h.json")
        assert ran.err == "error: h.json: expected a name that ends in .png for these hints\n"
        ran = pts("hints", "convert", "h.png", "-o", "h.png")
        assert "is the input" in ran.err
        ran = pts("hints", "convert", "none.kra")
        assert ran.err == "error: none.kra: cannot be read: No such file or directory\n"


def test_a_file_that_krita_saved():
    """By Krita 5.1.5, its strokes packed; of its entries those with the picture's own pixels are left out here."""
    layer = read_hints(Path(__file__).parent / "files" / "krita-5.1.5.kra").picture()
    assert layer.shape == (400, 400, 4)
    for (x, y), color in {(100, 100): (224, 96, 48), (300, 300): (32, 64, 192)}.items():
        assert (layer[y - 11 : y + 12, x - 11 : x + 12] == (*color, 255)).all()
    assert np.count_nonzero(layer[..., 3]) == 2 * 23 * 23
