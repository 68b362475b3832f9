"""TensorRT, of both flavors: `tensorrt` for data centers, `tensorrt_rtx` for GeForce and workstations."""

import importlib
import weakref
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from ..backend import Availability, Precision, choose
from ..bundle import Bundle
from ..errors import BackendError, name_install
from ..gpu.arrays import DeviceArray
from ..gpu.background_build import build_engines, find_build
from ..gpu.device import Gpu
from ..gpu.engine_key import FLAVORS, engine_file
from ..gpu.lanes import GpuBackend, Lane
from ..gpu.trt_runtime import Contexts, Loaded
from ..machine import find_version

NAME = "tensorrt"
LANES = 2  # one copies while the other computes; more would share the same multiprocessors
DISTRIBUTIONS = {"tensorrt": ("tensorrt", "tensorrt-cu13", "tensorrt-cu12"), "rtx": ("tensorrt-rtx",)}


def list_flavors() -> list[str]:
    """The flavors that are installed, without importing them."""
    return [flavor for flavor, names in DISTRIBUTIONS.items() if find_version(*names)]


def probe() -> Availability:
    """The devices and precisions that TensorRT runs on here. Whether a bundle has an engine is a second question."""
    installed = list_flavors()
    if not installed:
        return Availability(
            NAME,
            reason="neither tensorrt nor tensorrt-rtx is installed",
            remedy=f"{name_install('rtx')} for GeForce and RTX; for data centers the extra is gpu",
        )
    version = ", ".join(f"{flavor} {find_version(*DISTRIBUTIONS[flavor])}" for flavor in installed)
    try:
        Gpu()
    except BackendError as error:
        reason, _, remedy = str(error).partition("; ")
        return Availability(NAME, version, (), reason, remedy)
    return Availability(NAME, version, (("cuda", ("fp16",)),))


class TensorRtBackend(GpuBackend):
    """A bundle's engines for this GPU.

    Args:
        bundle: A bundle with engines, or one whose engines were built here (see `background_build`).
        precision: "auto" or "fp16".
        device: "cuda" or None.
        cuda_graphs: Record CUDA graphs of shapes that come again.
        lanes: Number of line arts that may be worked on at the same time.

    Raises:
        BackendError: TensorRT, PyCUDA, the driver, the GPU or an engine for it is missing: which, and what to do.
    """

    name = NAME

    def __init__(
        self,
        bundle: Bundle,
        precision: Precision = "auto",
        device: str | None = None,
        cuda_graphs: bool = True,
        lanes: int = LANES,
    ) -> None:
        super().__init__()
        self.device, self.precision = choose(probe(), device, precision)
        self.gpu = Gpu()
        self.flavor, trt, files = find_engines(bundle, self.gpu.target)
        self.sums = bundle.partial_sums
        with self.gpu.current():
            self._loaded = Loaded(trt, self.flavor, self.gpu, files, cuda_graphs, self.sums)
            self.lanes = tuple(Lane(self.gpu) for _ in range(lanes))
        self.lanes_in_parallel = lanes
        self.types = self._loaded.types
        least, most = self._loaded.profile.min_shape, self._loaded.profile.max_shape
        self.min_input_size, self.max_input_size = (least[2], least[1]), (most[2], most[1])
        self.max_batch = most[0]
        # Engines and CUDA's context end in the right order, and what was compiled is kept, even without close().
        self._at_exit = weakref.finalize(self, _close_all, self.lanes, self._loaded, self.gpu)

    def check_size(self, shape: tuple[int, ...]) -> None:
        self._loaded.profile.check((shape[0], shape[2], shape[3]))

    def _run(self, lane: Lane, graph: str, tensors: Mapping[str, DeviceArray]) -> None:
        if graph not in lane.contexts:
            lane.contexts[graph] = Contexts(self._loaded, graph, lane)
        lane.contexts[graph].run(tensors)

    def _release(self) -> None:
        self._at_exit()


def _close_all(lanes: tuple[Lane, ...], loaded: Loaded, gpu: Gpu) -> None:
    for lane in lanes:
        lane.close()
    with gpu.current():
        loaded.close()


def find_engines(bundle: Bundle, target: str) -> tuple[str, ModuleType, dict[str, Path]]:
    """The engines of a bundle for a GPU: their flavor, its library, and graph -> file.

    Those of the bundle itself come first, then those that `background_build` made of it on this machine.

    Raises:
        BackendError: There are none: what there is, and the command that builds them.
        BundleError: An engine was changed.
    """
    refused: BackendError | None = None
    for flavor in list_flavors():
        try:
            trt = importlib.import_module(FLAVORS[flavor])
        except (ImportError, OSError) as error:
            refused = refused or BackendError(
                f"{FLAVORS[flavor]} is installed but cannot be loaded ({' '.join(str(error).split()):.200}); "
                f"reinstall it"
            )
            continue
        version = str(trt.__version__)
        for place in (bundle, find_build(bundle, flavor, version, target)):
            if place is None:
                continue
            try:
                return (
                    flavor,
                    trt,
                    {
                        graph: engine_file(place, graph, flavor=flavor, version=version, target=target)
                        for graph in ("encoder", "painter")
                    },
                )
            except BackendError as error:
                refused = refused or error
    assert refused is not None  # a flavor is installed, or `probe` would have said so
    raise refused


def build_and_open(
    bundle: Bundle, precision: Precision, device: str | None, cuda_graphs: bool = True
) -> TensorRtBackend:
    """Build a bundle's engines for this GPU, and load them; takes minutes.

    Raises:
        BackendError: They cannot be built, or not be loaded.
    """
    flavor = list_flavors()[0]
    version = str(importlib.import_module(FLAVORS[flavor]).__version__)
    build_engines(bundle, flavor, version, Gpu().target)
    return TensorRtBackend(bundle, precision, device, cuda_graphs)


def open_backend(
    bundle: Bundle, precision: Precision, device: str | None, threads: int | None, cuda_graphs: bool = True
) -> TensorRtBackend:
    """The adapter's entry point, alike in every backend; it has no use for CPU threads."""
    return TensorRtBackend(bundle, precision, device, cuda_graphs)
