"""What imports what: imports point down only, and heavy libraries are loaded where they are used."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

import paintstorch_sdk

ROOT = Path(paintstorch_sdk.__file__).parent
PACKAGE = "paintstorch_sdk"

# A module may import what stands on a line above its own. The GPU's modules and the kernels stand where they are used.
LAYERS = (
    ("errors", "machine", "telemetry"),
    ("hints.raster", "imaging.geometry"),
    (
        "arguments",
        "backends",
        "backends.forks",
        "backends.openvino_layers",
        "files",
        "gpu.device",
        "hints.files",
        "hints.flattened",
        "hints.sketch",
        "hub",
        "imaging.arrays",
        "imaging.color_profile",
        "imaging.deflate",
        "imaging.formats",
        "imaging.metrics",
        "imaging.packed",
        "imaging.runs",
        "imaging.scaling",
        "imaging.shadows",
        "imaging.tiles",
        "imaging.xdog",
    ),
    ("imaging.drawing", "imaging.png"),
    (
        "bundle",
        "gpu.arrays",
        "imaging.drawing",
        "imaging.picture_file",
        "networks.features",
        "networks.generator",
        "networks.shader",
    ),
    ("gpu.memory", "imaging.images", "imaging.regions"),
    (
        "gpu.engine_cache",
        "gpu.engine_key",
        "hints.model",
        "imaging.compose",
        "imaging.postprocess",
        "imaging.preprocess",
        "imaging.tiles",
        "networks.checkpoint",
        "networks.drawer",
        "networks.shade",
        "networks.split",
    ),
    (
        "backend",
        "hints.foreign",
        "hints.marks",
        "hints.palette",
        "kernels",
        "networks.model",
        "networks.published",
    ),
    ("gpu.background_build", "gpu.lanes", "gpu.profiles", "backends.tuning", "hints.meaning", "look"),
    ("hints.vote",),
    (
        "backends.compiled",
        "gpu.trt_runtime",
        "hints.choice",
        "hints.exact",
        "hints.explain",
        "hints.flow",
        "hints.kinship",
    ),
    ("composition", "networks.kinship"),
    (
        "backends.onnxruntime",
        "backends.openvino",
        "backends.tensorrt",
        "backends.torch_eager",
        "backends.triton",
        "painting",
    ),
    ("sheet",),
    ("backends.onnxruntime_cuda", "backends.openvino_tuning", "backends.registry", "renderer"),
    ("gpu.renderer", "layers.stack", "pipeline", "tracer"),
    ("canvas", "layers.ora", "layers.png_files", "layers.psd"),
    ("colorizer",),
    ("__init__",),
    ("shots.crew", "shots.order", "shots.plates", "shots.segments"),
    ("shots.enlarging", "shots.files", "shots.flow"),
    ("shots.frames", "shots.matching"),
    ("shots.propagation", "shots.store"),
    ("shots.parting", "shots.survey", "shots.video"),
    ("shots.damping", "shots.keys", "shots.plan"),
    ("shots.painters",),
    ("shots.farm",),
    ("shots.shot",),
    ("shots.results",),
    ("shots.checking",),
    ("serve.errors", "serve.metrics", "serve.settings", "serve.study.rates", "serve.watchers"),
    ("serve.problems", "serve.scheduler", "serve.schemas", "serve.study.analysis", "serve.study.store"),
    ("serve.guard", "serve.pictures", "serve.store", "serve.study.report"),
    ("serve.painting",),
    ("serve.gallery", "serve.sessions"),
    ("serve.parts",),
    ("serve.routes.bodies", "serve.routes.studio"),
    (
        "serve.routes.colorize",
        "serve.routes.drawings",
        "serve.routes.service",
        "serve.routes.socket",
        "serve.study.app",
    ),
    ("serve.routes.legacy",),
    ("serve.app",),
    ("serve.ray", "serve.server"),
    ("cli",),
)
# What makes something that stands above it, inside the function that does.
MAKERS = {
    ("backend", "renderer"),
    ("backends.onnxruntime", "backends.onnxruntime_cuda"),
    ("gpu.lanes", "gpu.renderer"),
}
RANK = {module: rank for rank, modules in enumerate(LAYERS) for module in modules}
# Not part of the runtime, which never imports them; the command line does, inside its commands.
BESIDE = ("bench", "examples", "export", "training")
# Heavy or optional libraries, and the modules that may import them.
HOMES = {
    "torch": ("backends.torch_eager", "networks."),
    "safetensors": ("networks.",),
    "onnxruntime": ("backends.onnxruntime", "backends.onnxruntime_cuda"),
    "openvino": ("backends.compiled", "backends.openvino"),
    "tensorrt": (),  # imported by name, as the bundle's engines need it
    "tensorrt_rtx": (),
    "pycuda": (),  # by name, in `gpu.device`
    "cuda": (),
    "huggingface_hub": ("hub",),
    "onnx": (),
    "onnxscript": (),
    "psd_tools": ("imaging.formats", "layers.psd"),
    "scipy": ("serve.study.", "shots.matching"),
    "tifffile": ("imaging.formats",),
    "fastapi": ("serve.",),
    "ray": ("serve.ray", "shots.farm"),
    "starlette": ("serve.",),
    "uvicorn": ("serve.server",),
    "pydantic": ("serve.",),
    "jinja2": ("serve.study.",),
    "typer": ("cli",),
    "rich": ("cli",),
}


def files():
    """The runtime's modules: name below the package -> file."""
    found = {}
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if parts[0] in (*BESIDE, "kernels", "models"):
            continue
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found[name] = file
    return found


@functools.cache
def imports(name):
    """(module, whether it runs when the file is imported) of every import statement, as absolute names."""
    return tuple(_imports(name, FILES[name]))


def _imports(name, file):
    tree = ast.parse(file.read_text("utf-8"))
    inside = set()
    for node in ast.walk(tree):
        lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if lazy or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            inside.update(child for child in ast.walk(node) if child is not node)
    package = [PACKAGE, *name.split(".")] if file.name == "__init__.py" else [PACKAGE, *name.split(".")[:-1]]
    if name == "__init__":
        package = [PACKAGE]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node not in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                own = ".".join(module.split(".")[1:])
                whole = f"{own}.{alias.name}" if own else alias.name
                is_module = module.startswith(PACKAGE) and whole in FILES
                yield (f"{module}.{alias.name}" if is_module else module), node not in inside


FILES = files()


def layer(name):
    """The line that a module of the runtime stands on."""
    folder = name.split(".")[0]
    return RANK[folder] if folder in ("cli", "kernels") else RANK.get(name)


def statements(file):
    """What a file does, beyond its docstring."""
    tree = ast.parse(file.read_text("utf-8"))
    return tree.body[1:] if ast.get_docstring(tree) is not None else tree.body


def test_every_module_has_its_place():
    empty = {name for name, file in FILES.items() if not statements(file)}
    homeless = [name for name in FILES if layer(name) is None and name not in empty]
    assert homeless == []


@pytest.mark.parametrize("name", [name for name in FILES if name.split(".")[0] != "cli"])
def test_imports_point_down(name):
    for module, at_once in imports(name):
        if module.split(".")[0] != PACKAGE:
            continue
        target = ".".join(module.split(".")[1:]) or "__init__"
        if (name, target) in MAKERS and not at_once:
            continue
        assert target.split(".")[0] not in BESIDE, f"{name} imports {module}"
        assert layer(target) is not None, f"{name} imports {module}"
        assert layer(name) is None or layer(target) < layer(name), f"{name} imports {module}"


@pytest.mark.parametrize("name", [name for name in FILES if name.split(".")[0] == "cli"])
def test_the_command_line_imports_what_a_command_needs_inside_it(name):
    for module, at_once in imports(name):
        part = module.split(".")[1] if module.startswith(f"{PACKAGE}.") else ""
        assert not (at_once and part in (*BESIDE, "networks")), f"{name} imports {module} at once"


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_its_home(library):
    for name in FILES:
        for module, at_once in imports(name):
            if module.split(".")[0] != library:
                continue
            # A command, like `pts doctor`, may ask a library of itself, inside the command.
            allowed = name.startswith(HOMES[library]) or (name.startswith("cli") and not at_once)
            assert allowed, f"{name} imports {module}"


def test_importing_the_package_is_light():
    """Nobody who imports it pays for a runtime library, or for a command line, that is not used."""
    heavy = [*HOMES, "importlib.metadata", "asyncio", "multiprocessing", "http", "paintstorch_sdk.cli"]
    script = f"import sys, paintstorch_sdk; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_the_public_names():
    assert sorted(paintstorch_sdk.__all__) == [
        "BackendError",
        "Bundle",
        "BundleError",
        "Canvas",
        "CheckpointError",
        "Colorizer",
        "HintError",
        "Hints",
        "ImageError",
        "InputError",
        "Look",
        "ModelError",
        "OutputError",
        "PaintsTorchError",
        "PaintsTorchWarning",
        "Region",
        "Stroke",
        "__version__",
        "colorize",
    ]
    for name in paintstorch_sdk.__all__:
        assert getattr(paintstorch_sdk, name) is not None


def test_every_error_of_the_package_is_one_of_its_tree():
    root = paintstorch_sdk.PaintsTorchError
    errors = {name for name in vars(paintstorch_sdk.errors) if name.endswith("Error")}
    assert errors <= set(paintstorch_sdk.__all__)
    assert all(issubclass(getattr(paintstorch_sdk, name), root) for name in errors)


def test_the_version_is_that_of_the_distribution():
    from importlib.metadata import version

    assert paintstorch_sdk.__version__ == version("paintstorch-sdk")
