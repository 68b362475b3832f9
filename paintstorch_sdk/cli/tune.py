"""`pts tune`: measure how this processor runs a model best, once; whoever loads the model then runs it so."""

from typing import Annotated

import typer

from .options import Model


def tune(
    model: Model = "default",
    again: Annotated[bool, typer.Option("--again", help="Measure what was measured before, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Measure how this processor runs a model best with OpenVINO.

    Takes some 20 seconds: which precision is fastest of those that paint
    as fp32 does, and how the network's groups are packed in each. Kept for
    this processor and model; --no-tune or PTS_NO_TUNE=1 takes no notice of it.

    \b
    pts tune
    pts tune --model mymodel/ --again
    """
    from ..backends.registry import probe
    from ..backends.tuning import tune as tune_model
    from ..bundle import Bundle
    from ..errors import BackendError
    from .console import say, say_json, working

    bundle = Bundle.open(model)
    available = probe("openvino")
    if not available.devices:
        raise BackendError(f"tune: openvino cannot run here: {available.reason}; {available.remedy}")
    from paintstorch_sdk.examples import examples

    from ..backends.openvino_tuning import measure_ways

    with working("measuring"):
        found, place = tune_model(bundle, available, lambda: measure_ways(bundle, examples()), again=again)
    if as_json:
        say_json({"file": place and str(place), **found.to_json()})
        return
    for name, plan in found.plans.items():
        measured = found.measured[name]
        say(
            f"{name}: {measured['milliseconds']:.1f} ms a picture ({measured['usual']:.1f} untuned), "
            f"{measured['psnr']:.1f} dB from fp32, {plan.describe()}"
        )
    say(f"{bundle.name} runs in {found.precision} from now on, where precision is auto")
    say(f"kept in {place}" if place else "not kept: the cache cannot be written; set PAINTSTORCH_CACHE to a folder")
