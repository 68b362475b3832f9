"""Scenes of people: the rasterizer, cutting, poses and lines on small meshes; whole pictures where MakeHuman is."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.training.data.build import build_data_set
from paintstorch_sdk.training.data.drawer.cel import Cel, Group
from paintstorch_sdk.training.data.drawer.hands import HANDS
from paintstorch_sdk.training.data.drawer.line_styles import LineStyle
from paintstorch_sdk.training.data.scenes import MakeHuman, draw_people, draw_people_sequence
from paintstorch_sdk.training.data.scenes.hair import LENGTHS, TAILS, HairMaker
from paintstorch_sdk.training.data.scenes.head import build_ear, build_head
from paintstorch_sdk.training.data.scenes.lines import Seen, find_borders, trace
from paintstorch_sdk.training.data.scenes.makehuman import BASE
from paintstorch_sdk.training.data.scenes.mesh import Piece, cut, turn_outward, vertex_normals
from paintstorch_sdk.training.data.scenes.person import KINDS, Person, join_pieces
from paintstorch_sdk.training.data.scenes.raster import rasterize
from paintstorch_sdk.training.data.scenes.rendering import Camera, draw_person, find_intrusions
from paintstorch_sdk.training.data.scenes.rig import Rig, blend_poses, follow
from paintstorch_sdk.training.data.scenes.scene import make_person_design

SKIN, FACE, HAIR, CLOTH = (KINDS.index(kind) for kind in ("skin", "face", "hair", "cloth"))
SQUARE = np.array([[0, 1, 2], [1, 3, 2]])  # two triangles that share a side
INSTALLED = Path(os.environ.get("PTS_MAKEHUMAN", "nowhere"))
needs_makehuman = pytest.mark.skipif(
    not MakeHuman.is_installed(INSTALLED), reason="PTS_MAKEHUMAN does not name a folder with MakeHuman"
)


def sheet(depth: float, low: float = 2.0, high: float = 14.0) -> np.ndarray:
    return np.array([[low, low, depth], [low, high, depth], [high, low, depth], [high, high, depth]])


def plain_seen(size: int = 32) -> dict[str, np.ndarray]:
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    return {
        "seen": np.ones((size, size), bool),
        "parts": np.ones((size, size), np.int64),
        "sheets": np.zeros((size, size), np.int64),
        "kinds": np.full((size, size), CLOTH, np.int8),
        "inner": np.zeros((size, size), bool),
        "points": np.stack([x, y, np.full_like(x, 5)], 2),
        "normals": np.broadcast_to(np.array([0, 0, -1], np.float32), (size, size, 3)).copy(),
    }


def borders(**changed: np.ndarray) -> np.ndarray:
    contour, inner = find_borders(Seen(**plain_seen() | changed), HAIR, (SKIN, FACE), CLOTH)
    return contour | inner


def test_the_nearest_triangle_is_seen_and_a_shared_side_has_no_hole() -> None:
    screen = np.vstack([sheet(5.0), sheet(4.0, 6.0, 10.0)])
    raster = rasterize(screen, np.vstack([SQUARE, SQUARE + 4]), 16, np.zeros(4, bool))
    assert raster.seen.sum() == 12 * 12
    assert np.isin(raster.face[6:10, 6:10], (2, 3)).all()
    assert np.isin(raster.face[2:6, 2:14], (0, 1)).all()
    assert np.allclose(raster.shares.sum(1), 1, atol=1e-5)


def test_shares_follow_the_perspective() -> None:
    screen = np.array([[0.0, 0, 1], [0, 32, 1], [32, 0, 4], [32, 32, 4]])
    raster = rasterize(screen, SQUARE, 32, np.zeros(2, bool))
    assert raster.seen.all()
    depth = (screen[SQUARE[raster.face[raster.seen]]][..., 2] * raster.shares).sum(1).reshape(32, 32)
    expected = 1 / (1 - 0.75 * (np.arange(32) + 0.5) / 32)
    assert np.allclose(depth[16], expected, rtol=1e-4)


def test_the_inner_side_of_a_solid_is_not_seen() -> None:
    for faces, seen in ((SQUARE, True), (SQUARE[:, ::-1], False)):
        assert rasterize(sheet(5.0), faces, 16, np.ones(2, bool)).seen.any() == seen
        found = rasterize(sheet(5.0), faces, 16, np.zeros(2, bool))
        assert found.inner.any() == (not seen)


def test_a_mesh_is_cut_where_a_number_is_zero() -> None:
    y, x = np.mgrid[:5, :5].astype(np.float64)
    points = np.stack([x.ravel(), y.ravel(), np.zeros(25)], 1)
    a = (np.arange(4)[:, None] * 5 + np.arange(4)).ravel()
    faces = np.vstack([np.stack([a, a + 1, a + 5], 1), np.stack([a + 1, a + 6, a + 5], 1)])
    ids = np.arange(len(faces))
    piece = Piece("cloth", points, faces, np.ones((25, 1), np.float32), ids, ids)
    left = cut(piece, 2.3 - points[:, 0] - 0.2 * points[:, 1])
    p, q, r = (left.vertices[left.faces[:, k], :2] for k in range(3))
    area = 0.5 * ((q - p)[:, 0] * (r - p)[:, 1] - (q - p)[:, 1] * (r - p)[:, 0])
    assert (area > -1e-12).all()  # none was turned over
    assert area.sum() == pytest.approx(4 * (2.3 - 0.4))
    assert (2.3 - left.vertices[:, 0] - 0.2 * left.vertices[:, 1]).min() > -1e-9
    assert np.allclose(left.weights, 1)


def test_a_bone_takes_along_what_hangs_on_it_and_poses_blend() -> None:
    rig = Rig(("root", "arm", "hand"), (-1, 0, 1), np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]))
    bent = {"arm": (0.0, 0.0, 90.0)}
    weights = np.array([[0, 0, 1], [1, 0, 0]], np.float32)
    points = np.array([[3.0, 0, 0], [0.5, 0, 0]])
    normals = np.array([[0.0, 1, 0], [0, 1, 0]])
    moved, turned = follow(points, normals, weights, rig.move(bent))
    assert np.allclose(moved, [[1, 2, 0], [0.5, 0, 0]], atol=1e-6)
    assert np.allclose(turned, [[-1, 0, 0], [0, 1, 0]], atol=1e-6)
    assert blend_poses({}, bent, 0.5)["arm"] == pytest.approx((0, 0, 45))
    assert rig.descend("arm").tolist() == [False, True, True]


def test_lines_are_where_parts_meet_where_a_sheet_lies_before_another_and_at_the_contour() -> None:
    plain = plain_seen()
    assert not borders().any()
    parts = plain["parts"].copy()
    parts[:, 16:] = 2
    assert borders(parts=parts)[:, 15].all()
    skin = np.full_like(plain["kinds"], SKIN)
    assert not borders(parts=parts, kinds=skin).any()  # a neck and a chin at one depth
    before, sheets = plain["points"].copy(), plain["sheets"].copy()
    before[10:20, 10:20, 2] -= 0.5
    sheets[10:20, 10:20] = 1
    found = borders(points=before, sheets=sheets, kinds=skin)
    assert found[9, 10:20].all()
    assert not found[12:18, 12:18].any()
    seen = plain["seen"].copy()
    seen[:, :4] = False
    assert borders(seen=seen)[:, 3].all()


def test_a_way_is_found_along_a_line_and_ends_at_a_fork() -> None:
    mask = np.zeros((60, 60), bool)
    mask[30, 5:55] = True
    mask[30:56, 30] = True
    ways = trace(mask)
    assert len(ways) == 3
    assert all(sum(free) == 1 for _, free in ways)
    assert all(np.hypot(*np.diff(way, axis=0).T).max() < 3 for way, _ in ways)


def test_a_patch_that_pokes_through_cloth_is_found_and_a_hand_before_it_is_not() -> None:
    plain = plain_seen(128)
    parts, kinds, points = plain["parts"], plain["kinds"], plain["points"]
    parts[60:72, 60:72], kinds[60:72, 60:72] = 2, SKIN
    assert find_intrusions(Seen(**plain), [2], 512) == 1
    points[60:72, 60:72, 2] -= 0.4
    assert find_intrusions(Seen(**plain), [2], 512) == 0


def test_heads_and_ears_of_all_hands_are_closed_and_point_outward() -> None:
    for number in range(len(HANDS)):
        design = make_person_design(np.random.default_rng(number), number)
        vertices, faces, _ = build_head(design)
        edges = np.sort(np.vstack([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
        assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
        assert np.isfinite(vertices).all()
        ear, sides = build_ear(design, 1.0)
        outward = vertex_normals(ear, turn_outward(ear, sides))
        assert (outward * (ear - ear.mean(0))).sum(1).mean() > 0


def test_every_style_of_hair_grows_around_the_skull() -> None:
    design = make_person_design(np.random.default_rng(1), 0)
    for style in (*LENGTHS, *TAILS):
        design.hair.style = style
        locks = HairMaker(design, np.random.default_rng(2)).grow()
        points = np.vstack([vertices for _, vertices, _ in locks])
        assert np.isfinite(points).all()
        assert points[:, 1].min() > -2.2
        assert style == "crew" or {"cap", "front", "side"} <= {kind for kind, _, _ in locks}


@pytest.fixture(scope="module")
def bust() -> tuple[Cel, Person]:
    """A head with hair, without a body."""
    design = make_person_design(np.random.default_rng(4), 0)
    design.hair.style, design.eyes.kind, design.eyes.state = "bob", "anime", "open"
    cel = Cel(192, LineStyle(), (-0.6, -0.8), np.random.default_rng(5))
    pieces = []
    for kind, vertices, faces in [
        ("face", *build_head(design)[:2]),
        *(("hair", *lock[1:]) for lock in HairMaker(design, np.random.default_rng(6)).grow()),
    ]:
        group = Group.FACE if kind == "face" else Group.FRONT_HAIR
        part = cel.part("skin.face" if kind == "face" else "hair.front", kind, group, design.palette.skin)
        world, zero = vertices * (1, -1, 1), np.zeros(len(faces), np.int64)
        faces = turn_outward(world, faces)
        ones = np.ones((len(world), 1), np.float32)
        pieces.append(Piece(kind, world, faces, ones, zero + part, zero, kind == "face"))
    rig = Rig(("head",), (-1,), np.zeros((1, 3)))
    return cel, join_pieces(design, rig, 1.0, np.zeros(3), pieces)


def test_a_head_is_drawn_with_a_face_lines_and_shade(bust: tuple[Cel, Person]) -> None:
    cel, person = bust
    draw_person(cel, person, {}, Camera(20.0, 0.0, 0.0, 0.25, (0.5, 0.45)))
    shown = {cel.table[part].name for part in np.unique(cel.parts)}
    assert {"paper", "skin.face", "hair.front", "iris.left", "iris.right", "eye.white"} <= shown
    assert cel.shade.any()
    figure = cel.parts > 0
    edge = figure[:, 1:] != figure[:, :-1]
    ink = cel.ink.pixels.reshape(192, 2, 192, 2).max((1, 3)) > 0
    near = cv2.dilate(ink.astype(np.uint8), np.ones((3, 3), np.uint8))[:, 1:] > 0
    assert near[edge].mean() > 0.97  # the contour is drawn


def test_a_camera_to_the_left_of_a_head_sees_its_nose_point_to_the_left(bust: tuple[Cel, Person]) -> None:
    right, _, away = Camera(90.0, 0.0, 0.0, 0.2, (0.5, 0.5)).axes
    assert right @ (0, 0, 1) == pytest.approx(-1)
    assert away @ (1, 0, 0) == pytest.approx(-1)


def test_a_builder_without_makehuman_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not installed: scenes; docs/data\.md"):
        build_data_set(tmp_path / "out", packages=tmp_path, only=["scenes"], limit=2)
    with pytest.raises(InputError, match="MakeHuman under CC0"):
        draw_people_sequence(tmp_path, 1)


def test_a_file_that_is_still_under_another_license_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "somewhere" / BASE
    path.parent.mkdir(parents=True)
    path.write_text("# license AGPL3\nv 0 0 0\n")
    with pytest.raises(InputError, match="under CC0"):
        MakeHuman(tmp_path)


@needs_makehuman
def test_a_seed_gives_the_same_person_with_all_layers() -> None:
    first, second = (draw_people(MakeHuman(INSTALLED), 3, 256) for _ in range(2))
    for name in ("line", "flats", "shade", "parts", "colored"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    colors = np.array([part.color for part in first.table], np.uint8)
    assert np.array_equal(first.flats, colors[first.parts])
    assert {"skin", "hair", "cloth"} <= {first.table[part].material for part in np.unique(first.parts)}


@needs_makehuman
def test_ids_stay_over_the_frames_of_a_sequence_of_people() -> None:
    _, frames = draw_people_sequence(INSTALLED, 4, 128, frames=3)
    drawings = list(frames)
    for drawn in drawings:
        assert drawn.table == drawings[-1].table[: len(drawn.table)]
    assert 0 < (drawings[0].parts != drawings[2].parts).mean() < 0.5
