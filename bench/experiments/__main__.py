"""What one kernel for a whole ResNeXt bottleneck could save, predicted; `--measure` puts what a GPU says beside it."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from paintstorch_sdk.errors import InputError, PaintsTorchError
from paintstorch_sdk.files import write_file

from .fusion import Rates, format_kernel_predictions, format_predictions


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code is 2 where it was asked for what cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m paintstorch_sdk.bench.experiments", description=__doc__)
    parser.add_argument("--width", type=int, default=64, choices=(32, 64))
    parser.add_argument("--size", default="512x512", metavar="WxH", help="of the line art: multiples of 32")
    parser.add_argument("--memory", type=float, default=Rates.memory, metavar="BYTES/S")
    parser.add_argument("--compute", type=float, default=Rates.compute, metavar="FLOP/S")
    parser.add_argument("--measure", action="store_true", help="run it all on the GPU that is here")
    parser.add_argument("--rounds", type=int, default=8, help="turns of a measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured")
    given = parser.parse_args(arguments)
    try:
        side = _side(given.size)
        rates = Rates(given.memory, given.compute)
        tables = (format_predictions(given.width, side, rates), format_kernel_predictions(given.width, side, rates))
        sys.stdout.write("\n\n".join(tables) + "\n")
        if given.measure:
            _measure(given.width, side, rates, given.rounds, given.json)
    except PaintsTorchError as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2
    return 0


def _side(size: str) -> tuple[int, int]:
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal()) or int(width) % 32 or int(height) % 32 or "0" in (width, height):
        raise InputError(f"--size: expected two multiples of 32, such as 512x512, received {size}")
    return int(width), int(height)


def _measure(width: int, side: tuple[int, int], rates: Rates, rounds: int, file: Path | None) -> None:
    from . import contest

    def keep(found: contest.Contest) -> None:
        sys.stderr.write(f"{found.timings[-1].part} is done\n")
        if file is not None:
            write_file(file, json.dumps(contest.to_json_types(found), indent=1) + "\n")

    sys.stdout.write("\n" + contest.format_contest(contest.run_contest(width, side, rates, rounds, keep)) + "\n")


if __name__ == "__main__":
    sys.exit(main())
