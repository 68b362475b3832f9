"""Build TensorRT engines: one way for both flavors, `tensorrt` and `tensorrt_rtx`, which share their API.

TensorRT-RTX compiles for GPUs that this machine does not have; TensorRT for the GPU that it runs on.
"""

import importlib
import re
import shutil
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from paintstorch_sdk.bundle import SCALES
from paintstorch_sdk.errors import BackendError, InputError, name_install
from paintstorch_sdk.files import replacing
from paintstorch_sdk.gpu.engine_key import COMPATIBLE, FLAVORS, STRIPPED, TARGETS, Profile

from .monitor import Messages, Progress, Watch, make_logger, make_monitor

CURRENT = "current"
WORKSPACE = 4 << 30  # bytes of scratch memory that an engine may ask for

# One line of the builder's own list of the finished engine's layers.
_LAYER = re.compile(r"Name: (?P<name>\S+), LayerType: (?P<type>\w+), (?P<rest>.*)")
_OUTPUT = re.compile(r"Outputs: \[(?P<outputs>.*?)\], TacticName")
_DATATYPE = re.compile(r"Datatype: (\w+)")
_BOOKKEEPING = {"shape_call", "signal", "wait"}  # they compute nothing


@dataclass(frozen=True)
class BuiltEngine:
    """A finished engine.

    Attributes:
        plan: Its bytes.
        record: Its record for the manifest: seconds, inputs and outputs, types of its layers.
    """

    plan: bytes
    record: dict[str, Any]


def import_tensorrt(flavor: str) -> ModuleType:
    """The Python module of a flavor.

    Raises:
        InputError: There is no such flavor.
        BackendError: It is not installed.
    """
    if flavor not in FLAVORS:
        raise InputError(f"flavor: expected one of {', '.join(FLAVORS)}, received {flavor!r}")
    try:
        return importlib.import_module(FLAVORS[flavor])
    except (ImportError, OSError) as error:
        extra = "rtx" if flavor == "rtx" else "gpu"
        raise BackendError(
            f"TensorRT engines of flavor {flavor} need the module {FLAVORS[flavor]}, which cannot be imported here "
            f"({' '.join(str(error).split()):.120}); {name_install(extra)}"
        ) from error


def resolve_target(target: str, flavor: str) -> str:
    """The compute capability that a target stands for: `current` is the GPU in this machine.

    Raises:
        InputError: No such target.
        BackendError: This flavor cannot build for it here.
    """
    if target == CURRENT:
        return _current_target()
    if target not in TARGETS:
        raise InputError(f"target: expected {CURRENT} or one of {', '.join(TARGETS)}, received {target!r}")
    if flavor != "rtx" and target != _current_target():
        raise BackendError(
            f"target {target}: TensorRT builds for the GPU that it runs on, which is {_current_target()}; take "
            f"--flavor rtx, or build on a machine with that GPU"
        )
    return target


def build_engine(
    graph: Path,
    flavor: str,
    target: str,
    profile: Profile,
    workspace: int = WORKSPACE,
    progress: Progress | None = None,
    flags: str = "",
    timing: Path | None = None,
) -> BuiltEngine:
    """Build an engine. Its precision is the graph's: the network is strongly typed.

    Args:
        graph: An FP16 graph, its weights beside it.
        flavor: "tensorrt" or "rtx".
        target: Compute capability, as `resolve_target` gives it.
        profile: The sizes that it has to take.
        workspace: Limit of scratch memory, bytes.
        progress: Called with the phase, the part that is done (0 to 1) and the seconds that may be left; what it
            raises ends the build.
        flags: Flags as in `EngineKey`.
        timing: TensorRT's timing cache, read if it is there, and written; TensorRT-RTX times nothing when it builds.

    Raises:
        BackendError: The library refuses the graph, the target or a flag; its own words are in the message.
        KeyboardInterrupt: Ctrl-C was pressed; the library stopped at its next step.
    """
    trt = import_tensorrt(flavor)
    start = time.monotonic()
    messages = Messages()
    log = make_logger(trt, messages)
    builder = trt.Builder(log)
    network = typed_network(trt, builder)
    parser = trt.OnnxParser(network, log)
    if not parser.parse_from_file(str(graph)):
        reasons = "; ".join(str(parser.get_error(i)) for i in range(parser.num_errors))
        raise BackendError(f"{FLAVORS[flavor]} {trt.__version__} cannot read {graph}: {reasons:.500}")
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, workspace)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.add_optimization_profile(_optimization_profile(builder, network, profile))
    if flavor == "rtx":
        set_target(trt, config, target)
    _set_flags(trt, config, flags)
    times = _read_timing(config, timing) if timing and flavor == "tensorrt" else None
    watch = Watch(progress)
    with watch.interruptible():
        if hasattr(config, "progress_monitor"):
            config.progress_monitor = make_monitor(trt, watch)
        plan = builder.build_serialized_network(network, config)
    watch.finish()
    if plan is None:
        remedy = ""
        if STRIPPED in flags.split(","):
            remedy = (
                "; an engine without weights can be built only where its GPU is: build it there, or leave "
                "--strip-weights out"
            )
        raise BackendError(
            f"{FLAVORS[flavor]} {trt.__version__} cannot build {graph.name} for {target}: {messages.reason}{remedy}"
        )
    if times is not None and timing is not None:
        with suppress(OSError), replacing(timing) as temporary:  # without it the next build is slower, no more
            temporary.write_bytes(bytes(times.serialize()))
    record = {
        "seconds": round(time.monotonic() - start, 1),
        "tensors": _list_tensors(trt, network),
        "network_types": _network_types(network),
        "layers": _summarize_layers(messages.layers),
    }
    return BuiltEngine(bytes(plan), record)


def typed_network(trt: ModuleType, builder: Any) -> Any:
    """An empty network whose precisions are those of the graph that is read into it."""
    typed = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return builder.create_network(0 if typed is None else 1 << int(typed))


def set_target(trt: ModuleType, config: Any, target: str) -> None:
    """Have TensorRT-RTX build for one compute capability, such as "sm89"."""
    config.num_compute_capabilities = 1
    # A GPU that the library does not list, such as sm90, is the one in this machine: let it try, or say why not.
    current = trt.ComputeCapability.CURRENT
    config.set_compute_capability(getattr(trt.ComputeCapability, target.upper(), current), 0)


def _set_flags(trt: ModuleType, config: Any, flags: str) -> None:
    """The flags of an engine's key, in the library's own terms."""
    for flag in filter(None, flags.split(",")):
        if flag == STRIPPED:
            # Without REFIT, only the very weights that the engine was built with could be put back.
            config.set_flag(trt.BuilderFlag.STRIP_PLAN)
            config.set_flag(trt.BuilderFlag.REFIT)
        else:
            config.hardware_compatibility_level = getattr(trt.HardwareCompatibilityLevel, COMPATIBLE[flag])


def _read_timing(config: Any, path: Path) -> Any:
    """TensorRT's timing cache, attached to a build; empty if the file is missing or of another GPU."""
    content = b""
    with suppress(OSError):
        content = path.read_bytes()
    times = config.create_timing_cache(content)
    if not config.set_timing_cache(times, ignore_mismatch=False):
        times = config.create_timing_cache(b"")
        config.set_timing_cache(times, ignore_mismatch=False)
    return times


def _optimization_profile(builder: Any, network: Any, profile: Profile) -> Any:
    made = builder.create_optimization_profile()
    for index in range(network.num_inputs):
        value = network.get_input(index)
        scale, channels = SCALES[value.name], value.shape[1]
        made.set_shape(
            value.name,
            *(
                (n, channels, h // scale, w // scale)
                for n, h, w in (profile.min_shape, profile.opt_shape, profile.max_shape)
            ),
        )
    return made


def _list_tensors(trt: ModuleType, network: Any) -> dict[str, str]:
    """Type of every input and output."""
    values = [network.get_input(i) for i in range(network.num_inputs)]
    values += [network.get_output(i) for i in range(network.num_outputs)]
    names = {trt.DataType.FLOAT: "fp32", trt.DataType.HALF: "fp16"}
    return {value.name: names.get(value.dtype, str(value.dtype)) for value in values}


def _network_types(network: Any) -> dict[str, int]:
    """Number of the strongly typed network's layers by the type that they compute in."""
    layers = (network.get_layer(i) for i in range(network.num_layers))
    return dict(Counter(str(layer.get_output(0).dtype).rpartition(".")[2].lower() for layer in layers))


def _summarize_layers(lines: list[str]) -> dict[str, Any]:
    """Types that the finished engine's layers compute in, from the builder's list of them.

    The engine inspector gives the same list, but only on a machine with the GPU's driver.
    """
    kinds: Counter[str] = Counter()
    types: Counter[str] = Counter()
    other = []
    for line in lines:
        layer = _LAYER.search(line)
        if layer is None or layer["type"] in _BOOKKEEPING:
            continue
        outputs = _OUTPUT.search(layer["rest"])
        found = set(_DATATYPE.findall(outputs["outputs"])) if outputs else set()
        kind = "+".join(sorted(found)).lower() or "none"
        kinds[layer["type"]] += 1
        types[kind] += 1
        if kind != "half":
            other.append(layer["name"])
    return {"count": sum(kinds.values()), "kinds": dict(kinds), "output_types": dict(types), "not_half": other}


def _current_target() -> str:
    tool = shutil.which("nvidia-smi")
    command = [tool or "nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.split()
    except (OSError, subprocess.SubprocessError):
        answer = []
    if not answer:
        raise BackendError(
            f"target {CURRENT}: nvidia-smi names no GPU here; name targets instead: --flavor rtx --target "
            f"{','.join(TARGETS)}"
        )
    return f"sm{answer[0].replace('.', '')}"
