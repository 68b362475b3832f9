"""The network on a Triton server: a stand-in that checks requests against the exported repository's ModelConfig."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from google.protobuf import json_format, text_format
from tritonclient import http as client
from tritonclient.grpc.model_config_pb2 import ModelConfig
from tritonclient.utils import triton_to_np_dtype

import paintstorch_sdk as pts
from paintstorch_sdk.backends.registry import open_backend
from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.export.triton import write_repository
from support.cli import hint_layer, line_art


class StandIn(BaseHTTPRequestHandler):
    """Answers as Triton does; the picture is ONNX Runtime's."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        config = self.server.configs.get(self.path.removeprefix("/v2/models/").removesuffix("/config"))
        if config is None:
            self._answer(400, json.dumps({"error": "Request for unknown model"}).encode())
        else:
            self._answer(200, json.dumps(config).encode())

    def do_POST(self):
        name = self.path.removeprefix("/v2/models/").removesuffix("/infer")
        config, body = self.server.configs[name], self.rfile.read(int(self.headers["Content-Length"]))
        head = int(self.headers["Inference-Header-Content-Length"])
        asked, at, tensors = json.loads(body[:head]), head, {}
        for one in asked["inputs"]:
            (expected,) = (value for value in config["input"] if value["name"] == one["name"])
            assert expected["data_type"] == f"TYPE_{one['datatype']}"
            assert 1 <= one["shape"][0] <= config["max_batch_size"]
            assert all(int(d) in (-1, s) for d, s in zip(expected["dims"], one["shape"][1:], strict=True))
            size = one["parameters"]["binary_data_size"]
            data = np.frombuffer(body[at : at + size], triton_to_np_dtype(one["datatype"]))
            tensors[one["name"]] = data.reshape(one["shape"]).astype(np.float32)
            at += size
        assert (at, set(tensors)) == (len(body), {value["name"] for value in config["input"]})
        assert asked["outputs"] == [{"name": "color", "parameters": {"binary_data": True}}]
        network = self.server.network
        color = network.paint(network.encode(tensors["line_art"]), tensors["hints"])
        described = {"name": "color", "datatype": "FP32", "shape": [*color.shape]}
        described["parameters"] = {"binary_data_size": color.nbytes}
        head = json.dumps({"model_name": name, "model_version": "1", "outputs": [described]}).encode()
        answer = head + color.tobytes()
        # Triton's own client reads it as we do.
        np.testing.assert_array_equal(
            client.InferResult.from_response_body(answer, header_length=len(head)).as_numpy("color"), color
        )
        self.server.bodies.append(body)
        self._answer(200, answer, {"Inference-Header-Content-Length": str(len(head))})
        if self.server.hasty:  # as a server does that is started anew
            self.close_connection = True

    def _answer(self, status, body, headers=None):
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *parts):
        """Nothing."""


@pytest.fixture(scope="module")
def server(tiny_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("triton") / "repository"
    write_repository(tiny_bundle, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    server.configs = {
        path.parent.name: json_format.MessageToDict(
            text_format.Parse(path.read_text(), ModelConfig()), preserving_proto_field_name=True
        )
        for path in folder.glob("*/config.pbtxt")
    }
    server.network, server.bodies, server.hasty = open_backend(tiny_bundle, "onnxruntime"), [], False
    server.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
    server.network.close()


def test_a_picture_is_the_local_backends(server, tiny_bundle):
    with (
        pts.Colorizer(tiny_bundle, backend="triton", device=server.address, size=64) as remote,
        pts.Colorizer(tiny_bundle, backend="onnxruntime", size=64) as local,
    ):
        for _ in range(2):
            pictures = [np.asarray(one.colorize(line_art(), hint_layer())) for one in (remote, local)]
            np.testing.assert_array_equal(*pictures)
            server.hasty = True  # the connection that was kept is closed: the next request opens another
        assert (remote.backend.precision, remote.backend.max_batch) == ("fp32", 8)
    server.hasty = False


def test_requests_are_those_of_tritons_own_client(server, tiny_bundle):
    tensors = {"line_art": np.ones((2, 1, 32, 64), np.float32), "hints": np.zeros((2, 4, 8, 16), np.float32)}
    with open_backend(tiny_bundle, "triton", device=f"{server.address}/tiny") as backend:
        backend.paint(backend.encode(tensors["line_art"]), tensors["hints"])
    inputs = [client.InferInput(name, tensor.shape, "FP32") for name, tensor in tensors.items()]
    for asked, tensor in zip(inputs, tensors.values(), strict=True):
        asked.set_data_from_numpy(tensor)
    outputs = [client.InferRequestedOutput("color")]
    theirs, head = client.InferenceServerClient.generate_request_body(inputs, outputs=outputs)
    ours = server.bodies[-1]
    own_head = len(ours) - (len(theirs) - head)
    assert ours[own_head:] == theirs[head:]
    assert json.loads(ours[:own_head]) == json.loads(theirs[:head])


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/other", r"/v2/models/other/config: 400 .*unknown model"),
        ("/tiny_painter", r"expected line_art of \[1, -1, -1\], received none"),
    ],
)
def test_a_server_with_another_model_is_one_line(server, tiny_bundle, place, said):
    with pytest.raises(BackendError, match=said):
        open_backend(tiny_bundle, "triton", device=server.address + place)


def test_no_server_no_address_and_another_precision_are_one_line(server, tiny_bundle):
    with pytest.raises(BackendError, match="no server was named; give its address"):
        open_backend(tiny_bundle, "triton")
    with pytest.raises(BackendError, match="expected an address such as"):
        open_backend(tiny_bundle, "triton", device="cuda")
    with pytest.raises(BackendError, match="does not answer"):
        open_backend(tiny_bundle, "triton", device="http://127.0.0.1:9")
    with pytest.raises(BackendError, match="serves fp32, received precision='fp16'"):
        open_backend(tiny_bundle, "triton", "fp16", server.address)
