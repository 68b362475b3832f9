"""The service in this process: one application for all tests of a module."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra [serve]")

from support.serving import open_client


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with open_client(tmp_path_factory.mktemp("data")) as client:
        yield client


@pytest.fixture
def make_client(tmp_path):
    """Makes clients of applications with settings of their own."""

    def make(**settings):
        return open_client(tmp_path / "data", **settings)

    return make


@pytest.fixture
def drawing(client):
    """A new drawing of 96 x 64 pixels; its address."""
    from support.cli import line_art
    from support.serving import png

    answer = client.post("/v1/drawings", files={"line_art": png(line_art(96, 64))}, data={"look": '{"size": 64}'})
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]
