import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from paintstorch_sdk import files
from paintstorch_sdk.errors import OutputError
from paintstorch_sdk.files import ABANDONED, check_folder, check_place, new_folder, replacing, sweep
from support.cli import unfinished


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


@pytest.mark.parametrize("name", ["花" * 83 + ".pngx", "x" * 251 + ".png", "x" * 255])
def test_a_name_that_fills_the_file_system_s_limit(tmp_path, name):
    assert 251 <= len(os.fsencode(name)) <= 255
    with replacing(tmp_path / name) as temporary:
        temporary.write_bytes(b"new")
    assert names(tmp_path) == [name]


class TestSweep:
    @pytest.mark.parametrize("name", ["out.png", "花" * 83 + ".pngx"])
    def test_what_a_dead_process_left_is_deleted(self, tmp_path, name):
        unfinished(tmp_path / name).write_bytes(b"half")
        other = unfinished(tmp_path / "another.png")
        other.write_bytes(b"half")
        sweep(tmp_path, {name})
        assert names(tmp_path) == [other.name]

    def test_what_a_live_process_writes_stays(self, tmp_path):
        with replacing(tmp_path / "out.png") as temporary:
            temporary.write_bytes(b"new")
            sweep(tmp_path, {"out.png"})
            assert temporary.exists()
        assert names(tmp_path) == ["out.png"]

    def test_what_another_machine_writes_stays_for_a_day(self, tmp_path, monkeypatch):
        left = unfinished(tmp_path / "out.png")
        left.write_bytes(b"half")
        monkeypatch.setattr(files, "_host", lambda: "0123abcd")
        sweep(tmp_path, {"out.png"})
        assert left.exists()
        old = left.stat().st_mtime - ABANDONED - 60
        os.utime(left, (old, old))
        sweep(tmp_path, {"out.png"})
        assert not left.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no folder that is somebody's working folder")
def test_a_working_folder_that_was_deleted(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(OutputError, match="cannot be written: No such file"), replacing(Path("out.png")) as temporary:
        temporary.write_bytes(b"new")
    with pytest.raises(OutputError, match="the working folder was deleted"), new_folder(Path("out")):
        pytest.fail("the block must not run")


class TestPlaces:
    """Places to write are checked before the work."""

    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that not even root can write")
    def test_where_nobody_can_write(self):
        for check in (check_place, check_folder, lambda path: check_folder(path, new=True)):
            with pytest.raises(OutputError, match=r"/proc/out/run: cannot be written: .*; choose another place"):
                check(Path("/proc/out/run"))

    def test_a_folder_where_a_file_is_meant_and_the_other_way_round(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError, match="expected a file's name, found a folder"):
            check_place(tmp_path)
        with pytest.raises(OutputError, match="expected a folder, found a file"):
            check_folder(tmp_path / "file")
        with pytest.raises(OutputError, match="cannot be written: Not a directory"):
            check_folder(tmp_path / "file" / "below")
        with pytest.raises(OutputError, match="expected a new or empty folder"):
            check_folder(tmp_path, new=True)

    def test_nothing_is_made_or_left(self, tmp_path):
        check_folder(tmp_path / "a" / "b", new=True)
        check_folder(tmp_path)
        check_place(tmp_path / "c" / "d.json")
        assert [*tmp_path.iterdir()] == []
