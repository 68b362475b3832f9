"""Videos in and out: rate, time code, sound, depth and alpha are passed on."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from paintstorch_sdk.errors import ImageError, OutputError
from paintstorch_sdk.shots.video import unpack_video, write_video
from support.cli import Runner

RATE = Fraction(24000, 1001)


@pytest.fixture(scope="session")
def clip(moving, tmp_path_factory):
    """A ProRes clip of the moving shot with a time code and a second of sound."""
    path = tmp_path_factory.mktemp("clips") / "ink.mov"
    with av.open(str(path), "w") as file:
        video = file.add_stream("prores_ks", rate=RATE, options={"profile": "4444"})
        video.width = video.height = 128
        video.pix_fmt = "yuv444p10le"
        video.metadata["timecode"] = "01:00:00:00"
        sound = file.add_stream("pcm_s16le", rate=8000)
        for frame in moving:
            file.mux(video.encode(av.VideoFrame.from_ndarray(cv2.merge([frame.lines] * 3), format="rgb24")))
        file.mux(video.encode())
        wave = (8000 * np.sin(np.arange(2000) / 9)).astype(np.int16)[None]
        tone = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        tone.sample_rate = 8000
        file.mux(sound.encode(tone))
        file.mux(sound.encode())
    return path


def describe(path):
    """What ffmpeg says of a video: codec, rate, time code, frames, samples of sound."""
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        frames = list(file.decode(video))
    with av.open(str(path)) as file:
        sound = file.streams.audio
        samples = sum(frame.samples for frame in file.decode(sound[0])) if sound else 0
        timecode = video.metadata.get("timecode") or file.metadata.get("timecode")
    return video.codec_context.name, video.average_rate, timecode, frames, samples


def test_a_prores_shot_comes_back_as_prores_with_its_sound(monkeypatch, capsys, clip, moving, tmp_path):
    cv2.imwrite(str(tmp_path / "key.png"), moving[0].flats[..., ::-1])
    pts, out = Runner(monkeypatch, capsys), tmp_path / "out"
    result = pts("shot", "color", clip, "-o", out, "--key", f"1={tmp_path / 'key.png'}", "--video", out / "done.mov")
    assert result.code == 0, result.err
    codec, rate, timecode, frames, samples = describe(out / "done.mov")
    assert (codec, rate, timecode, len(frames), samples) == ("prores", RATE, "01:00:00:00", 6, 2000)
    assert max(component.bits for component in frames[0].format.components) >= 10
    assert cv2.imread(str(out / "ink.00001.png"), cv2.IMREAD_UNCHANGED).dtype == np.uint16
    colored = frames[0].to_ndarray(format="rgb24").astype(int)
    off = cv2.erode((moving[0].lines == 255).astype(np.uint8), np.ones((5, 5))).view(bool)
    assert np.median(np.abs(colored - moving[0].flats)[off]) <= 2


def test_png_in_mov_keeps_alpha_exactly(tmp_path, rng):
    pictures = []
    for number in range(2):
        pictures.append(tmp_path / f"a.{number}.png")
        cv2.imwrite(str(pictures[-1]), rng.integers(0, 256, (32, 48, 4), np.uint8))
    write_video(pictures, tmp_path / "clip.mov", codec="png", rate=Fraction(25))
    frames = unpack_video(tmp_path / "clip.mov", tmp_path / "frames")
    assert len(frames) == 2
    for frame, picture in zip(frames.frames, pictures, strict=True):
        assert np.array_equal(cv2.imread(str(frame.path), -1), cv2.imread(str(picture), -1))


def test_mp4_has_the_rate_that_is_asked_for(moving, tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), moving[0].flats)
    write_video([path] * 3, tmp_path / "clip.mp4", rate=Fraction(12))
    assert describe(tmp_path / "clip.mp4")[:2] == ("h264", Fraction(12))


def test_what_is_no_video_says_so(tmp_path):
    path = tmp_path / "clip.mov"
    path.write_bytes(b"none")
    with pytest.raises(ImageError, match="expected a video"):
        unpack_video(path, tmp_path / "frames")
    with pytest.raises(OutputError, match=r"\.mov"):
        write_video([], tmp_path / "clip.gif")
