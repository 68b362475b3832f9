"""Bytes that cross the GPU's memory, counted by Nsight Compute while a process of its own runs every way once.

`python -m paintstorch_sdk.bench.experiments.traffic WIDTH WxH LIBRARY TARGET FILE` is that process. Before each way it
launches a kernel that no way has, so that what ncu lists can be cut there.
"""

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from paintstorch_sdk.errors import BackendError

METRICS = ("dram__bytes_read.sum", "dram__bytes_write.sum")
MARK = "spin_kernel"  # of torch.cuda._sleep
LIMIT = 240.0  # seconds

Section = tuple[str, str]  # part and way


def count_bytes(width: int, side: tuple[int, int], library: Path, target: str) -> tuple[dict[Section, int], str]:
    """Bytes read and written by one call of each part and way; or nothing, and why."""
    tool = shutil.which("ncu")
    if tool is None:
        return {}, "bytes: Nsight Compute (ncu) is not on the path"
    with tempfile.TemporaryDirectory() as folder:
        log, sections = Path(folder) / "ncu.csv", Path(folder) / "sections.json"
        command = [
            *(tool, "--csv", "--log-file", str(log), "--print-units", "base", "--metrics", ",".join(METRICS)),
            *("--cache-control", "none", "--clock-control", "none", "--profile-from-start", "off"),
            *(sys.executable, "-m", "paintstorch_sdk.bench.experiments.traffic"),
            *(str(width), f"{side[0]}x{side[1]}", str(library), target, str(sections)),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
            lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
            if done.returncode:
                said = [*lines, *done.stderr.splitlines()] or [f"exit status {done.returncode}"]
                return {}, f"bytes: ncu failed: {said[-1]:.200}"
            names = [(part, way) for part, way in json.loads(sections.read_text("utf-8"))]
            return dict(zip(names, cut_sections(lines), strict=True)), ""
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            return {}, f"bytes: {type(error).__name__}: {error!s:.200}"


def cut_sections(lines: Iterable[str]) -> list[int]:
    """Bytes of each section of a list by ncu: a line for each kernel and metric, in the order of the launches.

    Raises:
        ValueError: It is no such list.
    """
    rows = csv.DictReader(line for line in lines if line.startswith('"'))
    sections: list[int] = []
    last = ""
    for row in rows:
        if not {"ID", "Kernel Name", "Metric Name", "Metric Unit", "Metric Value"} <= row.keys():
            raise ValueError(f"ncu's list has other columns: {', '.join(map(str, row))}")
        if row["Metric Name"] not in METRICS or row["Metric Unit"] != "byte":
            raise ValueError(f"expected bytes, received {row['Metric Name']} in {row['Metric Unit']}")
        if MARK in row["Kernel Name"]:
            if row["ID"] != last:
                sections.append(0)
            last = row["ID"]
        elif sections:
            sections[-1] += int(row["Metric Value"].replace(",", ""))
    return sections


def main(width: str, size: str, library: str, target: str, file: str) -> None:
    """Run every way of every stage once, and write their names in order."""
    import torch

    from .contestants import EAGER, NETWORK, list_tiles, make_parts, make_ways

    across, down = (int(side) for side in size.split("x"))
    torch.backends.cudnn.benchmark = True
    with torch.no_grad():
        runs = {}
        for part in make_parts(int(width), (across, down), "cuda"):
            if part.name == NETWORK:
                continue
            tiles = list_tiles(part.name, int(width))
            for way, opener in make_ways(part, Path(library), target, tiles).items():
                if way == EAGER:  # the same kernels as recorded
                    continue
                try:
                    runs[part.name, way] = opener()
                    for _ in range(2):
                        runs[part.name, way]()
                except Exception as error:  # of any library: it has no bytes then
                    sys.stderr.write(f"{part.name}, {way}: {error}\n")
                    runs.pop((part.name, way), None)
        if not runs:
            raise BackendError("no way runs")
        cuda: Any = torch.cuda  # some versions of torch give its functions no types
        cuda.synchronize()
        cuda.profiler.start()
        for run in runs.values():
            cuda._sleep(1000)
            run()
            cuda.synchronize()
        cuda.profiler.stop()
    Path(file).write_text(json.dumps([*runs]), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
