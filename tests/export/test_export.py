import json
import os
import shutil
import stat
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from paintstorch_sdk.backends.registry import open_backend
from paintstorch_sdk.bundle import ENCODER, FILES, MANIFEST, PAINTER, WEIGHTS, Bundle, partial_sums, sha256
from paintstorch_sdk.errors import InputError, ModelError, OutputError
from paintstorch_sdk.export import bundle_writer as bundles
from paintstorch_sdk.export.bundle_writer import verify_bundle, write_bundle
from paintstorch_sdk.export.cost import node_costs
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.networks import checkpoint
from paintstorch_sdk.networks.checkpoint import Architecture, Checkpoint

LINES = np.full((40, 60), 255, np.uint8)
LINES[::7] = LINES[:, ::11] = 0
EXAMPLES = [(LINES, Hints((Stroke([(10, 10), (40, 30)], "#e8a0b4", 9),)))]
ARGUMENTS = {"name": "tiny", "license": "Apache-2.0", "working_size": 256, "examples": EXAMPLES}


@pytest.fixture
def damaging(tiny_bundle, monkeypatch):
    """Export writes the files of the tiny bundle, after they were damaged: the graphs need not be made again."""

    def use(damage):
        def write(encoder, painter, folder, drawer):
            for file in FILES:
                shutil.copy(tiny_bundle.file(file), folder / file)
            damage(folder)

        monkeypatch.setattr(bundles, "write_graphs", write)

    return use


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestTheBundle:
    def test_files_and_manifest(self, tiny_bundle):
        assert names(tiny_bundle.path) == sorted([*FILES, MANIFEST])
        manifest = json.loads((tiny_bundle.path / MANIFEST).read_text("utf-8"))
        assert manifest["schema"] == 1
        assert manifest["name"] == "tiny"
        assert manifest["license"] == "Apache-2.0"
        assert manifest["architecture"] == {"width": 8, "feature_width": 8}
        assert (manifest["working_size"], manifest["size_multiple"], manifest["hint_step"]) == (256, 32, 4)
        assert manifest["provenance"] == {"trained": False}
        assert manifest["quality"] == {"example": 1.0}
        assert set(manifest["files"]) == set(FILES)
        for file, entry in manifest["files"].items():
            assert entry == {
                "sha256": sha256(tiny_bundle.path / file),
                "bytes": (tiny_bundle.path / file).stat().st_size,
            }

    def test_the_proof_is_in_the_manifest(self, tiny_bundle):
        proof = tiny_bundle.manifest["verification"]
        assert 0 <= proof["max_difference"] <= 1e-5
        assert proof["rounding_psnr"] >= 45

    def test_the_manifest_describes_the_graphs(self, tiny_bundle):
        described = tiny_bundle.manifest["graphs"]
        for file, key in ((ENCODER, "encoder"), (PAINTER, "painter")):
            graph = onnx.load(str(tiny_bundle.file(file)), load_external_data=False).graph
            for side, values in (("inputs", graph.input), ("outputs", graph.output)):
                found = {value.name: self.shape(value) for value in values}
                assert found == {name: [str(size) for size in shape] for name, shape in described[key][side].items()}
        assert set(described["encoder"]["outputs"]) == set(partial_sums(8))

    def shape(self, value):
        assert value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
        sizes = [d.dim_param or str(d.dim_value) for d in value.type.tensor_type.shape.dim]
        return [f"{size}/1" if value.name == "exit" and size in ("height", "width") else size for size in sizes]

    def test_weights_are_stored_once_in_fp16(self, tiny_bundle):
        stored = 0
        for file in (ENCODER, PAINTER):
            graph = onnx.load(str(tiny_bundle.file(file)), load_external_data=False).graph
            for tensor in graph.initializer:
                if tensor.data_location == onnx.TensorProto.EXTERNAL:
                    assert tensor.data_type == onnx.TensorProto.FLOAT16
                    where = {entry.key: entry.value for entry in tensor.external_data}
                    assert where["location"] == WEIGHTS
                    stored += int(where["length"])
            assert tiny_bundle.file(file).stat().st_size < 200_000
        size = tiny_bundle.file(WEIGHTS).stat().st_size
        assert stored <= size < stored + 50_000

    def test_graphs_say_nothing_of_the_machine_that_made_them(self, tiny_bundle):
        for file in (ENCODER, PAINTER, MANIFEST):
            content = tiny_bundle.file(file).read_bytes()
            for word in (b"site-packages", b".py", str(Path.cwd()).encode(), str(Path.home()).encode() + b"/"):
                assert word not in content

    def test_everybody_may_read_the_files(self, tiny_bundle):
        modes = {stat.S_IMODE(tiny_bundle.file(file).stat().st_mode) for file in (*FILES, MANIFEST)}
        assert len(modes) == 1
        if os.name == "posix":
            umask = os.umask(0)
            os.umask(umask)
            assert modes == {0o666 & ~umask}

    def test_the_weights_are_the_checkpoint_s(self, tiny_bundle, tiny_checkpoint):
        assert verify_bundle(tiny_checkpoint, tiny_bundle, EXAMPLES)["max_difference"] <= 1e-5

    def test_another_checkpoint_is_told_apart(self, tiny_bundle):
        with torch.random.fork_rng():
            torch.manual_seed(1)
            generator, features = Architecture(8, 8).build()
        with pytest.raises(ModelError, match="the ONNX graphs differ from the network"):
            verify_bundle(Checkpoint(generator.eval(), features.eval()), tiny_bundle, EXAMPLES)


class TestSizes:
    """The ends of the sizes that engines take by default."""

    @pytest.mark.parametrize(("batch", "height", "width"), [(1, 256, 256), (8, 256, 256), (1, 1088, 1920)])
    def test_two_runtimes_agree(self, tiny_bundle, rng, batch, height, width):
        line_art = rng.uniform(-1, 1, (batch, 1, height, width)).astype(np.float32)
        hints = rng.uniform(-1, 1, (batch, 4, height // 4, width // 4)).astype(np.float32)
        painted = []
        for name in ("onnxruntime", "openvino"):
            with open_backend(tiny_bundle, name, "fp32") as backend:
                painted.append(backend.paint(backend.encode(line_art), hints))
        assert painted[0].shape == (batch, 3, height, width)
        assert painted[0].std() > 0.05
        assert np.abs(painted[0] - painted[1]).max() < 1e-3

    def test_shapes_follow_from_the_inputs(self, tiny_bundle):
        """Strict shape inference gives every value its size, at the largest profile."""
        for file in (ENCODER, PAINTER):
            model = onnx.load(str(tiny_bundle.file(file)), load_external_data=False)
            costs = node_costs(model, 8, 1088, 1920)
            assert min(cost.operations for cost in costs) > 0


class TestRefusals:
    """A bundle that does not paint what the network paints is not written, and nothing is left behind."""

    def refused(self, tiny_checkpoint, tmp_path, said, error=ModelError):
        with pytest.raises(error, match=said) as caught:
            write_bundle(tiny_checkpoint, tmp_path / "models" / "new", **ARGUMENTS)
        assert "\n" not in str(caught.value)
        assert names(tmp_path / "models") == []

    def test_a_sound_export(self, damaging, tiny_checkpoint, tmp_path):
        """The same without damage: what follows is refused for the damage alone."""
        damaging(lambda folder: None)
        bundle = write_bundle(tiny_checkpoint, tmp_path / "models" / "new", **ARGUMENTS)
        assert bundle.path == tmp_path / "models" / "new"
        assert names(tmp_path / "models") == ["new"]
        Bundle.open(tmp_path / "models" / "new")

    def test_a_damaged_weight(self, damaging, tiny_checkpoint, tmp_path):
        def damage(folder):
            content = bytearray((folder / WEIGHTS).read_bytes())
            weights = np.frombuffer(content[-4000:], np.float16) * np.float16(1.5)
            (folder / WEIGHTS).write_bytes(content[:-4000] + weights.tobytes())

        damaging(damage)
        self.refused(tiny_checkpoint, tmp_path, "the ONNX graphs differ from the network by .* nothing was written")

    def test_a_graph_with_another_slope(self, damaging, tiny_checkpoint, tmp_path):
        def damage(folder):
            model = onnx.load(str(folder / PAINTER), load_external_data=False)
            slopes = [node for node in model.graph.node if node.op_type == "LeakyRelu"]
            slopes[-1].attribute[0].f = 0.01
            (folder / PAINTER).write_bytes(model.SerializeToString())

        damaging(damage)
        self.refused(tiny_checkpoint, tmp_path, "the ONNX graphs differ from the network by")

    def test_a_graph_that_paints_no_numbers(self, damaging, tiny_checkpoint, tmp_path):
        """NaN is in no order with any limit."""

        def damage(folder):
            content = bytearray((folder / WEIGHTS).read_bytes())
            content[-2:] = np.float16(np.nan).tobytes()
            (folder / WEIGHTS).write_bytes(content)

        damaging(damage)
        self.refused(tiny_checkpoint, tmp_path, "the ONNX graphs differ from the network by nan")

    @pytest.mark.parametrize("value", [1e6, float("nan"), float("inf")])
    def test_weights_that_fp16_cannot_hold(self, tiny_bundle, tiny_checkpoint, tmp_path, monkeypatch, value):
        """Graphs and rounded network agree here: both are wrong."""
        generator, features = tiny_checkpoint.architecture.build()
        generator.load_state_dict(tiny_checkpoint.generator.state_dict())
        features.load_state_dict(tiny_checkpoint.features.state_dict())
        with torch.no_grad():
            generator.stage1.entry.weight[0, 0, 0, 0] = value
        spoiled = Checkpoint(generator.eval(), features.eval())

        def write(encoder, painter, folder, drawer):
            from safetensors.torch import load_file, save

            for file in (ENCODER, PAINTER):
                shutil.copy(tiny_bundle.file(file), folder / file)
            tensors = load_file(tiny_bundle.file(WEIGHTS))
            for name, tensor in painter.state_dict().items():
                tensors[f"painter.{name}"] = tensor.half()
            (folder / WEIGHTS).write_bytes(save(tensors))

        monkeypatch.setattr(bundles, "write_graphs", write)
        self.refused(spoiled, tmp_path, "nothing was written")

    @pytest.mark.parametrize("file", FILES)
    def test_a_file_that_was_not_written(self, damaging, tiny_checkpoint, tmp_path, file):
        damaging(lambda folder: (folder / file).unlink())
        self.refused(tiny_checkpoint, tmp_path, "cannot be written", OutputError)

    def test_interrupted(self, damaging, tiny_checkpoint, tmp_path):
        def interrupt(folder):
            raise KeyboardInterrupt

        damaging(interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_bundle(tiny_checkpoint, tmp_path / "models" / "new", **ARGUMENTS)
        assert names(tmp_path / "models") == []

    def test_no_examples(self, tiny_checkpoint, tmp_path):
        with pytest.raises(InputError, match="expected at least one line art"):
            write_bundle(tiny_checkpoint, tmp_path / "new", **ARGUMENTS | {"examples": []})
        assert names(tmp_path) == []


class TestConfidence:
    @pytest.mark.parametrize(
        ("samples", "asked", "expected"),
        [
            ({"flow": 0.85, "confidence": 0.5}, None, 0.5),
            ({"flow": 0.0, "confidence": 0.5}, None, 0.0),
            ({}, None, 0.0),
            ({}, 0.25, 0.25),
            ({"flow": 1, "confidence": 0.5}, 0.0, 0.0),
        ],
    )
    def test_as_in_training_unless_it_is_told(self, damaging, tiny_checkpoint, tmp_path, samples, asked, expected):
        damaging(lambda folder: None)
        trained = replace(tiny_checkpoint, provenance={"config": {"samples": samples}})
        written = write_bundle(trained, tmp_path / "new", **ARGUMENTS, confidence=asked)
        assert written.manifest["confidence"] == expected


class TestPlaces:
    def test_a_folder_that_is_not_empty(self, tiny_checkpoint, tmp_path):
        (tmp_path / "kept").write_text("precious", "utf-8")
        with pytest.raises(OutputError, match="expected a new or empty folder; delete it or choose another name"):
            write_bundle(tiny_checkpoint, tmp_path, **ARGUMENTS)
        assert names(tmp_path) == ["kept"]

    def test_a_file(self, tiny_checkpoint, tmp_path):
        (tmp_path / "file").write_text("precious", "utf-8")
        with pytest.raises(OutputError, match="expected a new or empty folder"):
            write_bundle(tiny_checkpoint, tmp_path / "file", **ARGUMENTS)
        with pytest.raises(OutputError, match="cannot be written"):
            write_bundle(tiny_checkpoint, tmp_path / "file" / "new", **ARGUMENTS)
        assert names(tmp_path) == ["file"]

    def test_an_empty_folder(self, damaging, tiny_checkpoint, tmp_path):
        damaging(lambda folder: None)
        (tmp_path / "new").mkdir()
        write_bundle(tiny_checkpoint, tmp_path / "new", **ARGUMENTS)
        assert names(tmp_path) == ["new"]


def test_killed_at_the_last_moment(tiny_bundle, tmp_path):
    """With all files written, before they were verified."""
    script = """
        import os, shutil, sys
        from pathlib import Path
        import numpy as np
        from paintstorch_sdk.bundle import FILES
        from paintstorch_sdk.export import bundle_writer
        from paintstorch_sdk.networks.checkpoint import Architecture, Checkpoint

        source, out = map(Path, sys.argv[1:])
        bundle_writer.write_graphs = lambda e, p, folder, drawer: [shutil.copy(source / f, folder / f) for f in FILES]
        bundle_writer.verify_bundle = lambda *_: os._exit(9)  # nothing is cleaned up
        bundle_writer.write_bundle(
            Checkpoint(*Architecture(8, 8).build()), out, name="tiny", license="", working_size=256,
            examples=[(np.zeros((40, 40), np.uint8), None)],
        )
    """
    out = tmp_path / "models" / "new"
    command = [sys.executable, "-c", textwrap.dedent(script), str(tiny_bundle.path), str(out)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    assert done.returncode == 9, done.stderr
    assert not out.exists()
    assert all(name.startswith(".new.") and name.endswith(".partial") for name in names(out.parent))


def test_the_same_network_gives_the_same_graphs(tiny_checkpoint, tiny_bundle, tmp_path):
    """Engines are keyed by their graphs' hashes: in another process, with other hash seeds, they must not change."""
    path = tmp_path / "tiny.safetensors"
    checkpoint.save(path, tiny_checkpoint.generator, tiny_checkpoint.features, {})
    code = "import sys; from paintstorch_sdk.cli import main; sys.exit(main())"
    for seed in ("1", "2"):
        arguments = ["export", str(path), "-o", str(tmp_path / seed)]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=os.environ | {"PYTHONHASHSEED": seed}, check=False
        )
        assert done.returncode == 0
    for name in ("encoder.onnx", "painter.onnx", "weights.safetensors"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
