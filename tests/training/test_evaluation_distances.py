"""Frechet distances, the networks behind them, and LPIPS."""

import base64
import json

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from paintstorch_sdk.errors import CheckpointError, InputError
from paintstorch_sdk.training.evaluation import nsfwjs
from paintstorch_sdk.training.evaluation.frechet import frechet_distance
from paintstorch_sdk.training.evaluation.inception import Conv, Inception, load_drawing, load_fid
from paintstorch_sdk.training.evaluation.lpips import ALEXNET, LAYERS, LINEAR, SCALE, SHIFT, Lpips, load_lpips


class TestFrechetDistance:
    def test_equal_sets_are_at_no_distance(self, rng):
        a = rng.normal(size=(40, 6))
        assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-9)

    def test_a_shift_counts_its_squared_length(self, rng):
        a, shift = rng.normal(size=(30, 5)), np.array([3.0, 0, 0, -4, 0])
        assert frechet_distance(a, a + shift) == pytest.approx(25.0)

    def test_known_gaussians(self):
        """Samples whose mean and covariance are exact; of commuting covariances the distance has a closed form."""
        signs = np.array([[x, y] for x in (-1, 1) for y in (-1, 1)], float)  # covariance 4/3 I
        unit = signs * np.sqrt(3 / 4)
        one, other = unit * (1.0, 2.0), unit * (4.0, 3.0) + (1.0, 0.0)
        # |m|^2 + sum of (s1 - s2)^2 of the standard deviations
        assert frechet_distance(one, other) == pytest.approx(1.0 + (1 - 4) ** 2 + (2 - 3) ** 2)

    def test_one_dimension(self, rng):
        a, b = rng.normal(2, 3, (500, 1)), rng.normal(-1, 1, (300, 1))
        expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
        assert frechet_distance(a, b) == pytest.approx(expected)

    @pytest.mark.parametrize(("n", "m", "d"), [(60, 80, 12), (9, 7, 30)])
    def test_is_the_formula_with_a_matrix_root(self, rng, n, m, d):
        """Also with fewer rows than columns, where the covariances have no full rank."""
        linalg = pytest.importorskip("scipy.linalg")
        a = rng.normal(size=(n, d)) @ rng.normal(size=(d, d))
        b = rng.normal(size=(m, d)) @ rng.normal(size=(d, d)) + 0.5
        c1, c2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
        half = linalg.sqrtm(c1 + 1e-10 * np.eye(d)).real
        root = linalg.sqrtm(half @ c2 @ half + 1e-10 * np.eye(d)).real
        expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2 * np.trace(root)
        assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-3)

    @pytest.mark.parametrize(("one", "other"), [((5, 3), (5, 4)), ((1, 3), (5, 3)), ((5,), (5,))])
    def test_refuses_shapes(self, one, other):
        with pytest.raises(InputError, match="features: expected"):
            frechet_distance(np.zeros(one), np.zeros(other))

    def test_refuses_nan(self):
        with pytest.raises(InputError, match="finite"):
            frechet_distance(np.full((3, 2), np.nan), np.zeros((3, 2)))


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Inception()
        for module in network.modules():
            if isinstance(module, Conv):  # or nothing would be left of a picture after 94 layers
                torch.nn.init.kaiming_normal_(module.conv.weight, nonlinearity="relu")
        return network.eval()


class TestInception:
    def test_has_the_published_shape(self, network):
        convs = [module for module in network.modules() if isinstance(module, Conv)]
        assert len(convs) == 94
        # 21,802,784: InceptionV3 without its classes, its batch normalization included (Keras, include_top=False,
        # counts 17,216 scales fewer and as many running means and variances more than torch's parameters).
        weights = sum(p.numel() for p in network.parameters())
        channels = sum(module.conv.out_channels for module in convs)
        assert weights - channels + 2 * channels == 21_802_784
        assert network(torch.zeros(1, 3, 299, 299)).shape == (1, 2048)

    def test_fid_takes_the_larger_neighbor_in_its_last_block(self, network):
        fid = Inception("max").eval()
        fid.load_state_dict(network.state_dict())
        picture = torch.rand(1, 3, 299, 299)
        with torch.inference_mode():
            one, other = network(picture)[0], fid(picture)[0]
        torch.testing.assert_close(one[:-192], other[:-192])
        assert (one[-192:] - other[-192:]).abs().max() > 0.1 * one[-192:].max()

    def test_refuses_other_files(self, tmp_path):
        path = tmp_path / "weights.pth"
        path.write_bytes(b"nothing of the kind")
        with pytest.raises(CheckpointError, match="pt_inception"):
            load_fid(path)
        with pytest.raises(CheckpointError, match="nsfwjs"):
            load_drawing(path)
        torch.save({"Conv2d_1a_3x3.conv.weight": torch.zeros(1)}, path)
        with pytest.raises(CheckpointError, match="InceptionV3"):
            load_fid(path)

    def test_reads_the_published_layout(self, network, tmp_path):
        """The published file has classes, too, and a pickled dictionary of torchvision's names."""
        state = {**network.state_dict(), "fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}
        torch.save(state, tmp_path / "fid.pth")
        extract = load_fid(tmp_path / "fid.pth")
        assert extract.low == -1.0
        features = extract(np.full((30, 30, 3), 51, np.uint8))
        assert features.shape == (2048,)
        with torch.inference_mode():
            expected = extract.network(torch.full((1, 3, 299, 299), 2 * 51 / 255 - 1))[0].numpy()
        assert expected.max() > 1e-3
        np.testing.assert_allclose(features, expected, rtol=0, atol=1e-5 * expected.max())


def write_package(folder, network):
    """The npm package as it ships a network: minified scripts with JSON-like JavaScript and base64, 8 bits a weight."""
    entries, data = [], b""

    def add(name, values):
        nonlocal data
        low, high = float(values.min()), float(values.max())
        scale = max((high - low) / 255, 1e-3)
        data += np.rint((values - low) / scale).astype(np.uint8).tobytes()
        number = json.dumps(low).replace("0.", ".", 1) if 0 < abs(low) < 1 else json.dumps(low)
        shape = json.dumps(list(values.shape), separators=(",", ":"))
        how = f'quantization:{{min:{number},scale:{scale},dtype:"uint8"}}'
        entries.append(f'{{name:"{name}",shape:{shape},dtype:"float32",{how}}}')
        return np.rint((values - low) / scale) * scale + low

    expected = {}
    convs = [(name, module) for name, module in network.named_modules() if isinstance(module, Conv)]
    for i, (name, module) in enumerate(convs, 1):
        kernel = module.conv.weight.detach().permute(2, 3, 1, 0).numpy()
        expected[f"{name}.conv.weight"] = add(f"conv2d_{i}/kernel", kernel).transpose(3, 2, 0, 1)
        for part, ours in (
            ("beta", "bias"),
            ("moving_mean", "running_mean"),
            ("moving_variance", "running_var"),
        ):
            values = getattr(module.bn, ours).detach().numpy()
            expected[f"{name}.bn.{ours}"] = add(f"batch_normalization_{i}/{part}", values)
    add("dense_1/kernel", np.linspace(0.25, 0.5, 12).reshape(3, 4))
    models = folder / nsfwjs.FOLDER
    models.mkdir(parents=True)
    listing = f'weightsManifest:[{{paths:["a"],weights:[{",".join(entries)}]}}]'
    (models / "model.min.js").write_text(f"!function(){{n.exports={{modelTopology:{{}},{listing}}}}}()", "utf-8")
    half = len(data) // 2
    for i, part in enumerate((data[:half], data[half:]), 1):
        script = f'!function(){{n.exports="{base64.b64encode(part).decode()}"}}()'
        (models / f"group1-shard{i}of2.min.js").write_text(script, "ascii")
    return expected


class TestNsfwjs:
    def test_converts_every_weight_to_its_place(self, network, tmp_path):
        expected = write_package(tmp_path / "package", network)
        out = tmp_path / "drawings.safetensors"
        nsfwjs.main([str(tmp_path / "package"), str(out)])
        state = load_drawing(out).network.state_dict()
        for name, values in expected.items():
            np.testing.assert_allclose(state[name], values, rtol=0, atol=1e-5, err_msg=name)

    def test_refuses_another_folder(self, tmp_path):
        with pytest.raises(InputError, match=r"model\.min\.js"):
            nsfwjs.convert(tmp_path, tmp_path / "out.safetensors")


class TestLpips:
    def test_is_the_papers_formula(self, rng):
        with torch.random.fork_rng():
            torch.manual_seed(1)
            network = Lpips()
        a, b = rng.integers(0, 256, (2, 70, 65, 3), np.uint8)
        total = 0.0
        x, y = (
            ((torch.tensor(p).permute(2, 0, 1).double() / 127.5 - 1) - torch.tensor(SHIFT).view(3, 1, 1).double())
            / torch.tensor(SCALE).view(3, 1, 1).double()
            for p in (a, b)
        )
        for conv, linear, (*_, stride, padding, pooled) in zip(network.convs, network.linear, LAYERS, strict=True):
            weight, bias = conv.weight.double(), conv.bias.double()
            x, y = (F.max_pool2d(v[None], 3, 2)[0] if pooled else v for v in (x, y))
            x, y = (F.conv2d(v[None], weight, bias, stride, padding)[0].clamp(min=0) for v in (x, y))
            height, width = x.shape[1:]
            for i in range(height):
                for j in range(width):
                    one, other = x[:, i, j] / x[:, i, j].norm(), y[:, i, j] / y[:, i, j].norm()
                    total += float((linear.flatten().double() * (one - other) ** 2).sum()) / (height * width)
        assert network(a, b) == pytest.approx(total, rel=1e-4)
        assert network(a, a) == 0.0

    def test_reads_the_published_files(self, tmp_path, rng):
        with torch.random.fork_rng():
            torch.manual_seed(2)
            network = Lpips()
        trunk = {
            f"features.{place}.{part}": getattr(conv, part)
            for conv, (place, *_) in zip(network.convs, LAYERS, strict=True)
            for part in ("weight", "bias")
        }
        torch.save(trunk | {"classifier.1.weight": torch.zeros(2)}, tmp_path / ALEXNET)
        torch.save({f"lin{i}.model.1.weight": w for i, w in enumerate(network.linear)}, tmp_path / LINEAR)
        a, b = rng.integers(0, 256, (2, 64, 64, 3), np.uint8)
        assert load_lpips(tmp_path)(a, b) == network(a, b)
        torch.save({}, tmp_path / LINEAR)
        with pytest.raises(CheckpointError, match=r"LPIPS 0\.1 on AlexNet"):
            load_lpips(tmp_path)
        (tmp_path / LINEAR).unlink()
        with pytest.raises(CheckpointError, match="expected a file of weights"):
            load_lpips(tmp_path)
