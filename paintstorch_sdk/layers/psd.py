"""A picture in layers as a PSD file, for Photoshop, Krita, Clip Studio Paint or GIMP. Needs the extra [layers]."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from ..errors import OutputError
from ..files import replacing
from .stack import Layer, merge_layers

SUFFIX = ".psd"
MAX_SIDE = 30_000  # pixels, of the format

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
            f"PSD needs psd-tools, which cannot be imported here ({error}); pip install 'paintstorch-sdk[layers]'"
        ) from error
    module: ModuleType = psd_tools
    return module


def save_layers(target: Path | BinaryIO, layers: Sequence[Layer], comment: str = "") -> None:
    """Write a PSD file.

    Args:
        target: A path, replaced atomically, or a stream.
        layers: Layers from the top down, see `stack_layers`.
        comment: Has no place in this format.

    Raises:
        OutputError: psd-tools is missing, the picture is too large for the format, or the file cannot be written.
    """
    document = _make_document(layers)
    if not isinstance(target, Path):
        document.write(target)
        return
    with replacing(target) as temporary, temporary.open("wb") as file:
        document.write(file)


def _make_document(layers: Sequence[Layer]) -> Any:
    psd_tools = import_psd_tools()
    from psd_tools.constants import BlendMode, Compression

    merged = merge_layers(layers)
    if max(merged.size) > MAX_SIDE:
        raise OutputError(
            f"PSD: expected sides of at most {MAX_SIDE} pixels, received {merged.width} x {merged.height}; choose ora"
        )
    # RGBA, or psd-tools makes masks of the alpha of layers.
    psd = psd_tools.PSDImage.frompil(merged.convert("RGBA"), compression=Compression.RLE)
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
