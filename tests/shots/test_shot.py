"""Shots: colors that stay on their regions from frame to frame."""

import numpy as np
import pytest

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.shots.frames import find_frames, number_of
from paintstorch_sdk.shots.shot import Shot
from support.moving import COLORS, draw_moving, write_moving


def off_lines(frame):
    return frame.lines == 255


def right(found, frame):
    """The share of the pixels off the lines that have their true color."""
    return (found.pixels == frame.flats).all(2)[off_lines(frame)].mean()


def test_one_key_colors_all_frames_after_it(colored, moving):
    _, frames = colored
    assert [frame.frame.number for frame in frames] == [*range(1001, 1007)]
    assert min(right(found, true) for found, true in zip(frames, moving, strict=True)) > 0.97


def test_flats_have_the_colors_of_the_key_and_no_others(colored, moving):
    shot, frames = colored
    allowed = {*map(tuple, shot.palette.tolist())}
    assert allowed <= {*COLORS.values()}
    for frame in frames:
        assert {*map(tuple, np.unique(frame.pixels.reshape(-1, 3), axis=0).tolist())} <= allowed


def test_what_vanishes_and_comes_back_has_its_color_again(tmp_path):
    frames = draw_moving(5, 288)  # the eyes close in the fourth frame
    folder = write_moving(tmp_path / "blink", frames)
    with Shot(folder, {1001: frames[0].flats}, lines="none") as shot:
        (last,) = shot.color([4])
    eyes = (frames[4].parts == [*COLORS].index("eye")) & (frames[4].lines == 255)
    assert eyes.any()
    assert (last.pixels[eyes] == COLORS["eye"]).all()


def test_a_key_at_the_end_colors_what_came_before(lines, moving):
    with Shot(lines, {1006: moving[5].flats}, lines="none") as shot:
        (first,) = shot.color([0])
    assert right(first, moving[0]) > 0.95
    assert set(np.unique(first.coloring.keys)) <= {-1, 5}


def test_between_two_keys_the_surer_wins(lines, moving):
    other = np.where((moving[5].flats == COLORS["coat"]).all(2)[..., None], np.uint8(7), moving[5].flats)
    with Shot(lines, {1001: moving[0].flats, 1006: other}, lines="none") as shot:
        frames = [*shot]
    coat = (moving[0].parts == [*COLORS].index("coat")) & off_lines(moving[0])
    assert (frames[0].pixels[coat] == COLORS["coat"]).all()
    coat = (moving[5].parts == [*COLORS].index("coat")) & off_lines(moving[5])
    assert np.mean(frames[5].pixels[coat] == 7) > 0.95


def test_a_gap_in_a_line_does_not_mix_colors(moving, tmp_path):
    frames = draw_moving(4, 192, step=2)
    for frame in frames[2:]:
        y, x = np.nonzero(frame.parts == [*COLORS].index("face"))
        middle = (x.min() + x.max()) // 2
        frame.lines[y.min() - 3 : y.min() + 5, middle - 12 : middle + 12] = 255  # between face and hair
    folder = write_moving(tmp_path / "gaps", frames)
    with Shot(folder, {1001: frames[0].flats}, lines="none") as shot:
        last = [*shot][-1]
    for part in ("face", "hair"):
        inside = (frames[3].parts == [*COLORS].index(part)) & off_lines(frames[3])
        assert np.mean((last.pixels == COLORS[part]).all(2)[inside]) > 0.85


def test_colors_that_meet_without_a_line_are_carried_apart(moving, tmp_path):
    frames = draw_moving(3, 128, step=3)
    for frame in frames:
        y, x = np.nonzero(frame.parts == [*COLORS].index("coat"))
        frame.flats[y[y > 100], x[y > 100]] = (10, 90, 30)
    folder = write_moving(tmp_path / "lines", frames)
    with Shot(folder, {1001: frames[0].flats}, lines="none") as shot:
        found = [*shot]
    assert min(right(one, true) for one, true in zip(found, frames, strict=True)) > 0.96


def test_a_new_region_is_doubtful(colored, moving):
    shot, frames = colored
    lid = (moving[3].parts == [*COLORS].index("face")) & off_lines(moving[3])
    face = np.bincount(shot.survey.segments(3).labels[lid]).argmax()
    assert not frames[3].coloring.doubtful[face]
    assert frames[1].coloring.doubtful.any(), "the arm uncovers a place that no frame showed"


def test_strokes_on_a_key_frame_are_a_key(lines, moving):
    strokes = Hints((Stroke([(33, 75), (33, 85)], COLORS["coat"], 5), Stroke([(33, 105)], COLORS["coat"], 5)))
    with Shot(lines, {1001: strokes}, lines="none", workers=1) as shot:
        (last,) = shot.color([2])
    coat = (moving[2].parts == [*COLORS].index("coat")) & off_lines(moving[2])
    assert np.mean((last.pixels == COLORS["coat"]).all(2)[coat]) > 0.9


def test_a_broken_frame_is_bridged_and_said(lines, moving):
    (lines / "a.1003.png").write_bytes(b"no picture")
    with Shot(lines, {1001: moving[0].flats}, lines="none") as shot:
        frames = [*shot]
    assert "a.1003.png" in str(frames[2].error)
    with pytest.raises(InputError, match=r"a\.1003\.png"):
        frames[2].picture  # noqa: B018
    assert right(frames[3], moving[3]) > 0.95


def test_the_painted_style_keeps_flats_and_adds_little(lines, moving):
    with Shot(lines, {1001: moving[0].flats}, lines="none", style="paint", workers=1) as shot:
        (painted,) = shot.color([1])
    coat = (moving[1].parts == [*COLORS].index("coat")) & off_lines(moving[1])
    assert np.abs(np.median(painted.pixels[coat], 0) - COLORS["coat"]).max() < 40


@pytest.mark.parametrize(
    ("keys", "options", "message"),
    [
        ({}, {}, "at least one key frame"),
        ({7: "x.png"}, {}, "from 1001 to 1006"),
        ({1001: "x.png"}, {"style": "soft"}, "flat or paint"),
    ],
)
def test_a_shot_that_cannot_be_says_why(lines, keys, options, message):
    with pytest.raises(InputError, match=message):
        Shot(lines, keys, **options)


def test_frames_are_found_as_people_write_them(lines):
    (lines / "a.1004.png").unlink()
    numbers = [1001, 1002, 1003, 1005, 1006]
    for source in (lines, lines / "a.####.png", lines / "a.%04d.png", lines / "a.@@@@.png", [*lines.iterdir()]):
        found = find_frames(source)
        assert [frame.number for frame in found.frames] == numbers
        assert found.missing == (1004,)
    found = find_frames(f"{lines}/a.1002-1004#.png")
    assert ([frame.number for frame in found.frames], found.missing) == ([1002, 1003], (1004,))


def test_frames_on_twos_miss_none(lines):
    for number in (1002, 1004, 1006):
        (lines / f"a.{number}.png").unlink()
    assert find_frames(lines).missing == ()


def test_a_folder_with_two_sequences_names_them(lines):
    for number in (1, 2):
        (lines / f"b.{number:04}.png").write_bytes(b"")
    with pytest.raises(InputError, match="found 2"):
        find_frames(lines)
    assert number_of(lines / "shot7_v2.0031.png") == 31


def test_what_comes_in_from_outside_is_doubtful(tmp_path):
    frames = draw_moving(2, 192)
    for number, frame in enumerate(frames):  # a box comes in from the left, over paper
        right = 6 + 30 * number
        frame.lines[60:140, : right + 2], frame.lines[62:138, :right] = 0, 255
        frame.flats[60:140, : right + 2] = (200, 40, 40) if number else (255, 255, 255)
    folder = write_moving(tmp_path / "lines", frames)
    with Shot(folder, {1001: frames[0].flats}, lines="none") as shot:
        coloring, segments = shot.colorings[1], shot.survey.segments(1)
    assert coloring.doubtful[segments.labels[100, 18]]
