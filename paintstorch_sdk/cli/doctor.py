"""`pts doctor`: what can run here, and why the rest cannot."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .tables import print_facts, print_table

if TYPE_CHECKING:
    from ..backend import Availability


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say what can run here, and why the rest cannot.

    Lists every backend with its devices and precisions, fastest first, or
    the reason and the remedy; checks the bundled models. The exit code is 1
    if nothing can run.
    """
    from .. import __version__, machine
    from ..backends.registry import BACKENDS
    from .console import say_json, working

    with working("looking at backends, models and the machine"):
        found = machine.describe()
        backends = [_probe(name) for name in BACKENDS]
        models = _models()
        problems = machine.find_conflicts() + [
            f"model {model['model']}: {model['error']}" for model in models if model["error"]
        ]
    if as_json:
        say_json(
            {
                "paintstorch_sdk": __version__,
                **found,
                "backends": [_document(backend) for backend in backends],
                "models": models,
                "problems": problems,
            }
        )
    else:
        _show(__version__, found, backends, models, problems)
    if not any(backend.devices for backend in backends):
        raise typer.Exit(1)


def _probe(name: str) -> "Availability":
    from ..backend import Availability
    from ..backends.registry import probe

    try:
        return probe(name)
    except Exception as error:  # a broken library may raise anything; the other backends are still worth knowing
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return Availability(name, None, (), f"its library fails to load: {lines[0]}", "reinstall it")


def _models() -> list[dict[str, Any]]:
    from ..bundle import Bundle, list_models
    from ..errors import BundleError

    models: list[dict[str, Any]] = []
    for name in list_models():
        try:
            bundle = Bundle.open(name)
        except BundleError as error:
            models.append({"model": name, "bytes": None, "error": str(error)})
        else:
            models.append({"model": name, "bytes": bundle.bytes, "error": None})
    return models


def _document(backend: "Availability") -> dict[str, Any]:
    return {
        "backend": backend.backend,
        "version": backend.version,
        "runs": bool(backend.devices),
        "devices": {device: list(precisions) for device, precisions in backend.devices},
        "reason": backend.reason,
        "remedy": backend.remedy,
    }


def _show(
    version: str,
    found: dict[str, Any],
    backends: "list[Availability]",
    models: list[dict[str, Any]],
    problems: list[str],
) -> None:
    from rich.console import Console
    from rich.text import Text

    print_facts(_facts(version, found, models))
    rows = []
    for backend in backends:
        runs = "\n".join(f"{device} {', '.join(precisions)}" for device, precisions in backend.devices)
        why = Text()
        if backend.reason:
            why.append(backend.reason)
            why.append(f"\n{backend.remedy}" if backend.remedy else "", "cyan")
        ran = Text(runs, "green") if runs else Text("nothing", "red")
        rows.append((Text(backend.backend, "bold"), backend.version or "-", ran, why))
    print_table(("backend", "version", "runs on", "what is missing, and the remedy"), rows, whole=3)
    for problem in problems:
        Console().print(Text(f"problem: {problem}", "red"))


def _facts(version: str, found: dict[str, Any], models: list[dict[str, Any]]) -> list[tuple[str, str]]:
    bf16 = {True: "computes in bf16", False: "no bf16", None: "bf16 unknown"}[found["bf16"]]
    memory = f", {found['memory_gib']:g} GiB" if found["memory_gib"] else ""
    gpus = found["gpus"]
    sound = [f"{m['model']} ({m['bytes'] / 1e6:.1f} MB, hashes match)" for m in models if not m["error"]]
    return [
        ("paintstorch-sdk", version),
        ("python", found["python"]),
        ("system", found["os"]),
        ("cpu", f"{found['cpu']}, {found['threads']} threads, {bf16}{memory}"),
        ("gpu", "\n".join(gpus) if gpus else "no nvidia-smi" if gpus is None else "nvidia-smi names none"),
        ("gpu libraries", ", ".join(f"{name} {version or '-'}" for name, version in found["gpu_libraries"].items())),
        ("models", ", ".join(sound) or "none"),
    ]
