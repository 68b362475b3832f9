"""A short shot on disk, looked at once."""

import pytest

from paintstorch_sdk.shots.shot import Shot
from support.moving import draw_moving, write_moving


@pytest.fixture(scope="session")
def moving():
    """The frames of a short shot."""
    return draw_moving(6, 128)


@pytest.fixture
def lines(moving, tmp_path):
    """Their line art in a folder."""
    return write_moving(tmp_path / "lines", moving)


@pytest.fixture(scope="session")
def colored(moving, tmp_path_factory):
    """The shot in flats, from its first frame."""
    folder = write_moving(tmp_path_factory.mktemp("shot") / "lines", moving)
    with Shot(folder, {1001: moving[0].flats}, lines="none") as shot:
        yield shot, [*shot]
