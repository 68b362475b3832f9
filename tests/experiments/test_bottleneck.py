"""The fused bottleneck: its source, built for the host, against the network's own module; and what measures it.

With `-m cuda` the same tests run on a GPU.
"""

import ctypes
import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from paintstorch_sdk.bench.experiments import __main__ as command
from paintstorch_sdk.bench.experiments import bottleneck as fused
from paintstorch_sdk.bench.experiments import contest, contestants, fusion, traffic
from paintstorch_sdk.bench.experiments.contest import Contest, Timing
from paintstorch_sdk.bench.timing import TimeSamples
from paintstorch_sdk.errors import BackendError, InputError
from paintstorch_sdk.networks.generator import Bottleneck
from support import kernel_simulator as simulator

needs_nvcc = pytest.mark.skipif(shutil.which("nvcc") is None, reason="needs nvcc of the CUDA toolkit on the path")

# channels, cardinality, dilation, images, rows, columns: all channels of widths 32 and 64 with their groups and
# dilations; sides under a tile, over one, no multiples of tiles or dilations.
CASES = [
    (32, 16, 1, 1, 9, 17),
    (32, 16, 2, 2, 5, 19),
    (32, 16, 4, 1, 3, 41),
    (64, 16, 1, 2, 7, 18),
    (64, 16, 4, 1, 35, 10),
    (64, 32, 2, 1, 11, 13),
    (128, 32, 1, 2, 9, 5),
    (128, 32, 2, 1, 3, 17),
    (128, 32, 4, 1, 9, 6),
    (256, 32, 1, 1, 5, 9),
    (256, 32, 2, 1, 4, 7),
    (256, 32, 4, 1, 5, 2),
    (512, 32, 1, 1, 3, 5),
]
TILED = [(*case, tile) for case in CASES for tile in fusion.TILES[case[0]]]


@pytest.fixture(scope="module")
def host():
    """The library of tests/bottleneck_simulator.cpp."""
    return simulator.compiled("bottleneck_simulator.cpp", f"-I{fused.SOURCE.parent}")


@pytest.fixture(scope="module", params=["host", pytest.param("gpu", marks=pytest.mark.cuda)])
def machine(request, tmp_path_factory):
    """A library of the kernel, and the device that it runs on."""
    if request.param == "host":
        return request.getfixturevalue("host"), "cpu"
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device: not yet run (torch finds none)")
    major, minor = torch.cuda.get_device_capability()
    target = tmp_path_factory.mktemp("kernel") / "bottleneck.so"
    fused.compile_kernel(target, 10 * major + minor)
    return target, "cuda"


def laid_out(tensor, device="cpu"):
    return tensor.to(device, torch.float16, memory_format=torch.channels_last)


def draw(case, seed=0):
    """A bottleneck with weights that fp16 holds, and an input."""
    channels, cardinality, dilation, *shape = case
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = Bottleneck(channels, cardinality, dilation).half().float()
        return module, laid_out(torch.randn(shape[0], channels, *shape[1:]))


@torch.no_grad()
def compare(machine, module, x, tile):
    """What the kernel gives, and what the network's module gives in fp32 on the CPU."""
    library, device = machine
    y = fused.Fused(module, library, tile).to(device)(x.to(device))
    assert y.dtype == torch.float16
    assert y.is_contiguous(memory_format=torch.channels_last)
    return y.cpu().float(), module(x.float())


@pytest.mark.parametrize(("channels", "cardinality", "dilation", "images", "rows", "columns", "tile"), TILED)
def test_whole_numbers_come_out_exactly(machine, channels, cardinality, dilation, images, rows, columns, tile):
    """Every tap, channel, rim and edge: a misplaced one changes whole numbers, and no rounding hides it."""
    module, x = draw((channels, cardinality, dilation, images, rows, columns))
    numbers = np.random.default_rng(channels + dilation)
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(torch.from_numpy(numbers.random(weight.shape) < 6 / weight[0].numel()))
        module.expand.weight.mul_(torch.from_numpy(numbers.choice([-1, 1], module.expand.weight.shape)))
        x.copy_(torch.from_numpy(numbers.integers(0, 3, x.shape)))
    found, expected = compare(machine, module, x, tile)
    assert 50 < expected.abs().max() < 2048  # fp16 has all whole numbers up to there
    assert torch.equal(found, expected)


@pytest.mark.parametrize("case", CASES)
def test_fractions_come_out_as_fp16_rounds(machine, case):
    """Negative sums too, which the leaky ReLU bends."""
    module, x = draw(case, seed=1)
    found, expected = compare(machine, module, x, fusion.TILES[case[0]][0])
    branch = (expected - x.float()).abs().max()
    unit = 2.0**-11  # half the distance of two fp16 numbers, relative: once for the sum, some for what is added
    assert ((found - expected).abs() <= unit * (expected.abs() + 2 * branch)).all()
    assert branch > 0.1  # far more than that


def test_only_the_output_is_written_and_only_the_input_read(host):
    """NaN beside the input would spread; bytes beside the output would change."""
    case = (64, 16, 2, 2, 5, 7)
    module, x = draw(case)
    weights = fused.pack(module)
    size, beside = x.numel(), 4096
    given = torch.full((size + 2 * beside,), torch.nan, dtype=torch.float16)
    given[beside : beside + size] = x.permute(0, 2, 3, 1).reshape(-1)
    out = torch.full_like(given, 7)
    addresses = [ctypes.c_void_p(t.data_ptr() + 2 * beside) for t in (given, out)]
    packed = [ctypes.c_void_p(weight.data_ptr()) for weight in weights]
    bottleneck = ctypes.CDLL(host).bottleneck
    assert bottleneck(64, 16, 8, addresses[0], *packed, addresses[1], 2, 5, 7, 2, ctypes.c_void_p()) == 0
    assert (out[:beside] == 7).all()
    assert (out[beside + size :] == 7).all()
    found = out[beside : beside + size].reshape(2, 5, 7, 64).permute(0, 3, 1, 2)
    assert torch.equal(found, fused.Fused(module, host, (16, 8))(x))


def test_torch_may_compile_around_it(host):
    """The operator says truly what shape, type and layout it gives."""
    module, x = draw((32, 16, 1, 1, 4, 5))
    arguments = (x, *fused.pack(module), 1, 16, 8, str(host))
    torch.library.opcheck(fused.fused_bottleneck, arguments, test_utils=("test_schema", "test_faketensor"))


def test_a_product_is_the_one_that_is_documented(host, rng):
    """The simulator's fragments against the layouts that CUTLASS gives for SM80_16x8x16_F32F16F16F32_TN."""
    left, right = (
        rng.normal(size=shape).astype(np.float16) for shape in ((16, 16), (8, 16))
    )  # rows and columns, depth
    out = np.ones((32, 4), np.float32)
    a, b = np.empty((32, 8), np.float16), np.empty((32, 4), np.float16)
    place = np.empty((32, 4), int)
    for lane in range(32):
        quarter, eighth = lane % 4, lane // 4
        for value in range(8):
            index = 32 * quarter + eighth + 16 * (value % 2) + 8 * (value // 2 % 2) + 128 * (value // 4)
            a[lane, value] = left[index % 16, index // 16]
        for value in range(4):
            index = 16 * quarter + eighth + 8 * (value % 2) + 64 * (value // 2)
            b[lane, value] = right[index % 8, index // 8]
            place[lane, value] = 32 * quarter + eighth + 16 * (value % 2) + 8 * (value // 2)  # row + 16 columns
    library = ctypes.CDLL(host)
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (a, b, out)]
    assert library.simulated_product(*pointers, 32) == 0
    expected = 1 + left.astype(np.float64) @ right.astype(np.float64).T
    np.testing.assert_allclose(out, expected[place % 16, place // 16], rtol=1e-5, atol=1e-5)
    assert library.simulated_product(*pointers, 5) == 2  # a warp that is not whole is refused


@pytest.mark.parametrize(("channels", "tile"), [(c, tile) for c in fusion.TILES for tile in fusion.TILES[c]])
def test_the_prediction_counts_the_products_that_are_made(host, channels, tile):
    library = ctypes.CDLL(host)
    library.simulated_products.restype = ctypes.c_uint64
    module, x = draw((channels, 32 if channels > 32 else 16, 1, 1, tile[1], tile[0]))
    before = library.simulated_products()
    fused.Fused(module, host, tile)(x)
    assert library.simulated_products() - before == fusion.count_products(channels, tile)


@needs_nvcc
def test_compiles_for_every_architecture(tmp_path):
    targets = [f"-gencode=arch=compute_{sm},code=sm_{sm}" for sm in fused.ARCHITECTURES]
    target = tmp_path / "bottleneck.fatbin"
    command = ["nvcc", *fused.OPTIONS, *targets, "--threads", "2", "-fatbin", "-o", str(target), str(fused.SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or done.stdout
    assert target.stat().st_size > 10_000


@needs_nvcc
@pytest.mark.skipif(torch.cuda.is_available(), reason="it would run")
def test_without_a_gpu_the_compiled_library_says_so(tmp_path):
    """The real library as far as it goes: it loads, and CUDA's answer comes back."""
    target = tmp_path / "bottleneck.so"
    fused.compile_kernel(target, 90)
    module, x = draw((32, 16, 1, 1, 8, 8))
    with pytest.raises(BackendError, match=r"fused bottleneck of 32 channels did not run: CUDA's error \d+"):
        fused.Fused(module, target, (8, 8))(x)


def test_without_nvcc(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BackendError, match="needs nvcc, which is not on the path"):
        fused.compile_kernel(tmp_path / "bottleneck.so", 90)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stride": 2}, "received stride 2"),
        ({"channels": 48}, "48 channels"),
        ({"cardinality": 2}, "64 channels and 2 groups"),
        ({"tile": (4, 4)}, "tile: expected one of"),
    ],
)
def test_what_it_was_not_compiled_for(host, change, message):
    options = {"channels": 64, "cardinality": 16, "tile": (8, 8), "stride": 1, **change}
    module = Bottleneck(options["channels"], options["cardinality"], stride=options["stride"])
    with pytest.raises(InputError, match=message):
        fused.Fused(module, host, options["tile"])


def test_other_memory_is_refused(host):
    module, x = draw((32, 16, 1, 1, 4, 4))
    run = fused.Fused(module, host, (8, 8))
    with pytest.raises(InputError, match="expected fp16 in channels-last memory"):
        run(x.contiguous())
    with pytest.raises(InputError, match="expected fp16 in channels-last memory"):
        run(x.float())


@pytest.mark.cuda
@pytest.mark.parametrize("tool", ["memcheck", "racecheck", "synccheck"])
def test_under_compute_sanitizer(tool):
    sanitizer = shutil.which("compute-sanitizer")
    if sanitizer is None or not torch.cuda.is_available():
        pytest.skip("needs a CUDA device and compute-sanitizer of the CUDA toolkit: not yet run")
    command = [sanitizer, "--tool", tool, "--error-exitcode", "9", "--target-processes", "all", sys.executable]
    command += ["-m", "pytest", __file__, "-q", "-m", "cuda", "-k", "whole_numbers", "-p", "no:cacheprovider"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


# What measures it.


def by_processor(run, calls):
    begun = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - begun) / calls


def broken():
    raise RuntimeError("report this") from ValueError("as it\nsays")


def test_a_contest_of_real_runs(host, monkeypatch):
    """torch and the simulated kernel in turns; what fails or is wrong has no samples and says why."""
    monkeypatch.setattr(contest, "SAMPLES", 1)
    with torch.no_grad():
        found = {part.name: part for part in contestants.make_parts(32, (32, 32), "cpu")}
        assert list(found) == [stage.name for stage in fusion.STAGES] + ["network"]
        part = found["stage1"]
        openers = contestants.make_ways(part, host, "sm90", contestants.list_tiles("stage1", 32))
        assert {*openers} >= {"torch", "torch, recorded", "torch.compile", "tensorrt", "fused 16x8", "fused 8x8"}
        chosen = {way: openers[way] for way in ("torch", "fused 16x8")}
        chosen["broken"] = broken
        chosen["off"] = lambda: lambda: 1.1 * part.module(*part.inputs)
        taken = contest.time_interleaved(part, chosen, rounds=2, record=lambda launch: launch, clock=by_processor)
    by_way = {one.way: one for one in taken}
    for way in ("torch", "fused 16x8"):
        assert len(by_way[way].samples.rounds) == 2
        assert 0 < by_way[way].error < 0.002
    assert by_way["broken"].samples is None
    assert by_way["broken"].why == "ValueError: as it says"
    assert by_way["off"].samples is None
    assert by_way["off"].why == "wrong: its error is over 0.01"
    assert by_way["off"].error == pytest.approx(0.1, rel=0.1)


def test_the_network_with_some_of_its_stages_fused(host):
    with torch.no_grad():
        network = contestants.make_parts(32, (32, 32), "cpu")[-1]
        changed = contestants.fuse(network.module, host, {32: (16, 8), 128: (8, 4)})
        kinds = [type(m).__name__ for m in changed.modules() if type(m).__name__ in ("Fused", "Bottleneck")]
        assert (kinds.count("Fused"), kinds.count("Bottleneck")) == (13, 28)
        assert network.measure_error(changed(*network.inputs)) < 0.003


def taken(part, way, microseconds, **more):
    return Timing(
        part, way, TimeSamples.of([[1e-6 * microseconds * (1 + 0.001 * i) for i in range(5)]] * 4), 0.001, **more
    )


def example(network=90.0):
    """A contest that our kernel wins in stage1 and loses elsewhere."""
    found = []
    for stage, ours in (("stage4", 80), ("stage3", 60), ("stage2", 55), ("stage1", 30)):
        channels = {"stage4": 512, "stage3": 256, "stage2": 128, "stage1": 64}[stage]
        found += [taken(stage, "torch", 200), taken(stage, "torch.compile", 50, traffic=10_000_000)]
        found += [Timing(stage, "tensorrt", why="BackendError: needs a | or so")]
        for i, (across, down) in enumerate(fusion.TILES[channels]):
            found.append(taken(stage, f"fused {across}x{down}", ours + i))
    found += [taken("network", "torch.compile", 100), taken("network", "fused 16x8, torch.compile", network)]
    return Contest(64, (512, 512), fusion.Rates(), tuple(found))


def test_the_tiles_of_the_stages_that_were_won():
    assert contest.find_winners(example().timings, 64) == {64: (16, 8)}
    lost = [one for one in example().timings if one.part != "stage1"]
    first = {channels: fusion.TILES[channels][0] for channels in (512, 256, 128, 64)}
    assert contest.find_winners(lost, 64) == first  # none was won: all, to have the number


def test_it_stays_only_where_it_wins_end_to_end():
    lines = contest.judge_contest(example(network=90))
    assert lines[3].startswith("- stage1: fused 16x8 takes 0.60 [0.60, 0.60] of torch.compile")
    assert lines[-1] == "- decision: keep: it wins end to end"
    assert "drop" in contest.judge_contest(example(network=100))[-1]
    assert "drop" in contest.judge_contest(example(network=101))[-1]
    without = replace(example(), timings=example().timings[:-1])
    assert contest.judge_contest(without)[-2:] == [
        "- network: not both ran",
        "- decision: drop: it does not win end to end",
    ]


def test_the_table_of_a_contest():
    lines = contest.format_contest(example()).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| stage1")]
    assert rows[1] == ["stage1", "torch.compile", "50.1", "50.0 to 50.1", "63", "210", "10", "1.0e-03"]
    assert rows[2][:4] == ["stage1", "tensorrt", "-", "BackendError: needs a / or so"]
    assert rows[3][4:6] == ["25", "84"]
    assert {len(row) for row in rows} == {8}
    assert json.loads(json.dumps(contest.to_json_types(example())))["verdict"] == contest.judge_contest(example())


def test_bytes_of_ncus_list():
    """In the form that ncu's documentation gives for --csv; not yet run."""
    head = '"ID","Process ID","Kernel Name","Section Name","Metric Name","Metric Unit","Metric Value"'
    row = '"{}","7","{}","Command line profiler metrics","dram__bytes_{}.sum","byte","{}"'
    names = ["void (anonymous)::spin_kernel(long)", "a(int, float)", "b", "spin_kernel", "spin_kernel", "a"]
    lines = ["==PROF== Connected to process 7", head]
    for i, name in enumerate(names):
        lines += [row.format(i, name, "read", "1,000"), row.format(i, name, "write", 5 + i)]
    assert traffic.cut_sections(lines) == [2000 + 6 + 7, 0, 1000 + 10]
    with pytest.raises(ValueError, match=r"expected bytes, received dram__bytes_read\.sum in Kbyte"):
        traffic.cut_sections([head, row.format(0, "a", "read", 1).replace('"byte"', '"Kbyte"')])
    with pytest.raises(ValueError, match="other columns"):
        traffic.cut_sections(['"ID","Name"', '"1","a"'])


def test_without_ncu(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert traffic.count_bytes(64, (512, 512), tmp_path, "sm90") == (
        {},
        "bytes: Nsight Compute (ncu) is not on the path",
    )


def test_the_command_without_a_gpu(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert command.main(["--measure", "--json", str(tmp_path / "out.json")]) == 2
    error = capsys.readouterr().err
    assert error.endswith("--measure: needs an NVIDIA GPU and torch with CUDA; torch finds none here\n")
    assert error.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("size", ["512", "512x500", "0x32", "32x", "-32x32"])
def test_sizes_that_are_none(capsys, size):
    assert command.main([f"--size={size}"]) == 2
    assert "expected two multiples of 32, such as 512x512, received" in capsys.readouterr().err


def test_a_real_engine_of_a_part():
    """TensorRT for RTX builds without a GPU, and says why it cannot load."""
    pytest.importorskip("tensorrt_rtx", reason="needs tensorrt-rtx, of the extra [dev]")
    from paintstorch_sdk.bench.experiments import module_engine

    module, x = draw((32, 16, 1, 1, 8, 8))
    plan = module_engine.build_engine("rtx", module.half(), (x,), "sm89")
    assert len(plan) > 1000
    if not torch.cuda.is_available():
        with pytest.raises(BackendError, match=r"cannot load an engine: .*driver"):
            module_engine.ModuleEngine("rtx", plan)
