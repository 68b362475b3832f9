"""How long an artist waits: from pen-up to the picture on the screen, through browser, WebSocket and queue.

python -m paintstorch_sdk.bench.experiments.studio -o docs/measured/studio.json
python -m paintstorch_sdk.bench.experiments.studio --load 10   # minutes of 30 clients on 100 drawings

Strokes in the browser and renders in this process take turns, so that both see the machine in the same mood.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import paintstorch_sdk as pts
from paintstorch_sdk.examples import FOLDER
from paintstorch_sdk.imaging.images import load_line_art
from paintstorch_sdk.serve.painting import Easel, ModelPool, Snapshot
from paintstorch_sdk.serve.schemas import DrawingLook
from paintstorch_sdk.serve.settings import Settings

STROKES = 60
USERS = 8
SECONDS = 20.0  # that the users draw
CLIENTS, DRAWINGS = 30, 100  # of the load test
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
EXAMPLE, SIZE = "sylvie", (456, 700)  # its long side is 512 px in the network


@dataclass
class LoadSeen:
    """The observations of the clients of a load test.

    Attributes:
        seconds: Time from sending a stroke to its full picture.
        refused: Answers 429.
        errors: Anything else that was not as it should be.
        memory: Memory of the server, MB, once a second or so.
        work: Processor seconds of the server.
    """

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    work: float = 0.0


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--strokes", type=int, default=STROKES)
    parser.add_argument("--load", type=float, metavar="MINUTES", help="the load test alone")
    options = parser.parse_args()
    # Others' work on the machine slows both sides of the ratios, and the users' absolute times.
    machine = {"cores": os.cpu_count(), "load_average_before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (address, process):
        if options.load:
            document: dict[str, Any] = {"load": measure_load(address, process.pid, 60 * options.load)}
        else:
            document = measure_latency(address, options.strokes)
            document["users"] = measure_users(address)
    document["machine"] = machine
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    if options.out:
        options.out.write_text(json.dumps(document, indent=2) + "\n")


def measure_latency(address: str, strokes: int) -> dict[str, Any]:
    """Pen-up to picture in a browser, `Canvas.render` and the studio's preview in this process, in turns.

    Returns:
        Milliseconds of each, and their ratios.
    """
    from playwright.sync_api import sync_playwright

    chance = random.Random(1)
    renders: list[float] = []
    full: list[float] = []
    previews: list[float] = []  # those that reached the browser
    small: list[float] = []
    painter = ModelPool(Settings(folder=Path()))
    easel = Easel(painter, load_line_art(FOLDER / f"{EXAMPLE}.png"), DrawingLook())
    with sync_playwright() as started, pts.Colorizer() as colorizer:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        page.goto(address)
        page.click(f"[data-example={EXAMPLE}]")
        page.wait_for_selector("html[data-kind=full]", state="attached")
        page.evaluate("window.seen = []; addEventListener('pts-painted', e => window.seen.push(e.detail))")
        canvas = colorizer.canvas(FOLDER / f"{EXAMPLE}.png")
        box = page.locator("#canvas-b").bounding_box()
        assert box is not None
        for index in range(strokes + 3):
            x, y = chance.uniform(120, SIZE[0] - 120), chance.uniform(150, SIZE[1] - 150)
            canvas.add(pts.Stroke([(x, y), (x + 20, y + 20)], "#6fa8dc", 11))
            begin = time.perf_counter()
            canvas.render()
            render = time.perf_counter() - begin
            begin = time.perf_counter()
            easel.preview(Snapshot(index, canvas.hints, DrawingLook()))
            preview = time.perf_counter() - begin
            left = box["x"] + (box["width"] - SIZE[0]) / 2 + x
            page.evaluate("window.seen = []")
            page.mouse.move(left, box["y"] + y)
            page.mouse.down()
            page.mouse.move(left + 20, box["y"] + y + 20, steps=4)
            page.mouse.up()
            page.wait_for_function("() => window.seen.some(one => one.kind === 'full')")
            seen = page.evaluate("window.seen")
            if index < 3:  # the first ones load and compile
                continue
            renders.append(1000 * render)
            small.append(1000 * preview)
            full.append(next(one["ms"] for one in seen if one["kind"] == "full"))
            previews += [one["ms"] for one in seen if one["kind"] == "preview"][:1]
        browser.close()
    painter.close()
    table = {"render": spread(renders), "preview": spread(small), "browser": spread(full)}
    if previews:
        table["browser_preview"] = spread(previews)
    ratios = {
        "median": table["browser"]["p50"] / table["render"]["p50"],
        "p95": table["browser"]["p95"] / table["render"]["p95"],
    }
    return {
        "milliseconds": table,
        "browser_over_render": {name: round(value, 2) for name, value in ratios.items()},
        "preview_over_render": round(table["preview"]["p50"] / table["render"]["p50"], 2),
    }


def measure_users(address: str) -> dict[str, Any]:
    """Several users, each with a drawing of their own, a stroke a second each."""
    load = asyncio.run(_draw_together(address, USERS, USERS, SECONDS, pause=1.0))
    return {"users": USERS, "milliseconds": spread([1000 * s for s in load.seconds]), "errors": load.errors}


def measure_load(address: str, process: int, seconds: float) -> dict[str, Any]:
    """Many clients for a long time: errors, memory, the slowest answers."""
    load = asyncio.run(_draw_together(address, CLIENTS, DRAWINGS, seconds, pause=0.5, process=process))
    memory = np.asarray(load.memory)
    third = max(1, len(memory) // 3)
    minute = max(1, round(len(memory) * 60 / seconds))
    return {
        "clients": CLIENTS,
        "drawings": DRAWINGS,
        "minutes": round(seconds / 60, 1),
        "strokes": len(load.seconds),
        "refused_429": load.refused,
        "errors": load.errors,
        "milliseconds": spread([1000 * s for s in load.seconds]),
        "server_processor_ms_per_stroke": round(1000 * load.work / max(1, len(load.seconds))),
        "memory_mb": {
            "each_minute": [round(float(value)) for value in memory[minute - 1 :: minute]],
            "middle_third": round(float(memory[third : 2 * third].mean())),
            "last_third": round(float(memory[-third:].mean())),
        },
    }


async def _draw_together(
    address: str, clients: int, drawings: int, seconds: float, pause: float, process: int | None = None
) -> LoadSeen:
    import httpx2 as httpx

    load = LoadSeen()
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        made = [
            (await client.post("/v1/drawings", json={"example": EXAMPLE})).headers["location"] for _ in range(drawings)
        ]
        end = time.perf_counter() + seconds
        watch = asyncio.create_task(_watch_memory(process, end, load)) if process else None
        ways = [_draw_by_socket, _draw_by_requests] if process else [_draw_by_socket]
        await asyncio.gather(
            *(ways[k % len(ways)](client, made[k::clients], end, pause, k, load) for k in range(clients))
        )
        if watch is not None:
            await watch
    return load


async def _draw_strokes(number: int, end: float, pause: float) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """The strokes of one client, counted from 1, as a person draws them: a stroke, a look at the picture, a pause."""
    chance = random.Random(number)
    await asyncio.sleep(pause * chance.random())
    for count in itertools.count(1):
        if time.perf_counter() > end:
            return
        yield count, {"add": [_new_stroke(chance, f"c{number}-{count}")]}
        await asyncio.sleep(pause)


async def _draw_by_socket(
    client: Any, drawings: Sequence[str], end: float, pause: float, number: int, load: LoadSeen
) -> None:
    """Draws ten strokes on each of its drawings in turns."""
    from websockets.asyncio.client import connect

    address = str(client.base_url).replace("http", "ws").rstrip("/")
    async with AsyncExitStack() as opened:
        link: Any = None
        async for count, change in _draw_strokes(number, end, pause):
            if link is None or count % 10 == 1:
                await opened.aclose()
                drawing = drawings[count // 10 % len(drawings)]
                link = await opened.enter_async_context(connect(f"{address}{drawing}/socket", max_size=2**24))
            begin = time.perf_counter()
            await link.send(json.dumps({"type": "change", "seq": count, **change}))
            try:
                await asyncio.wait_for(_await_picture(link, count), 60)
            except (TimeoutError, RuntimeError) as error:
                load.errors.append(f"{type(error).__name__}: {error}")
                link = None
                continue
            if count > 1:  # the first one opens the drawing
                load.seconds.append(time.perf_counter() - begin)


async def _draw_by_requests(
    client: Any, drawings: Sequence[str], end: float, pause: float, number: int, load: LoadSeen
) -> None:
    """The same without a socket: a stroke is sent, the picture asked for; who is refused comes again when told to."""
    async for count, change in _draw_strokes(number, end, pause):
        drawing = drawings[count // 10 % len(drawings)]
        begin = time.perf_counter()
        answer = await client.patch(f"{drawing}/strokes", json=change)
        while answer.status_code in (200, 429):
            begin = begin if answer.status_code == 200 else time.perf_counter()
            answer = await client.get(f"{drawing}/picture", params={"format": "jpg"})
            if answer.status_code != 429:
                break
            load.refused += 1
            await asyncio.sleep(float(answer.headers["retry-after"]))
        if answer.status_code != 200:
            load.errors.append(f"{answer.status_code}: {answer.text[:200]}")
        load.seconds.append(time.perf_counter() - begin)


def _new_stroke(chance: random.Random, name: str) -> dict[str, Any]:
    x, y = chance.uniform(80, 380), chance.uniform(100, 600)
    return {"id": name, "points": [[x, y], [x + 20, y + 10]], "color": "#6fa8dc", "width": 11}


async def _await_picture(link: Any, seq: int) -> None:
    version = None
    while True:
        message = await link.recv()
        head = json.loads(message if isinstance(message, str) else message.partition(b"\n")[0])
        if head["type"] in ("refused", "error"):
            raise RuntimeError(head["message"])
        if head["type"] == "ack" and head["seq"] == seq:
            version = head["version"]
        if head["type"] == "picture" and head["kind"] == "full" and version is not None and head["version"] >= version:
            return


async def _watch_memory(process: int, end: float, load: LoadSeen) -> None:
    begin = _processor_seconds(process)
    while time.perf_counter() < end:
        status = Path(f"/proc/{process}/status").read_text()
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        load.memory.append(int(resident.split()[1]) / 1024)
        load.work = _processor_seconds(process) - begin
        await asyncio.sleep(1.0)


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(values: Sequence[float]) -> dict[str, float]:
    """Percentiles of measured values."""
    percentiles = {f"p{p}": round(float(np.percentile(values, p)), 1) for p in (50, 95, 99)}
    return {"count": len(values), **percentiles, "most": round(max(values), 1)}


@contextmanager
def serving(folder: Path) -> "Iterator[tuple[str, subprocess.Popen[str]]]":
    """A server of its own; its address and process."""
    command = [str(Path(sys.executable).with_name("pts")), "serve", "--port", "0", "--data", str(folder)]
    with (folder / "log.jsonl").open("w") as log:
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
        assert process.stderr is not None
        try:
            for line in process.stderr:
                document = json.loads(line)
                if document["event"] == "listening":
                    break
            else:
                raise RuntimeError("the server ended before it listened")
            # What it says from now on would fill the pipe.
            drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=log)
            yield str(document["address"]).rstrip("/"), process
        finally:
            process.terminate()
            process.wait(60)
            drain.wait(60)


if __name__ == "__main__":
    main()
