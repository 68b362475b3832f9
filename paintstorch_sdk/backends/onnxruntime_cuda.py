"""ONNX Runtime on CUDA, in the memory and on the stream of a lane."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime as ort

from ..backend import Precision
from ..bundle import ENCODER, PAINTER, Bundle
from ..errors import BackendError
from ..gpu.arrays import DeviceArray
from ..gpu.device import Gpu
from ..gpu.lanes import GpuBackend, Lane
from .onnxruntime import NAME, choose_precision, find_graph, open_session, run_bound

_TYPES: dict[str, np.dtype[Any]] = {"tensor(float)": np.dtype("float32"), "tensor(float16)": np.dtype("float16")}
_GRAPHS = 32  # CUDA graphs that a session may record: it keeps them as long as it lives


class OrtGpuBackend(GpuBackend):
    """ONNX Runtime sessions for encoder and painter on CUDA: nothing comes back between the graphs.

    One lane, because a session has one stream.

    Args:
        cuda_graphs: Record CUDA graphs of runs on the same memory.
    """

    name = NAME

    def __init__(
        self, bundle: Bundle, precision: Precision = "auto", device: str | None = None, cuda_graphs: bool = False
    ) -> None:
        super().__init__()
        self.device, self.precision = choose_precision(bundle, precision, device)
        self.gpu = Gpu()
        self.lanes = (Lane(self.gpu),)
        self.sums = bundle.partial_sums
        options = {
            "device_id": str(self.gpu.number),
            "user_compute_stream": str(self.lanes[0].handle),
            "enable_cuda_graph": str(int(cuda_graphs)),
        }
        files = {"encoder": ENCODER, "painter": PAINTER}
        try:
            self._sessions = {
                graph: open_session(find_graph(bundle, file, self.precision), self.device, None, options)
                for graph, file in files.items()
            }
        except BackendError:
            self.lanes[0].close()
            raise
        self._graphs: dict[tuple[Any, ...], int] | None = {} if cuda_graphs else None
        ends = [value for s in self._sessions.values() for value in (*s.get_inputs(), *s.get_outputs())]
        self.types = {end.name: _TYPES[end.type] for end in ends}

    def _run(self, lane: Lane, graph: str, tensors: Mapping[str, DeviceArray]) -> None:
        session = self._sessions[graph]
        binding = session.io_binding()
        inputs = {end.name for end in session.get_inputs()}
        for name, tensor in tensors.items():
            bind = binding.bind_input if name in inputs else binding.bind_output
            bind(name, "cuda", self.gpu.number, tensor.dtype.type, tensor.shape, tensor.address)
        options = ort.RunOptions()
        # Not to wait at the end of each run: what follows is on the same stream.
        options.add_run_config_entry("disable_synchronize_execution_providers", "1")
        if self._graphs is not None:
            options.add_run_config_entry("gpu_graph_id", str(self._graph_id(graph, tensors)))
        run_bound(session, binding, options)

    def _graph_id(self, graph: str, tensors: Mapping[str, DeviceArray]) -> int:
        """The number under which ONNX Runtime records and replays a run; -1 is neither.

        What comes once is not worth recording: it gets a number when it comes again.
        """
        assert self._graphs is not None
        key = (graph, *((tensor.shape, tensor.address) for tensor in tensors.values()))
        if key not in self._graphs:
            if len(self._graphs) < _GRAPHS:
                self._graphs[key] = len(self._graphs) + 1
            return -1
        return self._graphs[key]

    def _release(self) -> None:
        with self.lanes[0].held() as lane:
            lane.synchronize()
            self._sessions.clear()
        super()._release()
