"""SVG files, which anybody may have written, to pixels: cleaned first, then rendered by resvg.

References that leave the file are removed before the renderer sees it: entities are refused by the parser,
references other than to the file's own parts ("#id") and pictures inside the drawing are dropped.
"""

import gzip
import io
import math
import re
import zlib
from xml.etree import ElementTree

from PIL import Image

from paintstorch_sdk.errors import ImageError

from .svg_process import PROCESS

MAX_BYTES = 4_000_000  # of one file, unpacked
MAX_ELEMENTS = 200_000  # in one file, each <use> counted as what it repeats: nested ones multiply
MAX_DEPTH = 100  # of nested elements; resvg runs out of stack at some 300
MAX_ASPECT = 16.0  # long by short side
SVG = "{http://www.w3.org/2000/svg}"
HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
FORBIDDEN = {SVG + name for name in ("script", "foreignObject", "image")}
UNIT = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
}  # CSS pixels
LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:e[-+]?[0-9]+)?)\s*([a-z]*)\s*$", re.IGNORECASE)
OUTSIDE_URL = re.compile(r"url\(\s*['\"]?(?!#)[^)]*\)", re.IGNORECASE)
IMPORT = re.compile(r"@import[^;]*;?", re.IGNORECASE)

ElementTree.register_namespace("", SVG[1:-1])
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def render_svg(data: bytes | str, long_side: int) -> Image.Image:
    """Render an SVG (or gzip-compressed SVG) to RGBA with its own shape and the long side given in pixels.

    Raises:
        ImageError: Not an SVG, too large, or of a kind that resvg does not draw.
    """
    root = clean_svg(data)
    width, height = _read_shape(root)
    scale = long_side / max(width, height)
    root.set("width", str(max(1, round(width * scale))))
    root.set("height", str(max(1, round(height * scale))))
    document = ElementTree.tostring(root, encoding="unicode")
    with Image.open(io.BytesIO(PROCESS.draw(document))) as image:
        return image.convert("RGBA")


def clean_svg(data: bytes | str) -> ElementTree.Element:
    """Parse an SVG and remove every reference that leaves the file; see `render` for what is raised."""
    raw = _unpack(data.encode() if isinstance(data, str) else data)
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, RecursionError, LookupError, ValueError) as error:
        raise ImageError(f"expected an SVG, received XML that does not parse: {error}") from error
    _check_depth(root)
    if root.tag != SVG + "svg":
        raise ImageError(f"expected an <svg> root, received {root.tag!r}")
    for parent in root.iter():
        for child in [c for c in parent if c.tag in FORBIDDEN]:
            parent.remove(child)
        _drop_outside_references(parent)
    named = {element.get("id", ""): element for element in root.iter()}
    if _count_elements(root, named, {}) > MAX_ELEMENTS:
        raise ImageError(f"expected at most {MAX_ELEMENTS} elements, <use> expanded")
    return root


def read_creator(root: ElementTree.Element) -> str:
    """The author named in the file's metadata (Dublin Core), or ""."""
    for element in root.iter("{http://purl.org/dc/elements/1.1/}creator"):
        words = " ".join(" ".join(element.itertext()).split())
        if words:
            return words[:120]
    return ""


def _unpack(raw: bytes) -> bytes:
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.GzipFile(fileobj=io.BytesIO(raw)).read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise ImageError(f"expected a gzip-compressed SVG, received damaged data: {error}") from error
    if len(raw) > MAX_BYTES:
        raise ImageError(f"expected an SVG of at most {MAX_BYTES} bytes")
    return raw


def _drop_outside_references(element: ElementTree.Element) -> None:
    for name in HREFS:
        target = element.get(name, "#").strip()
        if not target.startswith("#"):
            del element.attrib[name]
    for name, value in element.attrib.items():
        if "url(" in value.lower():
            element.set(name, OUTSIDE_URL.sub("none", value))
    if element.tag == SVG + "style" and element.text:
        element.text = OUTSIDE_URL.sub("none", IMPORT.sub("", element.text))


def _check_depth(root: ElementTree.Element) -> None:
    """Raise ImageError where elements are nested so deeply that renderers, and we, run out of stack."""
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ImageError(f"expected elements nested at most {MAX_DEPTH} deep")
        level = [child for element in level for child in element]


def _count_elements(
    element: ElementTree.Element, named: dict[str, ElementTree.Element], known: dict[ElementTree.Element, int]
) -> int:
    """Elements drawn for this one; one inside itself (an error that renderers skip) counts once."""
    if element not in known:
        known[element] = 1  # while it is being counted
        total = 1 + sum(_count_elements(child, named, known) for child in element)
        target = next((named.get(element.get(name, "").strip()[1:]) for name in HREFS if name in element.attrib), None)
        if element.tag == SVG + "use" and target is not None:
            total += _count_elements(target, named, known)
        known[element] = min(total, MAX_ELEMENTS + 1)
    return known[element]


def _read_shape(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height in CSS pixels; gives the root the viewBox that scaling needs, if it has none."""
    box = [float(v) for v in re.findall(r"[-+]?[0-9]*\.?[0-9]+(?:e[-+]?[0-9]+)?", root.get("viewBox", ""))]
    width, height = _parse_length(root.get("width")), _parse_length(root.get("height"))
    if len(box) == 4 and (not width or not height):
        width, height = box[2], box[3]
    if not width or not height or not (0 < width < math.inf) or not (0 < height < math.inf):
        raise ImageError("expected an SVG with a size or a viewBox, received none")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError(f"expected sides of at most {MAX_ASPECT:g} to 1, received {width:g} x {height:g}")
    if len(box) != 4:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    return width, height


def _parse_length(length: str | None) -> float | None:
    match = LENGTH.match(length or "")
    if not match or match[2].lower() not in UNIT:
        return None
    return float(match[1]) * UNIT[match[2].lower()]
