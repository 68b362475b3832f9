"""CUDA sources -> PTX: the files that come with the package, and rebuilds of edited sources into a cache.

PTX for the oldest architecture runs on every newer one: the driver compiles it when it is loaded, so that users need
no CUDA toolkit. `python -m paintstorch_sdk.kernels.build` (or `make kernels`) writes the files again.
"""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.files import replacing, write_file

HERE = Path(__file__).parent
SOURCES = HERE / "cu"
SHIPPED = HERE / "ptx"
MANIFEST = "manifest.json"
MODULES = ("color", "hints", "line_art", "xdog")
ARCHITECTURES = (75, 80, 86, 89, 90, 120)  # what must compile; the first one's PTX is shipped
# No contraction into fused multiply-adds: see cu/pixel.cuh. Warnings of nvcc and of the host compiler are errors.
OPTIONS = ("-std=c++17", "-fmad=false", "-Werror", "all-warnings", "-Xcompiler", "-Wall")


def fingerprint() -> str:
    """SHA-256 of the names and contents of all sources, of the options, and of the PTX's architecture."""
    digest = hashlib.sha256(repr((OPTIONS, ARCHITECTURES[0])).encode())
    for path in sorted(SOURCES.iterdir()):
        if path.suffix in (".cu", ".cuh"):
            text = path.read_text("utf-8")  # as text: a checkout on Windows may have other line ends
            digest.update(f"{path.name}\0{len(text)}\0{text}".encode())
    return digest.hexdigest()


def ptx(module: str) -> bytes:
    """The PTX of one of `MODULES`: the shipped one, or a rebuild where the sources are not what it was made of.

    Raises:
        BackendError: The sources were edited and nvcc is missing or refuses them.
    """
    sources = fingerprint()
    shipped = SHIPPED / f"{module}.ptx"
    if shipped.exists() and manifest().get("sources") == sources:
        return shipped.read_bytes()
    compiler = nvcc()
    key = hashlib.sha256(f"{sources}\0{_version(compiler)}".encode()).hexdigest()[:32]
    cached = _cache() / f"{module}-{key}.ptx"
    if not cached.exists():
        compile_ptx(compiler, module, cached)
    return cached.read_bytes()


def manifest() -> dict[str, str]:
    """Record of what the shipped PTX was made of; empty where there is none."""
    path = SHIPPED / MANIFEST
    if not path.exists():
        return {}
    content: dict[str, str] = json.loads(path.read_text("utf-8"))
    return content


def nvcc() -> str:
    """Path of NVIDIA's compiler.

    Raises:
        BackendError: It is not installed.
    """
    found = shutil.which("nvcc")
    if found is None:
        raise BackendError(
            "kernels: their sources were edited, and there is no nvcc to compile them; install the CUDA toolkit, or "
            "restore the sources with pip install --force-reinstall paintstorch-sdk"
        )
    return found


def compile_ptx(compiler: str, module: str, target: Path) -> None:
    """Compile one module to PTX for the oldest architecture.

    Raises:
        BackendError: nvcc refuses it.
        OutputError: The target cannot be written.
    """
    with replacing(target) as temporary:
        command = [compiler, *OPTIONS, f"-arch=compute_{ARCHITECTURES[0]}", "-ptx", "-o", str(temporary)]
        run_nvcc([*command, str(SOURCES / f"{module}.cu")], f"kernels: nvcc cannot compile {module}.cu")


def run_nvcc(command: Sequence[str], refusal: str) -> None:
    """Run the compiler; a BackendError says the refusal and the first line of why."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        raise BackendError(f"{refusal}: {lines[0]}")


def build() -> None:
    """Write the shipped PTX and its manifest, from the present sources."""
    compiler = nvcc()
    for module in MODULES:
        compile_ptx(compiler, module, SHIPPED / f"{module}.ptx")
    content = {"sources": fingerprint(), "architecture": f"compute_{ARCHITECTURES[0]}", "nvcc": _version(compiler)}
    write_file(SHIPPED / MANIFEST, json.dumps(content, indent=2) + "\n")


def _version(compiler: str) -> str:
    output = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"release [\d.]+, V([\d.]+)", output)
    return found[1] if found else "unknown"


def _cache() -> Path:
    return user_cache_path("paintstorch-sdk", appauthor=False) / "kernels"


if __name__ == "__main__":
    build()
