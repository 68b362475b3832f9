"""A Triton Inference Server that serves the repository of `pts export --triton`: the network runs there.

It speaks KServe's protocol of version 2 with binary tensors. The ensemble, from line art to color, is asked for each
picture: encoding anew on a GPU takes less time than the partial sums would take on the wire.
"""

import http.client
import json
import threading
import urllib.parse
from typing import Any

import numpy as np

from ..backend import Availability, Backend, Encoded, FloatTensor, Precision
from ..bundle import Bundle
from ..errors import BackendError

NAME = "triton"
SECONDS = 60.0  # that an answer may take
LANES = 4  # requests at once: the server batches those of one size
_TYPES: dict[str, tuple[type[np.floating[Any]], str]] = {"FP32": (np.float32, "fp32"), "FP16": (np.float16, "fp16")}
_TENSORS = {"input": {"line_art": [1, -1, -1], "hints": [4, -1, -1]}, "output": {"color": [3, -1, -1]}}


def probe() -> Availability:
    """Triton is reached by its address alone."""
    return Availability(NAME, None, (), "no server was named", "give its address: device='http://HOST:8000'")


class TritonBackend(Backend):
    """The ensemble of a Triton server.

    Args:
        bundle: The model that is served.
        address: "http://HOST:PORT", and behind it "/NAME" where the ensemble has another name than the bundle.

    Raises:
        BackendError: No server answers there, or it serves another model.
    """

    name = NAME
    lanes_in_parallel = LANES

    def __init__(self, bundle: Bundle, address: str) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BackendError(f"backend triton: expected an address such as http://HOST:8000, received {address!r}")
        self.device = address
        self._parts, self._thread = parts, threading.local()
        self._links: list[http.client.HTTPConnection] = []  # of all threads
        self._path = f"/v2/models/{urllib.parse.quote(parts.path.strip('/') or bundle.name)}"
        try:
            config = json.loads(self._request("GET", f"{self._path}/config"))
            self._types = self._check_config(config)
        except BaseException:
            self._release()
            raise
        self.precision = _TYPES[self._types["color"]][1]
        self.max_batch = int(config.get("max_batch_size") or 1)

    def _check_config(self, config: dict[str, Any]) -> dict[str, str]:
        """The type of each tensor; raises BackendError where the server's model is not one of ours."""
        found = {}
        for side, expected in _TENSORS.items():
            listed = {one["name"]: one for one in config.get(side, [])}
            for name, dims in expected.items():
                kind = str(listed.get(name, {}).get("data_type", "none")).removeprefix("TYPE_")
                served = [int(size) for size in listed.get(name, {}).get("dims", [])]
                if kind not in _TYPES or served != dims:
                    raise BackendError(
                        f"backend triton: {self.device}{self._path}: expected {name} of {dims}, received {kind} of "
                        f"{served}; serve what pts export --triton writes"
                    )
                found[name] = kind
        return found

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        return (line_art,)

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        n, height, width = encoded.shape
        inputs, content = [], []
        for name, tensor in (("line_art", encoded.sums[0]), ("hints", hints)):
            kind = self._types[name]
            content.append(np.ascontiguousarray(tensor, np.dtype(_TYPES[kind][0]).newbyteorder("<")).tobytes())
            size = {"binary_data_size": len(content[-1])}
            inputs.append({"name": name, "shape": [*tensor.shape], "datatype": kind, "parameters": size})
        outputs = [{"name": "color", "parameters": {"binary_data": True}}]
        head = json.dumps({"inputs": inputs, "outputs": outputs}).encode()
        answer = self._request("POST", f"{self._path}/infer", head, content)
        number = np.dtype(_TYPES[self._types["color"]][0]).newbyteorder("<")
        count = n * 3 * height * width
        if len(answer) < count * number.itemsize:
            raise BackendError(f"backend triton: expected {count} numbers of color, received {len(answer)} bytes")
        color = np.frombuffer(answer, number, count, len(answer) - count * number.itemsize)
        return color.reshape(n, 3, height, width).astype(np.float32)

    def _request(self, method: str, path: str, head: bytes = b"", content: list[bytes] | None = None) -> bytes:
        """The body of an answer, on a connection of this thread; one that the server has closed is opened anew."""
        body = b"".join([head, *(content or ())])
        headers = {"Inference-Header-Content-Length": str(len(head))} if content else {}
        for left in (1, 0):
            link = self._connect()
            try:
                link.request(method, path, body or None, headers)
                answer = link.getresponse()
                data = answer.read()
                break
            except (OSError, http.client.HTTPException) as error:
                link.close()
                if not left or not isinstance(error, http.client.RemoteDisconnected | ConnectionError):
                    raise BackendError(f"backend triton: {self.device} does not answer: {error}") from error
        if answer.status != 200:
            said = " ".join(data[:300].decode("utf-8", "replace").split())
            raise BackendError(f"backend triton: {self.device}{path}: {answer.status} {said}")
        return data

    def _connect(self) -> http.client.HTTPConnection:
        if not hasattr(self._thread, "link"):
            secure = self._parts.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            port = self._parts.port or (443 if secure else 8000)
            self._thread.link = kind(str(self._parts.hostname), port, timeout=SECONDS)
            self._links.append(self._thread.link)
        link: http.client.HTTPConnection = self._thread.link
        return link

    def _release(self) -> None:
        for link in self._links:
            link.close()


def open_backend(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> TritonBackend:
    """The adapter's entry point, alike in every backend; `device` is the server's address.

    Raises:
        BackendError: No address, no answer, or another precision than the server's.
    """
    if device is None:
        missing = probe()
        raise BackendError(f"backend triton: {missing.reason}; {missing.remedy}")
    backend = TritonBackend(bundle, device)
    if precision not in ("auto", backend.precision):
        backend.close()
        raise BackendError(f"backend triton: {device} serves {backend.precision}, received precision={precision!r}")
    return backend
