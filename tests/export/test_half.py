"""FP16 by types: the graphs, the choice of what stays in fp32, the proof that has to fail."""

import json
import shutil

import numpy as np
import onnx
import pytest
from PIL import Image
from safetensors.numpy import load_file
from safetensors.numpy import save as save_tensors

from paintstorch_sdk.backends.openvino import CORE
from paintstorch_sdk.bundle import ENCODER, MANIFEST, PAINTER, WEIGHTS, sha256, write_manifest
from paintstorch_sdk.errors import InputError, ModelError, OutputError
from paintstorch_sdk.examples import examples
from paintstorch_sdk.export.cost import half_share, node_costs
from paintstorch_sdk.export.extend import extend_bundle
from paintstorch_sdk.export.fp16 import calibrate
from paintstorch_sdk.export.fp16.calibrate import Calibration, choose_precision
from paintstorch_sdk.export.fp16.half import SUMS, round_graph, to_half
from paintstorch_sdk.export.fp16.proof import Network, compare_pictures, find_examples, load_cases, require_psnr
from paintstorch_sdk.gpu.engine_key import HALF
from support.cli import Runner, hint_layer, line_art, save
from support.graphs import needless_casts

SIZE = 64  # long side in pixels of what the tests paint


@pytest.fixture(scope="module")
def half_bundle(tiny_bundle, tmp_path_factory):
    """`tiny_bundle` with FP16 graphs."""
    return extend_bundle(tiny_bundle, tmp_path_factory.mktemp("half") / "half", examples=examples(), size=SIZE)


def load(bundle, name):
    return onnx.load(str(bundle.file(name)), load_external_data=False)


@pytest.mark.parametrize("name", [ENCODER, PAINTER])
def test_operators_are_fp16_and_nothing_is_cast_in_between(half_bundle, name):
    full, half = load(half_bundle, name), load(half_bundle, HALF[name])
    costs = node_costs(half, 1, 512, 512)
    assert half_share(costs) == 1.0
    assert half_share(node_costs(full, 1, 512, 512)) == 0.0
    casts = [node.input[0] for node in half.graph.node if node.op_type == "Cast"]
    assert casts == {ENCODER: ["line_art"], PAINTER: ["hints", "color/fp16"]}[name]  # the outer borders
    assert needless_casts(half) == []
    assert [node.op_type for node in half.graph.node if node.op_type != "Cast"] == [
        node.op_type for node in full.graph.node if node.op_type != "Cast"
    ]
    assert not {"Shape", "Gather", "Reshape", "Constant"} & {node.op_type for node in half.graph.node}


@pytest.mark.parametrize("name", [ENCODER, PAINTER])
def test_both_graphs_read_the_same_weights(half_bundle, name):
    def places(model):
        return {
            tensor.name: tuple(sorted((entry.key, entry.value) for entry in tensor.external_data))
            for tensor in model.graph.initializer
            if tensor.external_data
        }

    assert places(load(half_bundle, HALF[name])) == places(load(half_bundle, name)) != {}


@pytest.mark.parametrize("name", [ENCODER, PAINTER])
def test_partial_sums_are_fp16_and_the_outer_borders_fp32(half_bundle, name):
    onnx.checker.check_model(str(half_bundle.file(HALF[name])), full_check=True)
    graph = load(half_bundle, HALF[name]).graph
    for value in [*graph.input, *graph.output]:
        expected = onnx.TensorProto.FLOAT16 if value.name in SUMS else onnx.TensorProto.FLOAT
        assert value.type.tensor_type.elem_type == expected, value.name


def test_operations_are_those_of_the_network():
    """One convolution, counted by hand: 3 -> 5 channels, 3x3, on half the size."""
    weight = onnx.TensorProto(name="encoder.enc0.weight", data_type=onnx.TensorProto.FLOAT16, dims=[4, 1, 3, 3])
    weight.raw_data = bytes(2 * 36)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Conv", ["x", weight.name], ["y"], name="c", pads=[1, 1, 1, 1], strides=[2, 2])],
        "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT16, ["batch", 1, "height", "width/2"])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT16, ["batch", 4, None, None])],
        [weight],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
    (cost,) = node_costs(model, 2, 64, 128)
    assert (cost.part, cost.precision) == ("enc0", "fp16")
    assert cost.operations == 2 * (2 * 4 * 32 * 32) * 9
    with pytest.raises(InputError, match="sides of a multiple of 32"):
        node_costs(model, 1, 33, 64)


def test_nodes_stay_in_fp32_on_request_with_casts_only_around_them(half_bundle):
    full = load(half_bundle, PAINTER)
    chosen = [cost.name for cost in node_costs(full, 1, 512, 512) if cost.stage == "exit"]
    half = to_half(full, chosen)
    costs = node_costs(half, 1, 512, 512)
    assert [cost.name for cost in costs if cost.precision == "fp32"] == chosen
    assert 0.95 < half_share(costs) < 1
    casts = {node.input[0] for node in half.graph.node if node.op_type == "Cast"}
    (before,) = (node.input[0] for node in full.graph.node if node.name == chosen[0])
    assert casts == {"hints", before, "painter.exit.weight", "exit"}


def test_rounding_is_emulated_where_the_runtime_would_leave_it_out(half_bundle, tmp_path):
    """ONNX Runtime's CPU provider computes fp16 graphs in fp32; the proof must not rest on that."""
    (case,) = load_cases([(line_art(), hint_layer())], SIZE)
    exact = Network(half_bundle.file(ENCODER), half_bundle.file(PAINTER)).paint(case.line_art, case.hint_map)
    unrounded = Network(*map(half_bundle.file, HALF.values())).paint(case.line_art, case.hint_map)
    shutil.copy(half_bundle.file(WEIGHTS), tmp_path)
    for name, half in HALF.items():
        onnx.save(round_graph(load(half_bundle, half)), tmp_path / name)
    painted = Network(tmp_path / ENCODER, tmp_path / PAINTER).paint(case.line_art, case.hint_map)
    assert np.abs(painted - exact).mean() > 2 * np.abs(unrounded - exact).mean() > 0
    assert np.array_equal(painted, painted.astype(np.float16))  # color was rounded before it became fp32


@pytest.mark.parametrize(("height", "width"), [(32, 96), (256, 64)])
def test_onnxruntime_and_openvino_run_the_fp16_graphs_at_any_size(half_bundle, rng, height, width):
    line = rng.uniform(-1, 1, (2, 1, height, width)).astype(np.float32)
    hints = rng.uniform(-1, 1, (2, 4, height // 4, width // 4)).astype(np.float32)
    expected = Network(half_bundle.file(ENCODER), half_bundle.file(PAINTER)).paint(line, hints)
    by_ort = Network(*map(half_bundle.file, HALF.values())).paint(line, hints)
    encoder, painter = (CORE.compile_model(str(half_bundle.file(name)), "CPU") for name in HALF.values())
    sums = encoder({"line_art": line})
    by_openvino = painter({"hints": hints, **{name: sums[name] for name in SUMS}})["color"]
    assert by_ort.shape == by_openvino.shape == (2, 3, height, width)
    assert np.abs(by_ort - expected).max() < 0.02
    assert np.abs(by_openvino - expected).max() < 0.05  # in bf16 where the processor has it


def test_the_proof_is_in_the_manifest_and_beside_the_graphs(half_bundle):
    half = half_bundle.manifest["fp16"]
    assert half["share_of_operations"] == 1.0
    assert half["fp32_nodes"] == {}
    proof = half["verification"]
    assert [image["image"] for image in proof["images"]] == [path.name for path, _ in examples()]
    worst = min(proof["images"], key=lambda image: image["psnr"])
    assert (proof["worst_image"], proof["psnr"]) == (worst["image"], worst["psnr"])
    assert 45 <= worst["psnr"] < 120
    assert 0 < worst["mean_ciede2000"] < worst["p99_ciede2000"] < 2
    with Image.open(half_bundle.file("fp16.png")) as picture:
        assert picture.width == 3 * SIZE
    assert set(half_bundle.manifest["files"]) >= {*HALF.values(), "fp16.png", WEIGHTS}
    half_bundle.verify()


def test_a_damaged_weight_is_found_and_the_worst_image_named(half_bundle, tmp_path):
    """The FP16 graphs on other weights than the fp32 graphs: one is 1 greater."""
    damaged = tmp_path / "damaged"
    shutil.copytree(half_bundle.path, damaged)
    (tensor,) = (t for t in load(half_bundle, PAINTER).graph.initializer if t.name == "painter.exit.weight")
    offset = int(next(entry.value for entry in tensor.external_data if entry.key == "offset"))
    content = bytearray((damaged / WEIGHTS).read_bytes())
    weight = np.frombuffer(content, np.float16, count=1, offset=offset)[0]
    content[offset : offset + 2] = np.float16(weight + 1).tobytes()
    (damaged / WEIGHTS).write_bytes(content)
    sound, found = load_cases([(line_art(), hint_layer()), (line_art(96, 64, 5), hint_layer(96, 64))], SIZE), []
    exact = Network(half_bundle.file(ENCODER), half_bundle.file(PAINTER))
    other = Network(*(damaged / name for name in HALF.values()))
    for case in sound:
        inputs = (case.line_art, case.hint_map)
        found.append(compare_pictures(case, other.paint(*inputs), exact.paint(*inputs)))
    worst = min(found, key=lambda comparison: comparison.psnr)
    with pytest.raises(ModelError, match=f"{worst.image} comes out at .* dB PSNR from the fp32 network, expected at "):
        require_psnr(found, 45.0, "fp16")


@pytest.fixture
def overflowing(tiny_bundle, tmp_path):
    """A bundle whose weights fit fp16 and whose values do not: the first layers make them a million times larger."""
    folder = tmp_path / "overflowing"
    shutil.copytree(tiny_bundle.path, folder)
    weights = load_file(folder / WEIGHTS)
    for layer in ("enc0", "enc1", "enc2"):
        weights[f"encoder.{layer}.weight"] *= np.float16(100)
    (folder / WEIGHTS).write_bytes(save_tensors(weights))
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][WEIGHTS]["sha256"] = sha256(folder / WEIGHTS)
    write_manifest(folder, manifest)
    return folder


@pytest.fixture
def pictures(tmp_path):
    """A folder of line art, one with hints."""
    folder = tmp_path / "pictures"
    save(line_art(), folder / "a.png")
    save(hint_layer(), folder / "a.hints.png")
    save(line_art(64, 48, 3), folder / "b.png")
    return folder


def test_line_art_of_a_folder(pictures, tmp_path):
    assert [(p.name, h and h.name) for p, h in find_examples(pictures)] == [("a.png", "a.hints.png"), ("b.png", None)]
    with pytest.raises(InputError, match="found none"):
        find_examples(tmp_path)


def test_export_fails_below_the_threshold_and_installs_nothing(tiny_bundle, pictures, tmp_path, monkeypatch, capsys):
    pts = Runner(monkeypatch, capsys)
    out = tmp_path / "out"
    result = pts("export", tiny_bundle.path, "-o", out, "--fp16", "--min-psnr", "190", "--verify-images", pictures)
    assert result.code == 2
    assert "dB PSNR from the fp32 network, expected at least 190" in result.err
    assert any(name in result.err for name in ("a.png", "b.png"))
    assert not out.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.fp16.png", "pictures"]


def test_export_keeps_in_fp32_what_measuring_asks_for(tiny_bundle, monkeypatch, tmp_path):
    """With a threshold that all-fp16 misses by a little, the part that wins most is kept, and the rest is fp16."""
    monkeypatch.setattr(calibrate, "MARGIN", 0.0)
    calibration = Calibration(tiny_bundle.path, load_cases([(line_art(), hint_layer())], SIZE))
    base = calibration.measure({})
    gains = calibration.gains()
    best = max(gains, key=gains.__getitem__)
    assert "encoder features.input" in gains
    assert gains[best] > 0.1
    choice = choose_precision(calibration, base + gains[best] - 0.05)
    (kept,) = (nodes for nodes in choice.full.values() if nodes)
    assert kept == next(nodes for _, label, nodes in calibration.candidates() if label == best)
    assert choice.psnr == pytest.approx(base + gains[best], abs=0.02)
    assert 0.95 <= calibration.share(choice.full) < 1
    assert choose_precision(calibration, base - 1).full == {ENCODER: [], PAINTER: []}


def test_overflow_in_fp16_fails_the_command(overflowing, pictures, tmp_path, monkeypatch, capsys):
    pts = Runner(monkeypatch, capsys)
    result = pts("export", overflowing, "-o", tmp_path / "out", "--fp16", "--verify-images", pictures)
    assert result.code == 2
    assert "fp16: a.png comes out at" in result.err or "fp16: b.png comes out at" in result.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [((), "a bundle already; add --fp16"), (("--fp16", "--name", "x"), "expected a checkpoint, received a bundle")],
)
def test_options_that_do_not_fit_a_bundle(tiny_bundle, tmp_path, monkeypatch, capsys, options, message):
    result = Runner(monkeypatch, capsys)("export", tiny_bundle.path, "-o", tmp_path / "out", *options)
    assert result.code == 2
    assert message in result.err


def test_nothing_is_overwritten(tiny_bundle, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(OutputError, match="new or empty folder"):
        extend_bundle(tiny_bundle, tmp_path / "out", examples=examples(), size=SIZE)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine"]
