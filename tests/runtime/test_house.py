"""What holds for every module: no circle of imports, one class a name, no command longer than a screen."""

import ast
from collections import Counter
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("bench", "examples", "export", "kernels", "training")  # of the top level; they are mapped into the package
LONGEST_BODY = 60  # lines of a command's function, without its docstring


def read_modules():
    """Every module of the package, and of what stands beside the wheel, by its name."""
    found = {}
    for folder in ("paintstorch_sdk", *FOLDERS):
        for file in sorted((ROOT / folder).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            parts = parts if folder == "paintstorch_sdk" else ("paintstorch_sdk", *parts)
            found[".".join(parts)] = ast.parse(file.read_text("utf-8"))
    return found


MODULES = read_modules()


def walk_at_once(node):
    """The nodes that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from walk_at_once(child)


def find_imports(name):
    """The modules of the package that a module loads when it is imported."""
    package = name.rpartition(".")[0]
    for node in walk_at_once(MODULES[name]):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            names = [f"{source}.{one}" if f"{source}.{one}" in MODULES else source for one in names]
        for one in names:
            for module in (one, f"{one}.__init__"):
                if module in MODULES:
                    yield module


def test_no_circle_of_imports():
    graph = {name: set(find_imports(name)) for name in MODULES}
    assert sum(map(len, graph.values())) > 1000  # they are found
    TopologicalSorter(graph).prepare()  # raises an error that names the circle


def test_no_class_name_stands_for_two_things():
    names = Counter(node.name for tree in MODULES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_command_is_longer_than_a_screen():
    for name, tree in MODULES.items():
        if not name.startswith("paintstorch_sdk.cli."):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                length = node.end_lineno - body[0].lineno + 1 if body else 0
                assert length <= LONGEST_BODY, f"{name}.{node.name}"
