import pickle
import zipfile

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from paintstorch_sdk.errors import CheckpointError
from paintstorch_sdk.networks import published
from paintstorch_sdk.networks.published import load_published

# The published networks, written from their layout alone: the names of their tensors are the names that
# published files have.


class PublishedBottleneck(nn.Module):
    def __init__(self, channels, cardinality, dilate):
        super().__init__()
        inner = channels // 2
        self.conv_reduce = nn.Conv2d(channels, inner, 1, 1, 0, bias=False)
        self.conv_conv = nn.Conv2d(inner, inner, 3, 1, dilate, dilate, cardinality, bias=False)
        self.conv_expand = nn.Conv2d(inner, channels, 1, 1, 0, bias=False)

    def forward(self, x):
        y = F.leaky_relu(self.conv_reduce(x), 0.2, True)
        y = F.leaky_relu(self.conv_conv(y), 0.2, True)
        return x + self.conv_expand(y)


class PublishedGenerator(nn.Module):
    def __init__(self, ngf=32, inputs=1, outputs=3, features=512):
        super().__init__()

        def down(*conv):
            return nn.Sequential(nn.Conv2d(*conv), nn.LeakyReLU(0.2))

        def tunnel(inputs, channels, cardinality, dilations):
            return nn.Sequential(
                nn.Conv2d(inputs, channels, 3, 1, 1),
                nn.LeakyReLU(0.2),
                nn.Sequential(*[PublishedBottleneck(channels, cardinality, d) for d in dilations]),
                nn.Conv2d(channels, 2 * channels, 3, 1, 1),
                nn.PixelShuffle(2),
                nn.LeakyReLU(0.2),
            )

        self.toH = down(4, ngf, 7, 1, 3)
        self.to0 = down(inputs, ngf // 2, 3, 1, 1)
        self.to1 = down(ngf // 2, ngf, 4, 2, 1)
        self.to2 = down(ngf, ngf * 2, 4, 2, 1)
        self.to3 = down(ngf * 3, ngf * 4, 4, 2, 1)
        self.to4 = down(ngf * 4, ngf * 8, 4, 2, 1)
        self.tunnel4 = tunnel(ngf * 8 + features, ngf * 8, 32, [1] * 20)
        self.tunnel3 = tunnel(ngf * 8, ngf * 4, 32, [1, 1, 2, 2, 4, 4, 2, 1])
        self.tunnel2 = tunnel(ngf * 4, ngf * 2, 32, [1, 1, 2, 2, 4, 4, 2, 1])
        self.tunnel1 = tunnel(ngf * 2, ngf, 16, [1, 2, 4, 2, 1])
        self.exit = nn.Conv2d(ngf, outputs, 3, 1, 1)

    def forward(self, sketch, hint, sketch_feat):
        hint = self.toH(hint)
        x0 = self.to0(sketch)
        x1 = self.to1(x0)
        x2 = self.to2(x1)
        x3 = self.to3(torch.cat([x2, hint], 1))
        x4 = self.to4(x3)
        x = self.tunnel4(torch.cat([x4, sketch_feat], 1))
        x = self.tunnel3(torch.cat([x, x3], 1))
        x = self.tunnel2(torch.cat([x, x2], 1))
        x = self.tunnel1(torch.cat([x, x1], 1))
        return torch.tanh(self.exit(torch.cat([x, x0], 1)))


class PublishedFeatures(nn.Sequential):
    def __init__(self, width=64, later_layers=True):
        w = width
        pool = [nn.MaxPool2d(2, 2, 0, ceil_mode=True)]
        layers = [nn.Conv2d(3, w, 3, 1, 1), nn.ReLU(), *pool, nn.Conv2d(w, 2 * w, 3, 1, 1), nn.ReLU(), *pool]
        layers += [
            nn.Conv2d(2 * w, 4 * w, 3, 1, 1),
            nn.ReLU(),
            nn.Conv2d(4 * w, 4 * w, 3, 1, 1),
            nn.ReLU(),
            *pool,
        ]
        layers += [nn.Conv2d(4 * w, 8 * w, 3, 1, 1), nn.ReLU(), nn.Conv2d(8 * w, 8 * w, 3, 1, 1), nn.ReLU()]
        if later_layers:
            layers += [*pool, nn.Conv2d(8 * w, 4, 3, 1, 1)]
        super().__init__(*layers)

    def forward(self, line_art):
        image = F.avg_pool2d(line_art, 2, 2).mul(0.5).add(0.5).mul(255)
        mean = torch.tensor([164.76139251, 167.47864617, 181.13838569]).view(1, 3, 1, 1)
        x = image.expand(-1, 3, -1, -1) - mean
        for layer in list(self)[:15]:
            x = layer(x)
        return x


def filled(module, seed=1):
    """Weights that keep a signal alive down to the output, and biases that are not zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in module.named_parameters():
            if name.endswith("bias"):
                tensor.normal_(0, 0.05, generator=generator)
            else:
                gain = 0.3 if "conv_expand" in name or "exit" in name else 1.3
                tensor.normal_(0, gain / tensor[0].numel() ** 0.5, generator=generator)
        if isinstance(module, PublishedFeatures):
            module[0].weight.div_(80)
    return module.eval()


def prefixed(state, prefix="module."):
    return {prefix + name: tensor for name, tensor in state.items()}


def way_back(generator):
    """The G2 beside a G1, of the same widths."""
    width = len(generator.toH[0].weight)
    return filled(PublishedGenerator(width, 3, 1, generator.tunnel4[0].weight.shape[1] - 8 * width), 3)


def layout(kind, generator, prefix):
    state = prefixed(generator.state_dict(), prefix)
    if kind == "PaintsTorch":
        g2 = prefixed(way_back(generator).state_dict(), prefix)
        adam = {
            "state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.zeros(2)}},
            "param_groups": [{"lr": 1e-4}],
        }
        return {"generator": state, "sketcher": g2, "optimizer": adam, "double": True, "epoch": 100}
    if kind == "AlacGAN":
        return {"epoch": 7, "state_dictG": state, "optimizer": {}}
    return state


def weightless(module):
    """A state dict of the right names and shapes that takes no space in a file."""
    return {name: torch.zeros(1).expand(tensor.shape) for name, tensor in module.state_dict().items()}


@pytest.fixture(scope="module")
def models():
    """A small G1 and F1 as they are published: width 32 and 8 (64 features)."""
    return filled(PublishedGenerator(32, features=64)), filled(PublishedFeatures(8), 2)


@pytest.fixture(scope="module")
def feature_file(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "i2v.pth"
    torch.save(models[1].state_dict(), path)
    return path


def inputs(size, batch=1):
    generator = torch.Generator().manual_seed(size)
    line_art = torch.rand(batch, 1, size, size, generator=generator) * 2 - 1
    hints = torch.rand(batch, 4, size // 4, size // 4, generator=generator) * 2 - 1
    return line_art, hints


def assert_same(models, checkpoint, size, batch=1):
    line_art, hints = inputs(size, batch)
    with torch.inference_mode():
        features = models[1](line_art)
        expected = models[0](line_art, hints, features)
        received_features = checkpoint.features(line_art)
        received = checkpoint.generator(line_art, hints, received_features)
    assert expected.std() > 0.05  # the comparison would mean little on a flat picture
    assert features.std() > 0.05
    assert (received_features - features).abs().max() < 1e-4 * features.abs().max()
    assert (received - expected).abs().max() < 1e-5


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("kind", ["PaintsTorch", "AlacGAN", "state dict"])
def test_every_layout_gives_the_same_picture(models, feature_file, tmp_path, kind, prefix):
    path = tmp_path / "g.pth"
    torch.save(layout(kind, models[0], prefix), path)
    checkpoint = load_published(path, feature_file)
    assert checkpoint.architecture.width == 32
    assert checkpoint.architecture.feature_width == 8
    assert checkpoint.provenance["source"] == kind
    assert not checkpoint.generator.training
    assert not checkpoint.features.training
    assert_same(models, checkpoint, 64, batch=2)


def test_g2_comes_along(models, feature_file, tmp_path):
    torch.save(layout("PaintsTorch", models[0], "module."), tmp_path / "g.pth")
    g2 = load_published(tmp_path / "g.pth", feature_file).g2
    assert not g2.training
    picture = torch.rand(1, 3, 32, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.inference_mode():
        others = torch.ones(1, 4, 8, 16), torch.ones(1, 64, 2, 4)
        expected = way_back(models[0])(picture, *others)
        assert (g2(picture, *others) - expected).abs().max() < 1e-5
    assert expected.std() > 0.05
    torch.save(layout("AlacGAN", models[0], ""), tmp_path / "g.pth")
    assert load_published(tmp_path / "g.pth", feature_file).g2 is None


def test_the_papers_size(tmp_path):
    """Width 64, 512 features, 512 x 512 pixels, PaintsTorch's layout."""
    models = filled(PublishedGenerator(64)), filled(PublishedFeatures(64), 2)
    torch.save(layout("PaintsTorch", models[0], "module."), tmp_path / "g.pth")
    torch.save(prefixed(models[1].state_dict()), tmp_path / "f.pth")
    checkpoint = load_published(tmp_path / "g.pth", tmp_path / "f.pth")
    assert checkpoint.architecture == type(checkpoint.architecture)(64, 64)
    assert_same(models, checkpoint, 512)


def test_alacgan_at_512_pixels(models, feature_file, tmp_path):
    torch.save(layout("AlacGAN", models[0], ""), tmp_path / "g.pth")
    assert_same(models, load_published(tmp_path / "g.pth", feature_file), 512)


def test_the_format_of_2018(models, feature_file, tmp_path):
    """What torch wrote before 1.6: pickles in a row, no zip archive."""
    torch.save(layout("AlacGAN", models[0], ""), tmp_path / "g.pth", _use_new_zipfile_serialization=False)
    assert not zipfile.is_zipfile(tmp_path / "g.pth")
    assert_same(models, load_published(tmp_path / "g.pth", feature_file), 64)


def test_provenance_says_where_it_came_from(models, feature_file, tmp_path):
    torch.save(layout("PaintsTorch", models[0], ""), tmp_path / "g.pth")
    provenance = load_published(tmp_path / "g.pth", feature_file).provenance
    assert provenance["epoch"] == 100
    assert provenance["double"] is True
    assert provenance["file"]["name"] == "g.pth"
    assert provenance["features_file"]["name"] == "i2v.pth"
    assert len(provenance["file"]["sha256"]) == len(provenance["features_file"]["sha256"]) == 64
    assert str(tmp_path) not in str(provenance)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_single(models, feature_file, tmp_path, dtype):
    state = {name: tensor.to(dtype) for name, tensor in models[0].state_dict().items()}
    torch.save({"generator": state}, tmp_path / "g.pth")
    generator = load_published(tmp_path / "g.pth", feature_file).generator
    assert {p.dtype for p in generator.parameters()} == {torch.float32}
    assert torch.equal(generator.exit.weight, state["exit.weight"].float())


def test_the_weights_can_be_trained_on(models, feature_file, tmp_path):
    torch.save({"generator": models[0].state_dict()}, tmp_path / "g.pth")
    checkpoint = load_published(tmp_path / "g.pth", feature_file)
    line_art, hints = inputs(32)
    checkpoint.generator(line_art, hints, checkpoint.features(line_art)).square().mean().backward()
    for name, parameter in checkpoint.generator.named_parameters():
        assert parameter.grad is not None, name


class TestErrors:
    @pytest.fixture
    def refused(self, tmp_path, feature_file):
        """Save something as a checkpoint and return the one line with which it is refused."""

        def refuse(content, features=feature_file):
            path = tmp_path / "g.pth"
            torch.save(content, path)
            with pytest.raises(CheckpointError) as caught:
                load_published(path, features)
            message = str(caught.value)
            assert message.startswith(str(tmp_path))
            assert "\n" not in message
            return message

        return refuse

    @pytest.mark.parametrize(
        ("name", "ours"),
        [
            ("toH.0.bias", "hint_stem.bias"),
            ("to3.0.weight", "enc3.weight"),
            ("tunnel4.2.19.conv_conv.weight", "stage4.body.19.grouped.weight"),
            ("tunnel3.2.0.conv_reduce.weight", "stage3.body.0.reduce.weight"),
            ("tunnel2.2.7.conv_expand.weight", "stage2.body.7.expand.weight"),
            ("tunnel1.3.bias", "stage1.upscale.bias"),
            ("exit.bias", "exit.bias"),
        ],
    )
    def test_a_tensor_that_is_missing_or_misshapen(self, models, refused, name, ours):
        state = weightless(models[0])
        shape = tuple(state.pop(name).shape)
        message = refused({"generator": prefixed(state)})
        assert f"tensor {name} ({ours} here) is missing: expected shape {shape}" in message
        state[name] = torch.zeros(5, 6)
        message = refused({"generator": state})
        assert f"tensor {name} ({ours} here): expected shape {shape}, received (5, 6)" in message

    @pytest.mark.parametrize("name", ["toH.0.weight", "to0.0.weight", "tunnel4.0.weight", "exit.weight"])
    def test_the_tensors_that_give_the_size(self, models, refused, name):
        state = weightless(models[0])
        del state[name]
        assert f"tensor {name} is missing" in refused({"generator": state})
        state[name] = torch.tensor(1.0)
        assert f"tensor {name}: expected the 4 dimensions of a convolution, received shape ()" in refused(
            {"generator": state}
        )

    def test_an_unknown_tensor(self, models, refused):
        state = weightless(models[0]) | {"tunnel5.0.weight": torch.zeros(1)}
        assert "tensor 'tunnel5.0.weight' belongs to no layer" in refused({"generator": state})

    @pytest.mark.parametrize(
        ("value", "received"),
        [
            (torch.zeros(3, dtype=torch.int64), "expected floating-point numbers, received int64 strided cpu"),
            (torch.zeros(3, dtype=torch.complex64), "expected floating-point numbers, received complex64"),
            (torch.zeros(3).to_sparse(), "received float32 sparse_coo cpu"),
            (torch.zeros(3, device="meta"), "received float32 strided meta"),
            (torch.tensor([0.0, float("nan"), 0.0]), "received NaN or infinity"),
            (torch.tensor([0.0, 1e300, 0.0], dtype=torch.float64), "received NaN or infinity"),
        ],
    )
    def test_numbers_that_are_no_weights(self, models, refused, value, received):
        message = refused({"generator": weightless(models[0]) | {"exit.bias": value}})
        assert "tensor exit.bias (exit.bias here)" in message
        assert received in message

    def test_g2_given_as_generator(self, refused):
        g2 = weightless(PublishedGenerator(32, 3, 1, 64))
        message = refused({"generator": g2})
        assert "expected G1, from 1 channel" in message
        assert "from 3 to 1: G2, the way back (sketcher)" in message
        assert "expected G1 under the key generator, received only G2 (sketcher)" in refused({"sketcher": g2})

    def test_another_g2_beside_it(self, models, refused):
        g1 = weightless(models[0])
        message = refused(
            {"generator": models[0].state_dict(), "sketcher": weightless(PublishedGenerator(32, 1, 3, 64))}
        )
        assert "sketcher: tensor to0.0.weight (enc0.weight here): expected shape (16, 3, 3, 3)" in message
        assert "sketcher: expected a state dict, received int" in refused({"generator": g1, "sketcher": 3})

    def test_another_number_of_channels(self, refused):
        assert "from 4 to 3: another network" in refused(weightless(PublishedGenerator(32, 4, 3, 64)))

    @pytest.mark.parametrize("width", [0, 2, 30, 260])
    def test_a_width_that_is_none(self, models, refused, width):
        state = weightless(models[0]) | {"toH.0.weight": torch.zeros(width, 4, 7, 7)}
        assert f"a multiple of 4 up to 256, received {width}" in refused({"generator": state})

    @pytest.mark.parametrize("channels", [3, 256, 260, 2600])
    def test_features_that_are_none(self, models, refused, channels):
        state = weightless(models[0]) | {"tunnel4.0.weight": torch.zeros(256, channels, 3, 3)}
        message = refused({"generator": state})
        assert "tunnel4.0.weight: expected 256 input channels and those of the local features" in message
        assert message.endswith(f"received {channels}")

    def test_a_giant_made_of_one_number(self, models, refused):
        """Strides of 0 make a tensor of any size from one number; none of it is ever allocated."""
        state = {name: torch.zeros(1).expand(8, *t.shape) for name, t in weightless(models[0]).items()}
        state["toH.0.weight"] = torch.zeros(1).expand(256, 4, 7, 7)
        state["to0.0.weight"] = torch.zeros(1).expand(10**6, 1, 10**6, 3)
        state["tunnel4.0.weight"] = torch.zeros(1).expand(10**6, 2560, 3, 3)
        state["exit.weight"] = torch.zeros(1).expand(3, 10**9, 3, 3)
        assert "expected shape" in refused({"generator": state})

    def test_without_features(self, models, refused):
        message = refused({"generator": weightless(models[0])}, features=None)
        assert "reads 64 local features" in message
        assert "Illustration2Vec" in message

    def test_features_of_another_width(self, models, refused, tmp_path):
        path = tmp_path / "f.pth"
        torch.save(PublishedFeatures(4).state_dict(), path)
        message = refused({"generator": weightless(models[0])}, path)
        assert message.startswith(str(path))
        assert "tensor 0.weight (convs.0.weight here): expected shape (8, 3, 3, 3), received (4, 3, 3, 3)" in message

    def test_features_that_lack_a_layer(self, models, refused, tmp_path):
        path = tmp_path / "f.pth"
        state = models[1].state_dict()
        del state["13.bias"]
        torch.save(state, path)
        message = refused({"generator": weightless(models[0])}, path)
        assert "tensor 13.bias (convs.5.bias here) is missing: expected shape (64,)" in message

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ([1, 2], "expected a dict of weights, received list"),
            (torch.zeros(3), "expected a dict of weights, received Tensor"),
            ({"generator": [1]}, "generator: expected a state dict, received list"),
            ({"state_dictG": {"a": 1}}, "received int under 'a'"),
            ({"generator": {3: torch.zeros(1)}}, "received Tensor under '3'"),
            ({"state_dictD": {}}, "received dict under 'state_dictD'"),
            ({}, "tensor toH.0.weight is missing"),
            ({"fc.weight": torch.zeros(1)}, "is this a PaintsTorch or AlacGAN file?"),
        ],
    )
    def test_pickles_of_something_else(self, refused, content, message):
        assert message in refused(content)


class Payload:
    """Pickled, it asks for a file to be made when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


class TestHostileFiles:
    def refusal(self, path, features=None):
        with pytest.raises(CheckpointError) as caught:
            load_published(path, features)
        message = str(caught.value)
        assert message.startswith(f"{path}: ")
        assert "\n" not in message
        return message.removeprefix(f"{path}: ")

    @pytest.mark.parametrize("new", [True, False])
    def test_code_is_refused_and_not_run(self, tmp_path, new):
        path, trace = tmp_path / "g.pth", tmp_path / "was-run"
        torch.save({"generator": Payload(trace)}, path, _use_new_zipfile_serialization=new)
        message = self.refusal(path)
        assert "asks for io.open" in message
        assert "nothing in it was run" in message
        assert not trace.exists()

    @pytest.mark.parametrize("protocol", range(6))
    def test_code_in_a_bare_pickle(self, tmp_path, protocol):
        path, trace = tmp_path / "g.pth", tmp_path / "was-run"
        path.write_bytes(pickle.dumps({"generator": Payload(trace)}, protocol))
        self.refusal(path)
        assert not trace.exists()

    def test_code_in_the_features(self, models, tmp_path):
        path, trace = tmp_path / "f.pth", tmp_path / "was-run"
        torch.save(weightless(models[0]), tmp_path / "g.pth")
        torch.save({"0.weight": Payload(trace)}, path)
        with pytest.raises(CheckpointError, match=r"asks for io\.open") as caught:
            load_published(tmp_path / "g.pth", path)
        assert str(caught.value).startswith(str(path))
        assert not trace.exists()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"hello, this is text\n" * 4,
            b"\x80\x02" + bytes(range(256)),
            b"PK\x03\x04" + bytes(500),
            bytes(10_000),
            b"\x89PNG\r\n\x1a\n" + bytes(100),
            b'{"json": true}',
        ],
    )
    def test_no_checkpoint_at_all(self, tmp_path, content):
        path = tmp_path / "g.pth"
        path.write_bytes(content)
        assert "expected a checkpoint saved by torch, received a damaged file" in self.refusal(path)

    def test_garbage_that_is_called_safetensors(self, tmp_path, rng):
        path = tmp_path / "weights.safetensors"
        for content in (b"", rng.bytes(3000), (10**9).to_bytes(8, "little") + b"{}"):
            path.write_bytes(content)
            with pytest.raises(CheckpointError, match="received a damaged file or one of another kind"):
                load_published(path)

    def test_another_zip(self, tmp_path):
        path = tmp_path / "g.pth"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "no weights")
        assert "expected a checkpoint saved by torch" in self.refusal(path)

    def test_torchscript(self, tmp_path):
        path = tmp_path / "g.pth"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model/constants.pkl", b"\x80\x02).")
            archive.writestr("model/data.pkl", b"\x80\x02}.")
            archive.writestr("model/version", "3\n")
        assert "expected a checkpoint saved by torch" in self.refusal(path)

    @pytest.mark.parametrize("new", [True, False])
    def test_damaged_anywhere(self, models, tmp_path, rng, new):
        """Cut off, or with bytes overwritten: one line, whatever the place."""
        whole, path = tmp_path / "whole.pth", tmp_path / "g.pth"
        small = {"generator": {"toH.0.weight": torch.zeros(4, 4, 7, 7), "exit.bias": torch.zeros(3).half()}}
        torch.save(small, whole, _use_new_zipfile_serialization=new)
        content = whole.read_bytes()
        for i in range(150):
            damaged = bytearray(content)
            if i % 3 == 0:
                del damaged[rng.integers(len(damaged)) :]
            else:
                for place in rng.integers(min(len(damaged), 1000), size=4):
                    damaged[place] = rng.integers(256)
            path.write_bytes(damaged)
            self.refusal(path)

    def test_too_large(self, tmp_path):
        path = tmp_path / "g.pth"
        with path.open("wb") as file:
            file.truncate(published.MAX_BYTES + 1)  # sparse: it takes no space
        assert "expected at most 8 GiB of weights, received 8.0 GiB" in self.refusal(path)

    def test_too_large_once_unpacked(self, tmp_path, monkeypatch):
        monkeypatch.setattr(published, "MAX_BYTES", 2**30)
        path = tmp_path / "g.pth"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("model/data.pkl", bytes(2**20))
        content = path.read_bytes()
        path.write_bytes(content.replace((2**20).to_bytes(4, "little"), (2**31).to_bytes(4, "little")))
        assert "expected at most 1 GiB of weights, received 2.0 GiB" in self.refusal(path)

    def test_missing_file(self, tmp_path, models, feature_file):
        assert self.refusal(tmp_path / "none.pth") == "cannot be read: No such file or directory"
        assert self.refusal(tmp_path) == "cannot be read: Is a directory"
        torch.save(weightless(models[0]), tmp_path / "g.pth")
        with pytest.raises(CheckpointError, match=r"none.pth: cannot be read: No such file"):
            load_published(tmp_path / "g.pth", tmp_path / "none.pth")
