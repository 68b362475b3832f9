"""Weights that know drawings: the InceptionV3 of the npm package nsfwjs (MIT), converted once.

It was trained to tell drawings from photographs (and worse from better ones), so its features see what an ImageNet
network overlooks in line art. Its weights are rounded to 8 bits as the package ships them.

    npm pack nsfwjs@4.3.0 && tar xzf nsfwjs-4.3.0.tgz
    python -m paintstorch_sdk.training.evaluation.nsfwjs package drawings.safetensors
"""

import argparse
import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import write_file

from .inception import KIND, Conv, Inception

FOLDER = Path("dist/models/inception_v3")
PARTS = {"kernel": "conv.weight", "beta": "bn.bias", "moving_mean": "bn.running_mean"}
PARTS["moving_variance"] = "bn.running_var"


def convert(package: Path, out: Path) -> None:
    """Read the package's folder and write the weights as safetensors.

    Raises:
        InputError: The folder is not the package, or its files are not what version 4 ships.
        OutputError: `out` cannot be written.
    """
    weights = read(package / FOLDER)
    network = Inception()
    state = network.state_dict()
    modules = [name for name, module in network.named_modules() if isinstance(module, Conv)]
    # Keras numbers its layers in the order in which they are made, and both make them in the same order.
    for kind, wanted in (("conv2d", ("kernel",)), ("batch_normalization", ("beta", "moving_mean", "moving_variance"))):
        layers = sorted({n.split("/")[0] for n in weights if re.match(rf"{kind}(_\d+)?/", n)}, key=_number)
        if len(layers) != len(modules):
            raise InputError(f"{package}: expected {len(modules)} layers {kind}, received {len(layers)}")
        for layer, module in zip(layers, modules, strict=True):
            for part in wanted:
                tensor = weights[f"{layer}/{part}"]
                tensor = tensor.permute(3, 2, 0, 1) if part == "kernel" else tensor
                name = f"{module}.{PARTS[part]}"
                if tensor.shape != state[name].shape:
                    raise InputError(f"{package}: {layer}/{part}: expected the shape of {name} {state[name].shape}")
                state[name] = tensor.contiguous()
    write_file(out, save(state, metadata={KIND: "nsfwjs"}))


def read(folder: Path) -> dict[str, Tensor]:
    """The tensors of a TensorFlow.js model as nsfwjs bundles it: scripts that hold JSON and base64."""
    shards = sorted(folder.glob("group1-shard*of*.min.js"), key=_number)
    model = folder / "model.min.js"
    if not shards or not model.is_file():
        raise InputError(f"{folder}: expected model.min.js and its shards, as npm's nsfwjs 4 ships them")
    try:  # the weights are by far the longest string of each script
        data = b"".join(base64.b64decode(max(shard.read_text("ascii").split('"'), key=len)) for shard in shards)
    except ValueError as error:
        raise InputError(f"{folder}: expected shards with base64 in them: {error}") from error
    tensors, at = {}, 0
    for entry in _manifest(model.read_text("utf-8")):
        how = entry.get("quantization")
        kind = np.dtype(how["dtype"] if how else entry["dtype"])
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(data, kind, count, at).reshape(entry["shape"]).astype(np.float32)
        tensors[entry["name"]] = torch.from_numpy(values * how["scale"] + how["min"] if how else values).float()
        at += count * kind.itemsize
    if at != len(data):
        raise InputError(f"{folder}: expected {at} bytes of weights, received {len(data)}")
    return tensors


def _manifest(script: str) -> list[dict[str, Any]]:
    """The list of weights in the minified script: JavaScript objects, made JSON."""
    found = re.search(r"weights:(\[\{name:.*?\}\])\}\]", script, re.DOTALL)
    if not found:
        raise InputError("model.min.js: expected a list of weights")
    text = re.sub(r"([{,])(\w+):", r'\1"\2":', found[1])
    text = re.sub(r"(?<=[:,\[])(-?)\.(\d)", r"\g<1>0.\2", text)
    parsed: list[dict[str, Any]] = json.loads(text)
    return parsed


def _number(name: str | Path) -> int:
    """The number in a name such as conv2d_12 or group1-shard3of6; 0 for none."""
    text = name.name if isinstance(name, Path) else name
    found = re.search(r"shard(\d+)of|_(\d+)$", text)
    return int(found[1] or found[2]) if found else 0


def main(arguments: Sequence[str] | None = None) -> None:
    """PACKAGE OUT.safetensors"""
    parser = argparse.ArgumentParser(
        prog="python -m paintstorch_sdk.training.evaluation.nsfwjs", description=main.__doc__
    )
    parser.add_argument("package", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args(arguments)
    convert(given.package, given.out)


if __name__ == "__main__":
    main()
