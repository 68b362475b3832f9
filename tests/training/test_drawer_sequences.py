"""Sequences of the drawer: what stays the same from frame to frame, and what is written about it."""

import json
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.training.data.drawer import Drawn, draw_sequence, write_sequences
from paintstorch_sdk.training.data.drawer.acting import find_pose, mix_poses, strike_pose
from paintstorch_sdk.training.data.drawer.cel import Cel, Part
from paintstorch_sdk.training.data.drawer.design import make_design
from paintstorch_sdk.training.data.drawer.hands import HANDS
from paintstorch_sdk.training.data.drawer.line_styles import LineStyle
from paintstorch_sdk.training.data.drawer.shading import ink_bare_borders

FRAMES = 6


@pytest.fixture(scope="module")
def crossing() -> list[Drawn]:
    plan, frames = draw_sequence(48, 128, frames=FRAMES)
    assert plan.kind == "cross"
    return list(frames)


def test_a_sequence_is_drawn_the_same_again(crossing: list[Drawn]) -> None:
    again = list(draw_sequence(48, 128, frames=FRAMES)[1])
    for name in ("line", "flats", "shade", "parts", "colored"):
        assert all(np.array_equal(getattr(a, name), getattr(b, name)) for a, b in zip(crossing, again, strict=True))


def test_an_id_is_the_same_part_in_all_frames(crossing: list[Drawn]) -> None:
    last = crossing[-1].table
    for drawn in crossing:
        assert drawn.table == last[: len(drawn.table)]
        colors = np.array([part.color for part in last], np.uint8)
        assert np.array_equal(drawn.flats, colors[drawn.parts])


def test_a_figure_passes_before_another_that_comes_back_into_view(crossing: list[Drawn]) -> None:
    face = [i for i, p in enumerate(crossing[-1].table) if p.name == "skin.face" and p.group < 64]
    seen = [int(np.isin(drawn.parts, face).sum()) for drawn in crossing]
    assert min(seen[1:-1]) < 0.5 * min(seen[0], seen[-1])


def test_figures_move_without_jumps() -> None:
    _, frames = draw_sequence(45, 128, frames=24)
    before = next(frames).parts
    for drawn in islice(frames, 5):
        assert (drawn.parts != before).mean() < 0.12
        assert (drawn.parts != before).any()
        before = drawn.parts


def test_a_pose_lies_between_two_others() -> None:
    design = make_design(np.random.default_rng(3), HANDS[0])
    first = find_pose(design)
    second = find_pose(strike_pose(design, mix_poses(first, find_pose(design), 0.5), mouth="open"))
    assert second == first
    turned = find_pose(make_design(np.random.default_rng(4), HANDS[0]))
    half = mix_poses(first, turned, 0.5)
    assert half.yaw == pytest.approx((first.yaw + turned.yaw) / 2)
    assert half.limbs.arms[0].upper == pytest.approx((first.limbs.arms[0].upper + turned.limbs.arms[0].upper) / 2)
    assert half.limbs.arms[0].layer == first.limbs.arms[0].layer


def test_a_written_sequence_tells_the_truth(tmp_path: Path) -> None:
    assert write_sequences(tmp_path, 45, 46, size=128, frames=2) == 1
    truth = json.loads((tmp_path / "0000045" / "sequence.json").read_text())
    assert (truth["frames"], truth["fps"], len(truth["camera"])) == (2, 24, 2)
    colors = np.array([part["color"] for part in truth["parts"]], np.uint8)
    for frame in ("0001", "0002"):
        parts = cv2.imread(str(tmp_path / "0000045" / "parts" / f"{frame}.png"), cv2.IMREAD_UNCHANGED)
        flats = cv2.imread(str(tmp_path / "0000045" / "flats" / f"{frame}.png"))
        assert parts is not None
        assert flats is not None
        assert np.array_equal(colors[parts], flats[..., ::-1])
    assert write_sequences(tmp_path, 45, 46, size=128, frames=2) == 0


def test_bad_sequences_are_named() -> None:
    with pytest.raises(InputError, match="expected"):
        draw_sequence(0, 64)
    with pytest.raises(InputError, match="frames"):
        draw_sequence(0, 128, frames=0)


def test_wide_lines_of_a_large_drawing_leave_its_paper_white() -> None:
    cel = Cel(1280, LineStyle(width=3.6), (0.0, -1.0), np.random.default_rng(0))
    cel.table.append(Part("patch", "cloth", 0, (20, 40, 60)))
    cel.parts[600:800, 500:900] = 1
    ink_bare_borders(cel)
    ink = cel.ink.pixels
    assert ink[1190:1210, 1300].max() == 255
    assert (ink > 0).mean() < 0.02
