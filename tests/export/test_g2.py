"""The way back, from color to line art: exported, verified, run, and used by `pts lineart --method g2`."""

import contextlib
import io
import json
import shutil
import sys

import numpy as np
import onnx
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from paintstorch_sdk import cli
from paintstorch_sdk.backends.registry import open_backend, open_drawer
from paintstorch_sdk.bundle import ENCODER, FILES, G2, MANIFEST, WEIGHTS, Bundle
from paintstorch_sdk.errors import BackendError, BundleError, InputError, ModelError
from paintstorch_sdk.export import bundle_writer as bundles
from paintstorch_sdk.export.bundle_writer import verify_bundle
from paintstorch_sdk.export.cost import half_share, node_costs
from paintstorch_sdk.export.inspection import describe_model
from paintstorch_sdk.gpu.engine_key import HALF_G2
from paintstorch_sdk.imaging.xdog import XDoG, xdog
from paintstorch_sdk.networks import checkpoint as checkpoints
from paintstorch_sdk.networks import model
from paintstorch_sdk.networks.checkpoint import Checkpoint
from paintstorch_sdk.networks.drawer import Drawer
from paintstorch_sdk.tracer import Tracer
from support.cli import Runner, hint_layer, line_art, pixels, save

EXAMPLES = [(line_art(), hint_layer())]


@pytest.fixture(scope="module")
def checkpoint(tiny_checkpoint):
    """`tiny_checkpoint` with a G2 of random weights and biases."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        g2 = tiny_checkpoint.architecture.build_g2().eval()
        for parameter in g2.parameters():
            if parameter.ndim == 1:
                torch.nn.init.normal_(parameter, std=0.1)
    return Checkpoint(tiny_checkpoint.generator, tiny_checkpoint.features, {}, g2)


@pytest.fixture(scope="module")
def exported(checkpoint, tmp_path_factory):
    """The checkpoint's file, the bundle that `pts export --g2 --fp16` makes of it, and what the command said."""
    folder = tmp_path_factory.mktemp("g2")
    checkpoints.save(folder / "c.safetensors", checkpoint.generator, checkpoint.features, {}, checkpoint.g2)
    pictures = save(line_art(), folder / "pictures" / "a.png").parent
    save(hint_layer(), folder / "pictures" / "a.hints.png")
    options = ("--g2", "--fp16", "--verify-images", pictures, "--license", "CC0-1.0", "--working-size", "64")
    command = ["export", folder / "c.safetensors", "-o", folder / "back", *options]
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setattr(sys, "argv", ["pts", *map(str, command)])
        assert cli.main() == 0
    return folder, said.getvalue()


@pytest.fixture(scope="module")
def bundle(exported):
    """Not to be written to: copy it."""
    return Bundle.open(exported[0] / "back")


@pytest.fixture
def inputs(rng):
    """Picture, hints and line art, not square."""
    shapes = (2, 3, 32, 96), (2, 4, 8, 24), (2, 1, 32, 96)
    return [rng.uniform(-1, 1, shape).astype(np.float32) for shape in shapes]


@pytest.fixture
def painting(tmp_path):
    """A colored picture, larger than the working size and no multiple of 32."""
    picture = np.full((70, 130, 3), (250, 240, 230), np.uint8)
    picture[20:50, 30:90] = (200, 60, 90)
    return save(Image.fromarray(picture), tmp_path / "painting.png")


@torch.inference_mode()
def in_torch(checkpoint, inputs):
    return Drawer.of(checkpoint.g2, checkpoint.features)(*map(torch.from_numpy, inputs)).numpy()


def test_the_network_is_g2_on_the_features_of_the_line_art(checkpoint, inputs):
    picture, hints, lines = map(torch.from_numpy, inputs)
    with torch.inference_mode():
        expected = checkpoint.g2(picture, hints, checkpoint.features(lines)).numpy()
    np.testing.assert_array_equal(in_torch(checkpoint, inputs), expected)


@pytest.mark.parametrize(("backend", "tolerance"), [("onnxruntime", 2e-3), ("openvino", 2e-3), ("auto", 0.1)])
def test_every_backend_draws_what_torch_draws(bundle, checkpoint, inputs, backend, tolerance):
    """The weights are rounded to fp16; auto may compute in bf16."""
    drawer = open_drawer(bundle, backend, "auto" if backend == "auto" else "fp32", threads=1)
    drawn = drawer.draw(*inputs)
    expected = in_torch(checkpoint, inputs)
    assert drawn.dtype == np.float32
    assert drawn.shape == (2, 1, 32, 96)
    assert expected.std() > 0.05
    assert np.abs(drawn - expected).max() < tolerance


def test_each_input_counts(bundle, inputs):
    drawer = open_drawer(bundle, "onnxruntime", threads=1)
    drawn = drawer.draw(*inputs)
    for index in range(3):
        changed = [tensor if i != index else -tensor for i, tensor in enumerate(inputs)]
        assert np.abs(drawer.draw(*changed) - drawn).max() > 1e-3


@pytest.mark.parametrize(
    ("index", "shape", "message"),
    [
        (0, (2, 1, 32, 96), r"picture: expected float32 N,3,H,W, received"),
        (0, (2, 3, 33, 96), r"picture: expected sides that are multiples of 32"),
        (1, (2, 4, 32, 96), r"hints: expected float32 \(2, 4, 8, 24\), received"),
        (2, (1, 1, 32, 96), r"line art: expected float32 \(2, 1, 32, 96\), received"),
    ],
)
def test_tensors_of_other_shapes(bundle, inputs, index, shape, message):
    inputs[index] = np.zeros(shape, np.float32)
    with pytest.raises(InputError, match=message):
        open_drawer(bundle, "onnxruntime", threads=1).draw(*inputs)


def test_the_bundle(bundle, checkpoint):
    assert bundle.has_g2
    assert set(bundle.manifest["files"]) >= {*FILES, G2, *HALF_G2.values(), "g2.fp16.png"}
    stored = load_file(bundle.file(WEIGHTS))
    for name, tensor in checkpoint.g2.state_dict().items():
        assert torch.equal(stored[f"g2.{name}"], tensor.half())
    graph = onnx.load(str(bundle.file(G2)), load_external_data=False).graph
    weights = {tensor.name for tensor in graph.initializer if tensor.external_data}
    features = {f"encoder.features.{name}" for name in checkpoint.features.state_dict()}
    assert weights == {f"g2.{name}" for name in checkpoint.g2.state_dict()} | features  # F1 is stored once
    for side, values in (("inputs", graph.input), ("outputs", graph.output)):
        found = {value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim] for value in values}
        assert found == bundle.manifest["graphs"]["g2"][side]


def test_the_proof_is_in_the_manifest(bundle):
    proof = bundle.manifest["verification"]
    assert 0 < proof["g2_max_difference"] <= 1e-4
    assert proof["g2_rounding_psnr"] >= 45
    half = bundle.manifest["fp16"]["g2"]
    assert half["share_of_operations"] == 1.0
    assert half["verification"]["psnr"] >= 45
    model = onnx.load(str(bundle.file(HALF_G2[G2])), load_external_data=False)
    assert half_share(node_costs(model, 1, 64, 64)) == 1.0
    assert sorted(n.input[0] for n in model.graph.node if n.op_type == "Cast") == [
        "drawn/fp16", "hints", "line_art", "picture",
    ]  # fmt: skip


def test_another_g2_is_told_apart(bundle, checkpoint):
    other = Checkpoint(checkpoint.generator, checkpoint.features, {}, checkpoint.architecture.build_g2().eval())
    with pytest.raises(ModelError, match="the ONNX graphs differ from the network"):
        verify_bundle(other, bundle, EXAMPLES)


def test_a_bundle_gives_its_g2_back(bundle, checkpoint):
    loaded = model.load_networks(bundle.path)
    for name, tensor in checkpoint.g2.state_dict().items():
        assert torch.equal(loaded.g2.state_dict()[name], tensor.half().float())


def test_coloring_does_not_mind_it(bundle, tiny_bundle, inputs):
    """The same G1 in a bundle with G2 and in one without."""
    _, hints, lines = inputs
    painted = []
    for one in (bundle, tiny_bundle):
        with open_backend(one, "onnxruntime", threads=1) as backend:
            painted.append(backend.paint(backend.encode(lines), hints))
    np.testing.assert_array_equal(*painted)


def test_a_model_without_it(tiny_bundle):
    assert not tiny_bundle.has_g2
    with pytest.raises(BundleError, match=r"model tiny has no G2.*pts export CHECKPOINT -o BUNDLE --g2"):
        open_drawer(tiny_bundle)


def test_a_backend_that_does_not_run_it(bundle):
    with pytest.raises(BackendError, match="backend eager does not run G2: expected openvino or onnxruntime"):
        open_drawer(bundle, "eager")


def test_tracing_reads_the_picture_and_its_xdog(bundle, painting):
    """What goes into the network, from what comes out of it."""
    tracer = Tracer(bundle, backend="onnxruntime", size=64, threads=1, parameters=XDoG(sigma=0.5))
    given = []
    drawer = tracer.backend

    class Listening:
        def draw(self, *tensors):
            given.append(tensors)
            return drawer.draw(*tensors)

    tracer._drawer = Listening()
    traced = tracer.trace(painting)
    ((picture, hints, lines),) = given
    assert (traced.mode, traced.size) == ("L", (130, 70))
    assert picture.shape == (1, 3, 64, 64)  # 64 x 34 of the working size, padded with paper
    assert (picture[:, :, 34:] == 1).all()
    assert not hints.any()
    assert hints.shape == (1, 4, 16, 16)
    working = np.clip(np.rint((picture[0, :, :34].transpose(1, 2, 0) + 1) * 127.5), 0, 255).astype(np.uint8)
    drawn = xdog(working, XDoG(sigma=0.5)) / np.float32(127.5) - 1
    np.testing.assert_allclose(lines[0, 0, :34], drawn, atol=1e-6)
    assert tuple(np.asarray(Image.open(painting))[35, 60]) == tuple(working[17, 30])


def test_lineart_by_g2(bundle, painting, tmp_path, monkeypatch, capsys):
    pts = Runner(monkeypatch, capsys)
    options = ("--method", "g2", "--model", bundle.path, "--backend", "onnxruntime", "--threads", "1")
    result = pts("lineart", painting, "-o", tmp_path / "line.png", *options)
    assert (result.code, result.err) == (0, "")
    drawn = pixels(tmp_path / "line.png")
    expected = Tracer(bundle, backend="onnxruntime", threads=1).trace(painting)
    np.testing.assert_array_equal(drawn, np.asarray(expected))
    other = pts("lineart", painting, "-o", tmp_path / "x.png", "--sigma", "0.8", "--size", "32", *options)
    assert (other.code, other.err) == (0, "")
    assert (pixels(tmp_path / "x.png") != drawn).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--method", "sobel"), "--method: expected one of xdog, g2, received 'sobel'"),
        (("--method", "g2", "--model", "{tiny}"), "model tiny has no G2"),
        (("--method", "g2", "--model", "{bundle}", "--backend", "eager"), "does not run G2"),
        (("--method", "g2", "--model", "{bundle}", "--precision", "int4"), "precision: expected one of auto"),
    ],
)
def test_lineart_says_what_is_wrong(bundle, tiny_bundle, painting, tmp_path, monkeypatch, capsys, options, message):
    folders = {"tiny": tiny_bundle.path, "bundle": bundle.path}
    arguments = [option.format(**folders) for option in options]
    result = Runner(monkeypatch, capsys)("lineart", painting, "-o", tmp_path / "line.png", *arguments)
    assert result.code == 2
    assert message in result.err
    assert len(result.errors) == 1


def test_what_export_and_inspect_say(exported, bundle, monkeypatch, capsys):
    _, said = exported
    assert (bundle.name, bundle.manifest["license"], bundle.working_size) == ("back", "CC0-1.0", 64)
    assert "fp16: 100.0% of the operations, 0 nodes stay in fp32; worst of 1 pictures a.png" in said
    assert "G2: at most" in said
    assert "fp16 of G2: 100.0% of the operations" in said
    document = describe_model(str(bundle.path), 64, 64)
    assert [graph["graph"] for graph in document["graphs"]][-2:] == [G2, HALF_G2[G2]]
    shown = Runner(monkeypatch, capsys)("inspect", bundle.path)
    assert (shown.code, shown.err) == (0, "")
    assert "g2.fp16.onnx" in shown.out
    assert "color to line art: 0.4" in shown.out


def test_from_a_bundle_it_goes_along(exported, bundle, tmp_path, monkeypatch, capsys):
    pictures = exported[0] / "pictures"
    again = Runner(monkeypatch, capsys)(
        "export", bundle.path, "-o", tmp_path / "a", "--fp16", "--verify-images", pictures
    )
    assert (again.code, again.err) == (0, "")
    assert Bundle.open(tmp_path / "a").manifest["files"] == bundle.manifest["files"]


def test_without_the_option_it_stays_behind(exported, tiny_bundle, tmp_path, monkeypatch, capsys):
    """The graphs are those of `tiny_bundle`, whose networks are the same: they need not be made again."""

    def write(encoder, painter, folder, drawer):
        assert drawer is None
        for file in FILES:
            shutil.copy(tiny_bundle.file(file), folder / file)

    monkeypatch.setattr(bundles, "write_graphs", write)
    folder, _ = exported
    options = ("-o", tmp_path / "plain", "--verify-images", folder / "pictures")
    assert Runner(monkeypatch, capsys)("export", folder / "c.safetensors", *options).code == 0
    assert not Bundle.open(tmp_path / "plain").has_g2


def test_export_of_a_checkpoint_that_has_none(tiny_checkpoint, bundle, tmp_path, monkeypatch, capsys):
    pts = Runner(monkeypatch, capsys)
    path = tmp_path / "c.safetensors"
    checkpoints.save(path, tiny_checkpoint.generator, tiny_checkpoint.features, {})
    result = pts("export", path, "-o", tmp_path / "out", "--g2")
    assert (result.code, len(result.errors)) == (2, 1)
    assert "this checkpoint has no G2" in result.err
    result = pts("export", bundle.path, "-o", tmp_path / "out", "--g2", "--fp16")
    assert (result.code, len(result.errors)) == (2, 1)
    assert "expected a checkpoint, received a bundle" in result.err
    assert not (tmp_path / "out").exists()


def test_a_changed_graph_is_refused(bundle, tmp_path):
    shutil.copytree(bundle.path, tmp_path / "copy")
    with (tmp_path / "copy" / G2).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(BundleError, match=r"g2.onnx: expected SHA-256"):
        Bundle.open(tmp_path / "copy")


def test_bundles_of_before_still_open(tiny_bundle, tmp_path):
    """Nothing in the manifest tells a bundle without G2 from one that was written before there was any."""
    manifest = json.loads((tiny_bundle.path / MANIFEST).read_text())
    assert manifest["schema"] == 1
    assert "g2" not in json.dumps(manifest)
    assert ENCODER in manifest["files"]
