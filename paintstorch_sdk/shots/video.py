"""Videos as frames, and frames as videos: frame rate, time code and sound are passed on.

Source: PyAV (pyav.basswood-io.com), which is ffmpeg's libraries.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, OutputError
from ..files import new_folder, replacing
from .frames import Frame, Frames
from .store import digest_file

CODECS = {  # name -> encoder, pixel format, the same with alpha, options
    "prores": ("prores_ks", "yuv444p10le", "yuva444p10le", {"profile": "4444"}),
    "png": ("png", "rgb24", "rgba", {}),
    "h264": ("libx264", "yuv420p", "yuv420p", {"crf": "14", "preset": "fast"}),
}
FORMATS = {(3, 1): "rgb24", (4, 1): "rgba", (3, 2): "rgb48le", (4, 2): "rgba64le"}  # channels, bytes of each
DEFAULTS = {".mov": "prores", ".mp4": "h264", ".mkv": "h264"}


def unpack_video(path: Path, folder: Path) -> Frames:
    """The frames of a video as PNG files, of 16 bits where the video has more than 8.

    Args:
        path: The video.
        folder: Where they are kept, in a folder of the video's digest; what is there is not unpacked again.

    Raises:
        ImageError: It cannot be read.
        OutputError: The frames cannot be written.
    """
    try:
        place = folder / digest_file(path)[:16]
        if not place.exists():
            with new_folder(place) as temporary, av.open(str(path)) as file:
                for number, frame in enumerate(file.decode(video=0), 1):
                    _write_frame(temporary / f"{path.stem}.{number:05}.png", frame)
    except (av.FFmpegError, IndexError) as error:
        raise ImageError(f"{path}: expected a video, received none that ffmpeg reads ({error})") from error
    files = sorted(place.glob("*.png"))
    if not files:
        raise ImageError(f"{path}: expected a video with frames, found none")
    return Frames(tuple(Frame(number, one) for number, one in enumerate(files, 1)), (), str(path))


def write_video(
    pictures: Sequence[Path],
    path: Path,
    like: Path | None = None,
    codec: str | None = None,
    rate: Fraction | None = None,
) -> None:
    """Write pictures as a video.

    Args:
        pictures: Files of one size, in order; 8 or 16 bits, with alpha or not.
        path: .mov, .mp4 or .mkv.
        like: A video whose frame rate, time code and sound are passed on.
        codec: One of `CODECS`; None is ProRes in .mov and H.264 elsewhere.
        rate: Frames a second; None is that of `like`, or 24.

    Raises:
        OutputError: It cannot be written, or its kind is not known.
    """
    codec = codec or DEFAULTS.get(path.suffix.lower())
    if codec not in CODECS or path.suffix.lower() not in DEFAULTS:
        raise OutputError(f"{path}: expected a name in {', '.join(DEFAULTS)} and a codec of {', '.join(CODECS)}")
    kind = {".mov": "mov", ".mp4": "mp4", ".mkv": "matroska"}[path.suffix.lower()]
    source = av.open(str(like)) if like else None
    try:
        with replacing(path) as temporary, av.open(str(temporary), "w", format=kind) as file:
            _encode(file, pictures, source, codec, rate)
    except av.FFmpegError as error:
        raise OutputError(f"{path}: cannot be written: {error}; choose another place or codec") from error
    finally:
        if source:
            source.close()


def _encode(file: Any, pictures: Sequence[Path], source: Any, codec: str, rate: Fraction | None) -> None:
    encoder, opaque, clear, options = CODECS[codec]
    first = _read(pictures[0])
    if rate is None:
        rate = source.streams.video[0].average_rate if source else None
    video = file.add_stream(encoder, rate=rate or Fraction(24), options=options)
    video.height, video.width = first.shape[0], first.shape[1]
    video.pix_fmt = clear if first.shape[2] == 4 else opaque
    sounds = {}
    if source:
        for stream in source.streams.video[:1]:
            if timecode := stream.metadata.get("timecode") or source.metadata.get("timecode"):
                video.metadata["timecode"] = timecode
                file.metadata["timecode"] = timecode
        sounds = {stream: file.add_stream_from_template(stream) for stream in source.streams.audio}
    for picture in pictures:
        pixels = _read(picture)
        depth = {(3, 1): "rgb24", (4, 1): "rgba", (3, 2): "rgb48le", (4, 2): "rgba64le"}[
            pixels.shape[2], pixels.itemsize
        ]
        file.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format=depth)))
    file.mux(video.encode())
    for packet in _packets(source, sounds):
        packet.stream = sounds[packet.stream]
        file.mux(packet)


def _packets(source: Any, sounds: dict[Any, Any]) -> Iterable[Any]:
    return (packet for packet in source.demux(*sounds) if packet.dts is not None) if sounds else ()


def _write_frame(path: Path, frame: Any) -> None:
    deep = any(component.bits > 8 for component in frame.format.components)
    alpha = frame.format.name.startswith(("yuva", "rgba", "gbrap", "argb", "bgra", "ya"))
    name = ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
    pixels = frame.to_ndarray(format=name)
    order = cv2.COLOR_RGBA2BGRA if alpha else cv2.COLOR_RGB2BGR
    if not cv2.imwrite(str(path), cv2.cvtColor(pixels, order), [cv2.IMWRITE_PNG_COMPRESSION, 1]):
        raise OutputError(f"{path}: cannot be written; choose another place")


def _read(path: Path) -> NDArray[Any]:
    """uint8 or uint16 H,W,3 or H,W,4 of a picture."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise OutputError(f"{path}: cannot be read as a video's frame: expected PNG or TIFF")
    if picture.ndim == 2:
        picture = cv2.merge([picture] * 3)
    return np.ascontiguousarray(
        cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA if picture.shape[2] == 4 else cv2.COLOR_BGR2RGB)
    )
