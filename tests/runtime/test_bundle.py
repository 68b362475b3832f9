import json
import shutil

import pytest

from paintstorch_sdk import bundle as bundles
from paintstorch_sdk.bundle import (
    DIGEST,
    ENCODER,
    FILES,
    MANIFEST,
    PAINTER,
    WEIGHTS,
    Bundle,
    find_model,
    list_models,
    partial_sums,
    write_manifest,
)
from paintstorch_sdk.errors import BundleError, InputError


@pytest.fixture
def folder(tiny_bundle, tmp_path):
    """A copy of the tiny bundle, to be damaged."""
    return shutil.copytree(tiny_bundle.path, tmp_path / "model")


def rewrite(folder, **changes):
    """Change the manifest; a value of None takes the key out."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8")) | changes
    kept = {key: value for key, value in manifest.items() if value is not None}
    write_manifest(folder, kept)


def test_what_a_bundle_says(folder):
    bundle = Bundle.open(folder)
    assert bundle.path == folder
    assert (bundle.name, bundle.width, bundle.feature_width, bundle.working_size) == ("tiny", 8, 8, 256)
    assert bundle.bytes == sum((folder / file).stat().st_size for file in FILES)
    assert bundle.file(WEIGHTS) == folder / WEIGHTS
    assert Bundle.open(str(folder)).path == folder
    assert Bundle.open(bundle) is bundle


def test_the_bundled_model():
    assert "default" in list_models()
    bundle = Bundle.open()
    assert bundle.path.name == "default"
    assert bundle.bytes < 20e6
    assert bundle.manifest["license"]


class TestNames:
    def test_a_name_is_not_a_folder_of_the_same_name(self, folder, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        folder.rename("default")
        assert find_model("default") == bundles.BUNDLED / "default"
        assert find_model("./default").samefile(tmp_path / "default")

    @pytest.mark.parametrize(
        "name", ["nothing", "Default", "../models/default/x", "default/", "default\0", "x" * 5000, "~", "default\n"]
    )
    def test_unknown_models_are_named_with_the_known(self, name, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(BundleError, match=r"expected a bundle's folder or one of: .*default") as caught:
            Bundle.open(name)
        assert "\n" not in str(caught.value)

    def test_what_a_killed_export_left_is_no_model(self, folder, tmp_path, monkeypatch):
        monkeypatch.setattr(bundles, "BUNDLED", tmp_path)
        folder.rename(tmp_path / ".model.0123abcd.partial")
        assert list_models() == []
        with pytest.raises(BundleError, match="one of: hf://owner/name"):
            find_model(".model.0123abcd.partial")

    def test_a_file_is_no_bundle(self, folder):
        with pytest.raises(BundleError, match="expected a bundle's folder"):
            Bundle.open(folder / WEIGHTS)

    def test_a_folder_without_a_manifest(self, tmp_path):
        with pytest.raises(BundleError, match=r"expected a model bundle with a manifest\.json: No such file"):
            Bundle.open(tmp_path)


class TestFiles:
    @pytest.mark.parametrize("file", FILES)
    def test_a_missing_file(self, folder, file):
        (folder / file).unlink()
        with pytest.raises(BundleError, match=rf"{file}: missing from the bundle"):
            Bundle.open(folder)

    @pytest.mark.parametrize("file", FILES)
    def test_one_flipped_bit(self, folder, file):
        content = bytearray((folder / file).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / file).write_bytes(content)
        with pytest.raises(BundleError, match=rf"{file}: expected SHA-256 .* the file is damaged or was changed"):
            Bundle.open(folder)

    @pytest.mark.parametrize("file", FILES)
    def test_a_truncated_file(self, folder, file):
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content[:-1])
        with pytest.raises(BundleError, match="expected SHA-256"):
            Bundle.open(folder)

    def test_a_folder_in_the_place_of_a_file(self, folder):
        (folder / ENCODER).unlink()
        (folder / ENCODER).mkdir()
        with pytest.raises(BundleError, match=ENCODER):
            Bundle.open(folder)

    def test_a_further_file_is_verified_too(self, folder):
        entry = {"sha256": "0" * 64, "bytes": 3}
        files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
        rewrite(folder, files=files | {"sm89.engine": entry})
        with pytest.raises(BundleError, match=r"sm89\.engine: missing"):
            Bundle.open(folder)
        (folder / "sm89.engine").write_bytes(b"abc")
        with pytest.raises(BundleError, match=r"sm89\.engine: expected SHA-256"):
            Bundle.open(folder)

    @pytest.mark.parametrize("file", ["../outside", "/etc/passwd", "a/b", "a\\b", "..", ".hidden", "", "C:x", "a\nb"])
    def test_names_that_lead_outside(self, folder, file):
        (folder.parent / "outside").write_bytes(b"abc")
        entry = {"sha256": bundles.sha256(folder.parent / "outside"), "bytes": 3}
        files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
        rewrite(folder, files=files | {file: entry})
        with pytest.raises(BundleError, match="expected names of files in this folder") as caught:
            Bundle.open(folder)
        assert "\n" not in str(caught.value)


class TestManifest:
    @pytest.mark.parametrize(
        "change",
        [
            {"name": "other"},
            {"architecture": {"width": 16, "feature_width": 8}},
            {"working_size": 2048},
            {"confidence": 0.9},
            {"license": "CC0-1.0"},
            {"provenance": {}},
            {"engines": [{"file": "x.engine"}]},
            {"more": 1},
            {DIGEST: None},
            {DIGEST: "0" * 64},
            {DIGEST: 5},
        ],
    )
    def test_a_changed_manifest_is_refused(self, folder, change):
        manifest = json.loads((folder / MANIFEST).read_text("utf-8")) | change
        (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
        with pytest.raises(BundleError, match=r"manifest\.json: not as it was written .* export the model again"):
            Bundle.open(folder)

    def test_layout_and_order_do_not_count(self, folder):
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        (folder / MANIFEST).write_text(json.dumps(dict(sorted(manifest.items()))), "utf-8")
        assert Bundle.open(folder).manifest == manifest

    @pytest.mark.parametrize("schema", [None, 0, 2, "1", 99, [1]])
    def test_other_schemas(self, folder, schema):
        rewrite(folder, schema=schema)
        with pytest.raises(BundleError, match=r"expected schema 1, received .*; export the model again"):
            Bundle.open(folder)

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", "5", '"manifest"', "[" * 100_000])
    def test_what_is_no_manifest(self, folder, text):
        (folder / MANIFEST).write_text(text, "utf-8")
        with pytest.raises(BundleError, match=r"manifest\.json: (not JSON|expected schema 1)"):
            Bundle.open(folder)

    def test_what_is_no_text(self, folder):
        (folder / MANIFEST).write_bytes(b"\xff\xfe\x00")
        with pytest.raises(BundleError, match="not JSON"):
            Bundle.open(folder)

    @pytest.mark.parametrize("key", ["name", "files", "architecture", "working_size"])
    @pytest.mark.parametrize("value", [None, 0, -1, "", [], {}, "text\nof two lines", True, 1.5])
    def test_missing_and_malformed_entries(self, folder, key, value):
        rewrite(folder, **{key: value})
        with pytest.raises(BundleError, match=r"manifest\.json: (incomplete or malformed|expected)") as caught:
            Bundle.open(folder)
        assert "\n" not in str(caught.value)

    def test_how_sure_the_network_is_of_colors_that_flowed(self, folder):
        for value in (0, 0.55, 1):
            rewrite(folder, confidence=value)
            assert Bundle.open(folder).confidence == value
        for value in (-1, 1.5, "0.5", True, [], float("nan")):
            rewrite(folder, confidence=value)
            with pytest.raises(BundleError, match="expected confidence from 0 to 1"):
                Bundle.open(folder)

    @pytest.mark.parametrize(("spread", "confidence"), [(192, 1.0), (0, 0.0), (None, 0.0)])
    def test_bundles_from_before_there_was_confidence(self, folder, spread, confidence):
        rewrite(folder, confidence=None, spread=spread)
        assert Bundle.open(folder).confidence == confidence

    @pytest.mark.parametrize("file", FILES)
    def test_a_file_that_is_not_listed(self, folder, file):
        files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
        del files[file]
        rewrite(folder, files=files)
        with pytest.raises(BundleError, match=rf"expected the files .*, {file} missing"):
            Bundle.open(folder)

    @pytest.mark.parametrize(
        "entry",
        [
            None,
            5,
            {},
            {"sha256": "0" * 64},
            {"bytes": 5},
            {"sha256": "0" * 63, "bytes": 5},
            {"sha256": "A" * 64, "bytes": 5},
            {"sha256": 64 * [0], "bytes": 5},
            {"sha256": "0" * 64, "bytes": "5"},
            {"sha256": "0" * 64, "bytes": 0},
        ],
    )
    def test_malformed_files(self, folder, entry):
        files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
        rewrite(folder, files=files | {PAINTER: entry})
        with pytest.raises(BundleError, match=r"manifest\.json: (incomplete or malformed|expected)"):
            Bundle.open(folder)

    @pytest.mark.parametrize("architecture", [{}, {"width": 8}, {"width": "8", "feature_width": 8}, [8, 8], "8"])
    def test_malformed_architectures(self, folder, architecture):
        rewrite(folder, architecture=architecture)
        with pytest.raises(BundleError, match=r"manifest\.json: (incomplete or malformed|expected)"):
            Bundle.open(folder)


def test_partial_sums_are_those_of_the_encoder(tiny_checkpoint):
    import torch

    from paintstorch_sdk.networks.split import PartialSums, split_network

    encoder, _ = split_network(tiny_checkpoint.generator, tiny_checkpoint.features)
    with torch.inference_mode():
        sums = encoder(torch.zeros(2, 1, 64, 96))
    described = partial_sums(8)
    assert tuple(described) == PartialSums._fields
    for name, (channels, scale) in described.items():
        assert getattr(sums, name).shape == (2, channels, 64 // scale, 96 // scale)


def test_a_relative_model_stays_when_the_process_goes_elsewhere(tiny_bundle, tmp_path, monkeypatch):
    shutil.copytree(tiny_bundle.path, tmp_path / "m")
    monkeypatch.chdir(tmp_path)
    bundle = Bundle.open("m")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    bundle.verify()


@pytest.mark.parametrize("model", [None, 3, b"default", ["default"]])
def test_a_model_of_a_wrong_type(model):
    with pytest.raises(InputError, match="model: expected str or Path or Bundle, received"):
        Bundle.open(model)
