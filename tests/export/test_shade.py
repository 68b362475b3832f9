"""The shade and the kinship network: into a bundle, compared, and used."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import paintstorch_sdk as pts
from paintstorch_sdk.backends import openvino
from paintstorch_sdk.bundle import KINSHIP, SHADE, write_manifest
from paintstorch_sdk.errors import BundleError, CheckpointError, ModelError
from paintstorch_sdk.export.kinship import add_kinship
from paintstorch_sdk.export.shade import add_shade
from paintstorch_sdk.networks.kinship import KinshipNet
from paintstorch_sdk.networks.shade import ShadeNet


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "shade.safetensors"
    save_file({name: value.half() for name, value in ShadeNet().state_dict().items()}, path, {"step": "0"})
    return path


@pytest.fixture
def line_art() -> np.ndarray:
    image = np.full((96, 96), 255, np.uint8)
    image[16, 16:80] = image[80, 16:81] = image[16:80, 16] = image[16:80, 80] = 0
    return image


def test_a_bundle_gains_a_graph_that_names_no_file_of_this_machine(tiny_bundle, weights, tmp_path):
    shaded = add_shade(tiny_bundle, weights, tmp_path / "shaded")
    shaded.verify()
    assert shaded.has_shade
    assert not tiny_bundle.has_shade
    assert b".py" not in shaded.file(SHADE).read_bytes()
    assert shaded.file(SHADE).stat().st_size < 1.05 * weights.stat().st_size  # stored as fp16, too


def test_shadows_only_darken_and_leave_paper_and_flats_alone(tiny_bundle, weights, line_art, tmp_path):
    shaded = add_shade(tiny_bundle, weights, tmp_path / "shaded")
    stroke = pts.Stroke([(30, 30), (60, 32)], "#80a0e0", 6)
    with pts.Colorizer(shaded, backend="onnxruntime") as colorizer:
        canvas = colorizer.canvas(line_art, stroke)
        flat, paint = (np.asarray(canvas.render(style=style)).astype(int) for style in ("flat", "paint"))
        none, strong = (np.asarray(canvas.render(strength=strength)).astype(int) for strength in (0, 2))
    assert (paint <= flat + 1).all()
    assert (paint < flat - 3).any()
    assert (paint[:12] == 255).all()
    assert np.abs(none - flat).max() <= 1
    assert (strong <= paint + 1).all()
    assert (strong < paint - 3).any()
    assert (paint[31, 40] == (0x80, 0xA0, 0xE0)).all()  # inside the stroke


def test_a_network_of_another_version_is_named_when_it_is_asked(tiny_bundle, weights, line_art, tmp_path):
    shaded = add_shade(tiny_bundle, weights, tmp_path / "shaded")
    graphs = {**shaded.manifest["graphs"], "shade": {"inputs": {}, "outputs": {"shade": ["batch", 1]}}}
    write_manifest(shaded.path, {**shaded.manifest, "graphs": graphs})
    with (
        pts.Colorizer(shaded.path) as colorizer,
        pytest.raises(BundleError, match=r"gives \{'logits': 1\}, received \{'shade': 1\}, made by another version"),
    ):
        colorizer.canvas(line_art, pts.Stroke([(30, 30), (60, 32)], "#80a0e0", 6)).render()


def test_weights_of_something_else_are_refused_and_nothing_is_written(tiny_bundle, tmp_path):
    other = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(1)}, other)
    for path in (other, tmp_path / "nothing.safetensors"):
        with pytest.raises(CheckpointError, match="expected the weights of a shade network"):
            add_shade(tiny_bundle, path, tmp_path / "shaded")
    assert not (tmp_path / "shaded").exists()


def test_kinship_takes_the_place_of_the_painter_where_no_stroke_tells(
    tiny_bundle, weights, line_art, tmp_path, monkeypatch
):
    torch.manual_seed(0)
    network, path = KinshipNet(), tmp_path / "kinship.safetensors"
    with torch.no_grad():
        network.exit.bias[0] = -1e6  # nothing is paper
    save_file(network.state_dict(), path, {"step": "0"})
    with pytest.raises(ModelError, match="expected one with a shade network"):
        add_kinship(tiny_bundle, path, tmp_path / "related")
    related = add_kinship(add_shade(tiny_bundle, weights, tmp_path / "shaded"), path, tmp_path / "related")
    related.verify()
    assert b".py" not in related.file(KINSHIP).read_bytes()
    page = np.random.default_rng(0).uniform(-1, 1, (1, 1, 64, 96)).astype(np.float32)
    expected = network(torch.from_numpy(page)).detach().numpy()[:, 1:]
    found = openvino.open_kinship(related, "auto", "cpu", 1)(page)[:, 1:]
    assert np.abs(found - expected).max() < 0.03 * np.abs(expected).max()
    with pts.Colorizer(related, backend="onnxruntime") as colorizer:
        monkeypatch.setattr(type(colorizer.backend), "paint", None)
        line_art[48, 16:80] = 0  # two halves, one with a stroke
        canvas = colorizer.canvas(line_art, pts.Stroke([(30, 30), (60, 32)], "#80a0e0", 6))
        picture = np.asarray(canvas.render(style="flat"))
        assert (picture[64, 48] == (0x80, 0xA0, 0xE0)).all()
        assert [*canvas._color(pts.Look("flat")).palette] == [(0x80, 0xA0, 0xE0)]
    with pytest.raises(CheckpointError, match="expected the weights of a kinship network"):
        add_kinship(related, weights, tmp_path / "other")
