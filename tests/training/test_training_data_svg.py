"""Hostile SVG files: nothing outside the file is read, nothing explodes."""

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.errors import ImageError
from paintstorch_sdk.training.data import svg, svg_process

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20">'


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """A red picture on this machine that a drawing must not be able to show."""
    path = tmp_path / "red.png"
    Image.new("RGB", (40, 20), "red").save(path)
    return path


@pytest.mark.parametrize("scheme", ["{path}", "file://{path}"])
@pytest.mark.parametrize(
    "body",
    [
        '<image xlink:href="{url}" width="40" height="20"/>',
        '<image href="{url}" width="40" height="20"/>',
        '<defs><filter id="f"><feImage href="{url}"/></filter></defs><rect width="40" height="20" filter="url(#f)"/>',
        '<rect width="40" height="20" style="fill:url({url})"/>',
        '<style>@import "{url}"; rect {{ fill: url({url}) }}</style><rect width="40" height="20"/>',
        '<use href="{url}#x"/>',
    ],
)
def test_files_outside_are_not_read(red: Path, scheme: str, body: str) -> None:
    url = scheme.format(path=red)
    document = HEAD + body.format(url=url) + "</svg>"
    pixels = np.asarray(svg.render_svg(document, 40)).astype(int)
    shown = (pixels[..., 3] > 0) & (pixels[..., 0] - pixels[..., 1] > 60)
    assert not shown.any()
    cleaned = svg.clean_svg(document)
    text = " ".join([*(v for e in cleaned.iter() for v in e.attrib.values()), *(e.text or "" for e in cleaned.iter())])
    assert red.name not in text


def test_addresses_are_removed() -> None:
    document = HEAD + '<use xlink:href="https://example.org/a.svg#b"/><script href="https://example.org/c.js"/></svg>'
    assert all("example" not in value for e in svg.clean_svg(document).iter() for value in e.attrib.values())


def test_external_entities_are_refused(red: Path) -> None:
    document = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{red}">]>{HEAD}<text>&x;</text></svg>'
    with pytest.raises(ImageError, match="does not parse"):
        svg.render_svg(document, 40)


def test_multiplying_entities_are_refused() -> None:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 50}">' for i in range(1, 8))
    document = f'<!DOCTYPE svg [<!ENTITY e0 "{"x" * 500}">{entities}]>{HEAD}<text>&e7;</text></svg>'
    with pytest.raises(ImageError):
        svg.render_svg(document, 40)


def test_multiplying_uses_are_refused() -> None:
    groups = "".join(f'<g id="g{i}">{f"""<use href="#g{i - 1}"/>""" * 10}</g>' for i in range(1, 12))
    start = time.perf_counter()
    with pytest.raises(ImageError, match="elements"):
        svg.render_svg(f'{HEAD}<g id="g0"><rect width="1" height="1"/></g>{groups}</svg>', 40)
    assert time.perf_counter() - start < 1.0


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b"\x1f\x8bdamaged",
        b"<html/>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg" width="0" height="9"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="999999999"/>',
    ],
)
def test_what_is_no_drawing_is_an_image_error(document: bytes) -> None:
    with pytest.raises(ImageError):
        svg.render_svg(document, 40)


def test_shape_and_transparency_are_kept() -> None:
    image = svg.render_svg(HEAD.replace('width="40"', 'width="40mm"').replace('"20"', '"20mm"') + "</svg>", 64)
    assert image.size == (64, 32)
    assert image.getextrema()[3] == (0, 0)


def test_compressed_files_and_entities_of_their_own_are_read() -> None:
    import gzip

    document = f'<!DOCTYPE svg [<!ENTITY c "#00ff00">]>{HEAD}<rect width="40" height="20" fill="&c;"/></svg>'
    image = svg.render_svg(gzip.compress(document.encode()), 40)
    assert image.getpixel((20, 10)) == (0, 255, 0, 255)


def nested(depth: int) -> str:
    return HEAD + "<g>" * depth + '<rect width="9" height="9"/>' + "</g>" * depth + "</svg>"


FILTERS = (
    HEAD + '<filter id="f">' + '<feGaussianBlur stdDeviation="900"/>' * 200 + "</filter>"
    '<rect width="40" height="20" filter="url(#f)"/></svg>'
)
MASKS = (
    HEAD
    + "".join(
        f'<mask id="m{i}">' + f'<rect width="40" height="20" fill="white" mask="url(#m{i + 1})"/>' * 2 + "</mask>"
        for i in range(24)
    )
    + '<rect width="40" height="20" mask="url(#m0)"/></svg>'
)


@pytest.mark.parametrize("depth", [101, 300, 600, 20_000])
def test_nesting_has_a_bound(depth: int) -> None:
    assert svg.render_svg(nested(50), 40).size == (40, 20)
    with pytest.raises(ImageError, match="nested at most 100 deep"):
        svg.render_svg(nested(depth), 40)


@pytest.mark.parametrize("document", [FILTERS, MASKS], ids=["filters", "masks"])
def test_a_drawing_that_takes_minutes_is_given_up(monkeypatch: pytest.MonkeyPatch, document: str) -> None:
    monkeypatch.setattr(svg_process, "MAX_SECONDS", 1.0)
    with pytest.raises(ImageError, match="took it longer than 1 s"):
        svg.render_svg(document, 512)
    assert svg.render_svg(nested(1), 40).size == (40, 20)


def test_a_renderer_that_dies_ends_no_more_than_the_drawing() -> None:
    giant = '<pattern id="p" width="99999999" height="99999999" patternUnits="userSpaceOnUse">'
    giant += '<rect width="9" height="9"/></pattern>'
    with pytest.raises(ImageError, match="one that crashed the renderer"):
        svg.render_svg(HEAD + giant + '<rect width="40" height="20" fill="url(#p)"/></svg>', 40)
    assert svg.render_svg(nested(1), 40).size == (40, 20)


def test_a_size_without_end() -> None:
    with pytest.raises(ImageError, match="expected an SVG with a size"):
        svg.render_svg(HEAD.replace('width="40"', 'width="1e999"') + "</svg>", 40)
