"""The paper's width and the bundled one, as FP16 engines with dynamic shapes for every GPU that is promised."""

import time

import onnx
import pytest
import torch

from paintstorch_sdk.bundle import ENCODER, PAINTER, Bundle
from paintstorch_sdk.export.cost import half_share, node_costs
from paintstorch_sdk.export.engines.engine_builder import build_engine
from paintstorch_sdk.export.fp16.half import to_half
from paintstorch_sdk.export.graphs import write_graphs
from paintstorch_sdk.gpu.engine_key import HALF, Profile
from paintstorch_sdk.networks.checkpoint import Architecture
from paintstorch_sdk.networks.split import split_network
from support.graphs import half_layers, needless_casts

TARGETS = ("sm75", "sm80", "sm86", "sm89", "sm120")


@pytest.fixture(scope="module", params=[32, 64])
def folder(request, tmp_path_factory):
    """FP16 graphs beside their weights: of the bundled model, and of the paper's network, untrained."""
    folder = tmp_path_factory.mktemp(f"width{request.param}")
    if request.param == 32:
        bundle = Bundle.open()
        assert bundle.width == 32
        for path in bundle.path.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
    else:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            write_graphs(*split_network(*Architecture(64, 64).build()), folder)
    for name, half in HALF.items():
        model = to_half(onnx.load(str(folder / name), load_external_data=False))
        (folder / half).write_bytes(model.SerializeToString())
    return folder


@pytest.mark.parametrize("name", [ENCODER, PAINTER])
@pytest.mark.parametrize("target", TARGETS)
def test_an_engine_of_every_target_computes_in_fp16(folder, target, name):
    model = onnx.load(str(folder / HALF[name]), load_external_data=False)
    assert half_share(node_costs(model, 1, 512, 512)) == 1.0
    assert needless_casts(model) == []
    start = time.process_time()
    built = build_engine(folder / HALF[name], "rtx", target, Profile())
    assert time.process_time() - start < 60  # of the processor, whatever else runs beside it
    assert len(built.plan) > 1_000_000
    assert half_layers(built.record) > 0.95
    assert set(built.record["network_types"]) <= {"half", "float", "int64"}
    assert built.record["network_types"].get("float", 0) <= 1  # the cast of color
