import subprocess
import sys
import threading

import pytest

from paintstorch_sdk.errors import OutputError
from paintstorch_sdk.files import replacing


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(path, error):
    with replacing(path) as temporary:
        temporary.write_bytes(b"half of the n")
        raise error


def test_writes_a_new_file(tmp_path):
    path = tmp_path / "a" / "b" / "out.png"
    with replacing(path) as temporary:
        temporary.write_bytes(b"new")
        assert not path.exists()
        assert temporary.parent == path.parent
        assert temporary.name.startswith(".")
        assert temporary.name.endswith(".partial")
    assert path.read_bytes() == b"new"
    assert names(path.parent) == ["out.png"]


def test_the_old_content_stays_until_the_block_ends(tmp_path):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    with replacing(path) as temporary:
        with temporary.open("wb") as file:
            file.write(b"ne")
            file.flush()
            assert path.read_bytes() == b"old"
            file.write(b"w")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["out.png"]


def test_a_reader_never_sees_a_part(tmp_path):
    path = tmp_path / "out.bin"
    versions = [bytes([i]) * 50_000 for i in range(20)]
    path.write_bytes(versions[0])
    seen, done = [], threading.Event()

    def read():
        while not done.is_set():
            seen.append(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for version in versions:
        with replacing(path) as temporary, temporary.open("wb") as file:
            for start in range(0, len(version), 10_000):
                file.write(version[start : start + 10_000])
                file.flush()
    done.set()
    reader.join()
    assert seen
    assert set(seen) <= set(versions)


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_an_error_leaves_the_old_content(tmp_path, error):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    with pytest.raises(type(error)) as caught:
        write_half(path, error)
    assert caught.value is error
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out.png"]


def test_an_error_leaves_no_new_file(tmp_path):
    with pytest.raises(ValueError, match="a bug"):
        write_half(tmp_path / "out.png", ValueError("a bug"))
    assert names(tmp_path) == []


def test_a_full_disk(tmp_path):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    with pytest.raises(OutputError) as caught:
        write_half(path, OSError(28, "No space left on device"))
    assert str(caught.value) == f"{path}: cannot be written: No space left on device; choose another place"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out.png"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"), replacing(tmp_path / "file" / "out.png"):
        pytest.fail("the block must not run")


def test_a_folder_in_the_way(tmp_path):
    (tmp_path / "out.png").mkdir()
    with pytest.raises(OutputError, match="cannot be written"), replacing(tmp_path / "out.png") as temporary:
        temporary.write_bytes(b"new")
    assert names(tmp_path) == ["out.png"]


def test_a_block_that_writes_nothing(tmp_path):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match="No such file"), replacing(path):
        pass
    assert path.read_bytes() == b"old"


def test_two_writers_do_not_share_a_temporary(tmp_path):
    path = tmp_path / "out.png"
    with replacing(path) as one, replacing(path) as other:
        assert one != other
        one.write_bytes(b"one")
        other.write_bytes(b"other")
    assert path.read_bytes() == b"one"
    assert names(tmp_path) == ["out.png"]


KILLED = """
import os, signal, sys
from pathlib import Path
from paintstorch_sdk.files import replacing

with replacing(Path(sys.argv[1])) as temporary:
    temporary.write_bytes(b"half of the n")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("old", [b"old", None])
def test_a_kill_leaves_the_old_file(tmp_path, old):
    path = tmp_path / "out.png"
    if old is not None:
        path.write_bytes(old)
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert ended.returncode == -9
    assert (path.read_bytes() if path.exists() else None) == old
    leftovers = [name for name in names(tmp_path) if name != "out.png"]
    assert len(leftovers) == 1
    assert leftovers[0].startswith(".out.png.")
    assert leftovers[0].endswith(".partial")
