"""Training of the kinship network."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from paintstorch_sdk.hints.kinship import FEATURES, KINDS
from paintstorch_sdk.networks.kinship import KinshipNet
from paintstorch_sdk.networks.shade import ShadeNet
from paintstorch_sdk.training import kinship
from paintstorch_sdk.training.data.manifest import ManifestRow, write_rows
from paintstorch_sdk.training.layered import LayeredDrawings, Layers

RED, BLUE = 0xC82828, 0x2828C8


def two_coats() -> Layers:
    """A red coat in two halves, a blue hat, white paper; lines around each."""
    lines, flats = np.full((256, 256), 255, np.uint8), np.full((256, 256, 3), 255, np.uint8)
    for (top, left, bottom, right), color in (
        ((120, 20, 240, 120), RED),
        ((120, 136, 240, 236), RED),
        ((20, 80, 80, 180), BLUE),
    ):
        lines[top - 4 : bottom + 4, left - 4 : right + 4] = 0
        lines[top:bottom, left:right] = 255
        flats[top - 2 : bottom + 2, left - 2 : right + 2] = (color >> 16, color >> 8 & 255, color & 255)
    return {"lines": lines, "flats": flats}


def part_drawing(drawing: Layers) -> kinship.PartedDrawing:
    return kinship.part_drawing(drawing["lines"], drawing["lines"], drawing["flats"])


def test_areas_are_numbered_by_size_and_have_the_colors_of_the_flats() -> None:
    sample = part_drawing(two_coats())
    assert (sample.line_art.shape, sample.areas.shape) == ((1, 256, 256), (128, 128))
    assert sample.colors[:4].tolist() == [kinship.WHITE, RED, RED, BLUE]
    assert (sample.colors[4:] == -1).all()
    assert sample.areas[90, 30] != sample.areas[90, 90] != 0
    assert sample.areas[25, 64] == 4
    for seed in range(20):
        told = kinship.tell_areas(sample, np.random.default_rng(seed))
        assert told.any()
        assert not told[0]
        assert not told[4:].any()
        varied = kinship.make_sample(two_coats(), np.random.default_rng(seed))
        assert {*varied.colors.tolist()} <= {-1, kinship.WHITE, RED, BLUE}


def test_the_loss_asks_for_the_color_of_what_is_alike_and_else_for_paper() -> None:
    sample = part_drawing(two_coats())
    kinds = torch.zeros(kinship.MOST, FEATURES)
    kinds[1:3, 1], kinds[3, 2], kinds[0, 0] = 5.0, 5.0, 9.0
    told = torch.zeros(kinship.MOST, dtype=torch.bool)
    told[1] = True
    asked, scores, right = kinship.score_offers(kinds, torch.from_numpy(sample.colors), told, None)
    assert asked.tolist() == [0, 2, 3]
    assert right.tolist() == [0, 1, 0]
    assert scores.tolist() == [[9, -25], [0, 0], [0, -50]]
    red = kinship.mix_colors(np.array([RED]), None)[0]
    kinds[1:3, 1 + KINDS :] = 8 * red
    fit = 8 * float(red @ red)
    scores = kinship.score_offers(kinds, torch.from_numpy(sample.colors), told, None)[1]
    assert scores[1].tolist() == pytest.approx([0, fit / (1 + np.exp(-fit))])
    features = torch.zeros(1, FEATURES, 64, 64)
    areas = torch.from_numpy(sample.areas)[None]
    features[0, 1] = ((areas[0] == 2) | (areas[0] == 3))[::2, ::2] * 5.0
    assert torch.allclose(kinship.average_areas(features, areas)[0, 1:4, 1], torch.tensor([5.0, 5.0, 0.0]), atol=0.3)
    shades = {kinship.mix_colors(np.array([RED]), np.random.default_rng(seed))[0].argmax().item() for seed in range(40)}
    assert red.argmax().item() in shades
    assert len(shades) > 4
    losses = [float(kinship.compute_loss(f, [sample], np.random.default_rng(0))) for f in (features, -features * 0)]
    assert losses[0] < losses[1]


def test_it_learns_is_stopped_and_goes_on_and_begins_with_a_shade_network(tmp_path: Path) -> None:
    drawing, rows = two_coats(), []
    for split in ("train", "test"):
        for name in ("lines", "flats"):
            assert cv2.imwrite(str(tmp_path / f"{split}-{name}.png"), drawing[name])
        files = {name: f"{split}-{name}.png" for name in ("lines", "flats")}
        rows.append(ManifestRow(source="toy", split=split, picture=files["flats"], key=split, **files))
    write_rows(tmp_path, rows)
    first = tmp_path / "run"
    torch.manual_seed(0)
    save_file(ShadeNet().state_dict(), tmp_path / "shade.safetensors")
    start = KinshipNet()
    kinship.load_start(start, tmp_path / "shade.safetensors")
    assert (start.down[1][0][0].weight == load_file(tmp_path / "shade.safetensors")["down.1.0.0.weight"]).all()
    threads = torch.get_num_threads()
    try:
        for steps in (1, 2):
            kinship.train(tmp_path, first, steps=steps, batch=2, rate=1e-3, threads=1, start=None, pictures=tmp_path)
            weights = load_file(first / "kinship.safetensors")
            assert torch.load(first / "state.pt", weights_only=True)["step"] == steps
    finally:
        torch.set_num_threads(threads)
    fresh = KinshipNet()
    fresh.load_state_dict({name: value.float() for name, value in weights.items()})
    assert set(kinship.measure(fresh, LayeredDrawings(tmp_path, "test", "lines", "flats"))) <= {"like", "kept", "white"}


def test_a_shade_network_is_shown_white_flats_by_the_bias(tmp_path: Path) -> None:
    torch.manual_seed(1)
    shade, own = ShadeNet(), KinshipNet()
    save_file(shade.state_dict(), tmp_path / "shade.safetensors")
    kinship.load_start(own, tmp_path / "shade.safetensors")
    line_art = torch.rand(1, 1, 32, 32)
    unshuffle = torch.nn.functional.pixel_unshuffle
    both = torch.cat([line_art, torch.ones(1, 3, 32, 32)], 1)
    torch.testing.assert_close(own.entry(unshuffle(line_art, 4)), shade.entry(unshuffle(both, 4)), atol=1e-5, rtol=1e-4)
    with pytest.raises(FileNotFoundError):
        kinship.load_start(own, tmp_path / "nothing.safetensors")
