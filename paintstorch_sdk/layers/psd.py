"""A picture in layers as a PSD file, for Photoshop, Krita, Clip Studio Paint or GIMP. Needs the extra [layers]."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from ..errors import OutputError, name_install
from ..files import replacing
from .stack import Layer, merge_layers

SUFFIX = ".psd"
MAX_SIDE = 30_000  # pixels, of the format

_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>{}</xmp:CreatorTool></rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)
_BLENDS = {"normal": "NORMAL", "multiply": "MULTIPLY", "screen": "SCREEN"}


def import_psd_tools() -> ModuleType:
    """psd-tools.

    Raises:
        OutputError: It is not installed.
    """
    try:
        import psd_tools
    except ImportError as error:
        raise OutputError(
            f"PSD needs psd-tools, which cannot be imported here ({error}); {name_install('layers')}"
        ) from error
    module: ModuleType = psd_tools
    return module


def save_layers(target: Path | BinaryIO, layers: Sequence[Layer], comment: str = "") -> None:
    """Write a PSD file.

    Args:
        target: A path, replaced atomically, or a stream.
        layers: Layers from the top down, see `stack_layers`.
        comment: Names the tool in the file's XMP data.

    Raises:
        OutputError: psd-tools is missing, the picture is too large for the format, or the file cannot be written.
    """
    document = _make_document(layers, comment)
    if not isinstance(target, Path):
        document.write(target)
        return
    with replacing(target) as temporary, temporary.open("wb") as file:
        document.write(file)


def _make_document(layers: Sequence[Layer], comment: str) -> Any:
    psd_tools = import_psd_tools()
    from xml.sax.saxutils import escape  # here: with urllib and ssl it takes as long as Pillow

    from psd_tools.constants import BlendMode, Compression, Resource
    from psd_tools.psd.image_resources import ImageResource

    merged = merge_layers(layers)
    if max(merged.size) > MAX_SIDE:
        raise OutputError(
            f"PSD: expected sides of at most {MAX_SIDE} pixels, received {merged.width} x {merged.height}; choose ora"
        )
    # RGBA, or psd-tools makes masks of the alpha of layers.
    psd = psd_tools.PSDImage.frompil(merged.convert("RGBA"), compression=Compression.RLE)
    if comment:
        xmp = _XMP.format(escape(comment)).encode()
        psd._record.image_resources[Resource.XMP_METADATA] = ImageResource(key=Resource.XMP_METADATA, data=xmp)
    groups: dict[str, Any] = {}
    for layer in reversed(layers):  # the lowest first
        parent = psd
        if layer.group:
            if layer.group not in groups:
                groups[layer.group] = psd.create_group(name=layer.group)
                groups[layer.group].visible = layer.visible
                # With each new layer psd-tools would visit all others again: a minute for 500 of them.
                groups[layer.group]._update_children = psd._update_record = _do_nothing
            parent = groups[layer.group]
        left, top = layer.place
        blend = BlendMode[_BLENDS[layer.blend]]
        made = parent.create_pixel_layer(
            layer.image, name=layer.name, top=top, left=left, compression=Compression.RLE, blend_mode=blend
        )
        made.visible = layer.visible or bool(layer.group)  # a hidden group hides them
    if groups:
        del psd._update_record
        psd._update_record()
    # Not psd.save: that lays the layers over each other once more, slowly. The merged picture is in the file already.
    return psd._record


def _do_nothing(*_: Any) -> None:
    pass
