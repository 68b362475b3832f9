"""The service on Ray Serve: the same bytes, and no request lost with a replica.

PTS_RAY=1 runs it: Ray takes a minute.
"""

import os
import threading
import warnings

import httpx2 as httpx
import pytest

from support.cli import hint_layer, line_art
from support.serving import open_client, png

if os.environ.get("PTS_RAY") != "1":
    pytest.skip("PTS_RAY=1 runs it", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    ray = pytest.importorskip("ray", reason="needs the extra [cluster]")
    from ray import serve

FILES = {"line_art": png(line_art(96, 64)), "layer": png(hint_layer(96, 64))}


@pytest.fixture(scope="module")
def address():
    from paintstorch_sdk.serve.ray import APP, service

    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=True)
    serve.start(http_options={"host": "127.0.0.1", "port": 8765})
    serve.run(service({"replicas": "2", "backend": "onnxruntime", "threads": "1"}), name=APP, route_prefix="/")
    yield "http://127.0.0.1:8765"
    serve.shutdown()
    ray.shutdown()


def color(address, size=64):
    return httpx.post(f"{address}/v1/colorize", files=FILES, data={"size": str(size)}, timeout=120)


def test_two_replicas_answer_the_same_bytes_as_pts_serve(address, tmp_path):
    with open_client(tmp_path) as client:
        expected = client.post("/v1/colorize", files=FILES, data={"size": "64"}).content
    answers = [color(address) for _ in range(8)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {expected}
    legacy = httpx.post(f"{address}/api/v1/colorizer", json={}, timeout=60).json()
    assert legacy["success"] is False


def test_a_killed_replica_loses_no_request(address):
    answers = []
    threads = [
        threading.Thread(target=lambda: [answers.append(color(address, 512)) for _ in range(8)]) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    replicas = [one for one in ray.util.list_named_actors(all_namespaces=True) if "Painters" in one["name"]]
    ray.kill(ray.get_actor(replicas[0]["name"], namespace=replicas[0]["namespace"]), no_restart=True)
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 24
