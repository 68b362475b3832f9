"""Measure how this processor runs a model best with OpenVINO: the precision, and how groups are packed."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..backend import FloatTensor, Precision
from ..bundle import PAINTER, Bundle
from ..hints.model import Hints
from ..imaging.metrics import psnr
from ..machine import count_threads
from ..painting import prepare_hints
from ..sheet import Sheet
from .openvino import OpenVinoBackend, compile_graph, probe
from .openvino_layers import GROUPED, find_convolutions
from .tuning import APART, WIDE, Plan, Tuning

CANDIDATES = (APART, 2, 4, 8, 16, 32, WIDE)  # channels of joined groups
ROUNDS = 5
WORTH = 0.98  # of the usual plan's time: less than that is no gain
MIN_PSNR = {"bf16": 40.0, "int8": 42.0}  # dB of the worst example from fp32

Inputs = Sequence[tuple[FloatTensor, FloatTensor]]


def measure_ways(bundle: Bundle, examples: Sequence[tuple[Path, Path]]) -> Tuning:
    """Find the best plan of each precision that runs here, and the fastest precision that passes its gate.

    Args:
        bundle: The model.
        examples: Line art and hints: the first is measured on, all must come out as in fp32.
    """
    inputs = _load_inputs(bundle, examples)
    offered = [p for p in dict(probe().devices)["cpu"] if p != "int8" or bundle.has_int8]
    plans: dict[Precision, Plan] = {}
    for precision in offered:
        plans[precision] = _find_packing(bundle, precision, inputs[0])
    ways: dict[tuple[Precision, bool], OpenVinoBackend] = {
        (precision, usual): OpenVinoBackend(bundle, precision, plan=Plan.usual(precision) if usual else plan)
        for precision, plan in plans.items()
        for usual in (True, False)
    }
    exact = [_paint(ways["fp32", True], *one) for one in inputs]
    taken = _time_in_turns({key: partial(_paint, way, *inputs[0]) for key, way in ways.items()}, 2 * ROUNDS)
    measured: dict[str, dict[str, float]] = {}
    for precision in offered:
        best, usual = taken[precision, False], taken[precision, True]
        if best > WORTH * usual:
            plans[precision], best = Plan.usual(precision), usual
        painted = [_paint(ways[precision, False], *one) for one in inputs]
        worst = min(min(psnr(one, other, peak=2.0), 200.0) for one, other in zip(painted, exact, strict=True))
        measured[precision] = {
            "milliseconds": round(1e3 * best, 2),
            "usual": round(1e3 * usual, 2),
            "psnr": round(worst, 2),
        }
    for way in ways.values():
        way.close()
    passing = [p for p in offered if measured[p]["psnr"] >= MIN_PSNR.get(p, 0.0)]
    fastest = min(passing, key=lambda p: measured[p]["milliseconds"])
    threads = count_threads()
    if threads > 2:
        plans[fastest] = _find_threads(bundle, fastest, plans[fastest], threads, inputs[0])
    return Tuning(fastest, {str(name): plan for name, plan in plans.items()}, measured)


def _find_packing(bundle: Bundle, precision: Precision, sample: tuple[FloatTensor, FloatTensor]) -> Plan:
    """For each width of groups the packing whose layers take least, by OpenVINO's clock for each layer."""
    widths = _find_widths(bundle)
    seconds: dict[int, dict[int, float]] = {width: {} for width in set(widths.values())}
    with OpenVinoBackend(bundle, precision) as reference:
        encoded = reference.encode(sample[0])
        feeds = reference.name_inputs(encoded, sample[1])
        for channels in CANDIDATES:
            plan = Plan(dict.fromkeys(seconds, channels))
            request = compile_graph(
                bundle, PAINTER, precision, plan, options={"PERF_COUNT": True}
            ).create_infer_request()
            for name, tensor in feeds.items():
                request.set_tensor(name, tensor)
            samples: dict[int, list[float]] = {width: [] for width in seconds}
            for turn in range(ROUNDS + 1):
                request.infer()
                spent = dict.fromkeys(seconds, 0.0)
                for layer in request.profiling_info:
                    # A conversion of layouts before or after a layer is named after it.
                    owner = next((node for node in _names_in(layer.node_name) if node in widths), None)
                    if owner:
                        spent[widths[owner]] += layer.real_time.total_seconds()
                for width in samples if turn else ():  # the first one makes the kernels
                    samples[width].append(spent[width])
            for width, spans in samples.items():
                seconds[width][channels] = statistics.median(spans)
    packing = {width: min(found, key=lambda c: found[c]) for width, found in seconds.items()}
    return Plan({width: to for width, to in packing.items() if to > width or (width, to) == (2, APART)})


def _names_in(layer: str) -> list[str]:
    return [layer, layer.rpartition("_abcd_acdb_")[2], layer.rpartition("___")[2], layer.partition("___")[0]]


def _find_widths(bundle: Bundle) -> dict[str, int]:
    """The painter's grouped convolutions, by OpenVINO's names of their nodes -> channels of a group."""
    from .openvino import CORE

    found = find_convolutions(CORE.read_model(bundle.file(PAINTER)))
    return {
        node.get_friendly_name(): int(node.input_value(1).get_shape()[2])
        for _, node in found
        if node.get_type_name() == GROUPED
    }


def _find_threads(
    bundle: Bundle, precision: Precision, plan: Plan, threads: int, sample: tuple[FloatTensor, FloatTensor]
) -> Plan:
    """All threads, or half of them: where two share a core, the second may only disturb."""
    plans = [plan, replace(plan, threads=threads // 2)]
    ways = {index: OpenVinoBackend(bundle, precision, plan=one) for index, one in enumerate(plans)}
    taken = _time_in_turns({index: partial(_paint, way, *sample) for index, way in ways.items()}, ROUNDS)
    for way in ways.values():
        way.close()
    return plans[1] if taken[1] < WORTH * taken[0] else plan


def _time_in_turns(calls: dict[Any, Callable[[], Any]], rounds: int) -> dict[Any, float]:
    """Median seconds of each call, all in turns after one of each."""
    taken: dict[Any, list[float]] = {key: [] for key in calls}
    for turn in range(rounds + 1):
        for key, call in calls.items():
            start = time.perf_counter()
            call()
            if turn:
                taken[key].append(time.perf_counter() - start)
    return {key: statistics.median(found) for key, found in taken.items()}


def _load_inputs(bundle: Bundle, examples: Sequence[tuple[Path, Path]]) -> Inputs:
    """Line art and hint map of each example, at the model's working size."""
    inputs = []
    for line_art, source in examples:
        sheet = Sheet.load(line_art, bundle.working_size)
        hints = Hints.of(source).on(sheet.line_art)
        prepared = prepare_hints(hints, sheet.regions, sheet.geometry, bundle.confidence)
        inputs.append((sheet.tensor, np.ascontiguousarray(prepared.hint_map[np.newaxis], np.float32)))
    return inputs


def _paint(backend: OpenVinoBackend, line_art: FloatTensor, hint_map: FloatTensor) -> FloatTensor:
    return backend.paint(backend.encode(line_art), hint_map)
