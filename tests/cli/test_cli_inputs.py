"""What the command line reads and writes, settled before any work; no model is loaded here."""

import os
from pathlib import Path

import pytest

from paintstorch_sdk.cli.colorize.strokes import parse_stroke
from paintstorch_sdk.cli.console import plain
from paintstorch_sdk.cli.pictures import inputs, plan
from paintstorch_sdk.errors import HintError, InputError, OutputError
from paintstorch_sdk.hints.files import HintFiles
from support.cli import hint_layer, line_art, listing, save, unfinished


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with frames, sub-folders, hints, and what is to be passed over."""
    monkeypatch.chdir(tmp_path)
    for name in ("frames/f1.png", "frames/f2.PNG", "frames/f10.png", "frames/b/f1.jpg", "frames/a/f1.webp"):
        save(line_art(), Path(name))
    save(hint_layer(), Path("frames/f2.hints.png"))
    save(hint_layer(), Path("frames/f1.colored.png"))
    save(hint_layer(), Path("frames/.hidden.png"))
    save(hint_layer(), Path("frames/.cache/f3.png"))
    Path("frames/notes.txt").write_text("no picture")
    Path("frames/f1.hints.json").write_text('{"version": 1, "strokes": []}')
    return tmp_path


def names(*given, leave_out=()):
    return [str(found.relative) for found in inputs.find_pictures(given, leave_out).pictures]


def test_a_folder_is_read_in_natural_order():
    assert names("frames") == ["a/f1.webp", "b/f1.jpg", "f1.png", "f2.PNG", "f10.png"]


def test_folders_of_hints_and_results_are_not_searched():
    assert names("frames", leave_out=[Path("frames/a"), Path("frames/b/../b")]) == ["f1.png", "f2.PNG", "f10.png"]


def test_results_may_go_where_the_inputs_are():
    everything = names("frames")
    for out in (".", "frames"):
        assert names("frames", leave_out=[Path(out)]) == everything
        assert names("frames/*.png", leave_out=[Path(out)]) == ["f1.png", "f10.png"]
    assert names("frames/*/*", leave_out=[Path("frames/a")]) == ["b/f1.jpg"]


def test_the_file_of_hints_for_all_is_no_line_art():
    assert names("frames", leave_out=[Path("frames/b/f1.jpg")]) == ["a/f1.webp", "f1.png", "f2.PNG", "f10.png"]
    assert names("frames/*.png", leave_out=[Path("frames/f1.png")]) == ["f10.png"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("frames/*.png", ["f1.png", "f10.png"]),
        ("frames/f?.*", ["f1.png", "f2.PNG"]),
        ("frames/**/*.*", ["a/f1.webp", "b/f1.jpg", "f1.png", "f2.PNG", "f10.png"]),
        ("frames/[ab]/*", ["a/f1.webp", "b/f1.jpg"]),
        ("*/f10.png", ["frames/f10.png"]),
    ],
)
def test_globs(pattern, expected):
    assert names(pattern) == expected
    assert names(str(Path.cwd() / pattern)) == expected


def test_a_file_whose_name_looks_like_a_glob():
    save(line_art(), Path("[1].png"))
    assert names("[1].png") == ["[1].png"]


def test_files_keep_their_order_and_come_once():
    assert names("frames/f10.png", "frames/f1.png", "frames/f10.png") == ["f10.png", "f1.png"]


def test_hints_among_the_files_of_a_shell_glob_are_no_line_art():
    assert names("frames/f2.PNG", "frames/f2.hints.png") == ["f2.PNG"]
    with pytest.raises(InputError, match="hints"):
        names("frames/f2.hints.png", "frames/f1.hints.json")


def test_a_folder_that_cannot_be_listed_is_an_error(monkeypatch):
    def walk(root, onerror):
        onerror(PermissionError(13, "Permission denied", "frames/b"))
        return iter(())

    monkeypatch.setattr(os, "walk", walk)
    with pytest.raises(InputError, match="frames/b: cannot be read"):
        names("frames")


def hints_of(files, *given):
    pictures = inputs.find_pictures(given).pictures
    pairs = ((picture.relative, files.find(picture.path, picture.relative)) for picture in pictures)
    return {str(name): str(hints) for name, hints in pairs if hints}


def test_companions_beside_the_pictures():
    expected = {"f1.png": "frames/f1.hints.json", "f2.PNG": "frames/f2.hints.png"}
    assert hints_of(HintFiles(None), "frames") == expected


def test_one_file_for_all():
    files = HintFiles(Path("frames/f2.hints.png"))
    assert set(hints_of(files, "frames").values()) == {"frames/f2.hints.png"}


def test_a_folder_of_hints_is_matched_by_sub_folder_and_stem():
    for name in ("h/f1.png", "h/a/f1.png", "h/f10.hints.webp"):
        save(hint_layer(), Path(name))
    assert hints_of(HintFiles(Path("h")), "frames") == {
        "a/f1.webp": "h/a/f1.png",
        "b/f1.jpg": "h/f1.png",
        "f1.png": "h/f1.png",
        "f10.png": "h/f10.hints.webp",
    }


def test_line_art_is_never_its_own_hints():
    files = HintFiles(Path("frames"))
    assert hints_of(files, "frames/f10.png") == {}
    assert hints_of(files, "frames/f2.PNG") == {"f2.PNG": "frames/f2.hints.png"}


@pytest.mark.parametrize(
    ("picture", "hints"),
    [
        ("Frame01.png", "frame01.hints.png"),
        ("frame01.png", "FRAME01.Hints.JPG"),
        ("\u00e9.png", "e\u0301.hints.png"),  # as Linux and as macOS spell it
        ("e\u0301.png", "\u00c9.hints.jpeg"),
        ("a.png", "a.hints.bmp"),
    ],
)
def test_names_match_without_case_and_however_they_are_spelled(picture, hints):
    save(line_art(), Path("b", picture))
    save(hint_layer().convert("RGB"), Path("b", hints))
    assert hints_of(HintFiles(None), "b") == {picture: f"b/{hints}"}
    assert hints_of(HintFiles(Path("b")), f"b/{picture}") == {picture: f"b/{hints}"}


def test_where_two_names_match_the_very_same_one_is_taken():
    for name in ("a", "A"):
        save(line_art(), Path("b", f"{name}.png"))
        save(hint_layer(), Path("b", f"{name}.hints.png"))
    assert hints_of(HintFiles(None), "b") == {"a.png": "b/a.hints.png", "A.png": "b/A.hints.png"}


def test_hints_that_no_picture_takes_are_known():
    for name in ("h/f1.jpg", "h/f3.png", "h/other.json"):
        Path("h").mkdir(exist_ok=True)
        save(hint_layer().convert("RGB"), Path(name)) if ".json" not in name else Path(name).write_text("{}")
    files = HintFiles(Path("h"))
    hints_of(files, "frames")
    assert [*map(str, files.list_unused([]))] == ["h/f3.png", "h/other.json"]
    save(hint_layer(), Path("frames/f77.hints.png"))
    beside = HintFiles(None)
    hints_of(beside, "frames")
    assert [*map(str, beside.list_unused([]))] == ["frames/f77.hints.png"]


def test_two_files_of_hints_for_one_picture():
    save(hint_layer(), Path("frames/f1.hints.png"))
    with pytest.raises(HintError, match=r"f1.hints.json and frames/f1.hints.png"):
        hints_of(HintFiles(None), "frames")


def places(*given, out=None, kind=None):
    return [str(place) for place in plan.plan_outputs(inputs.find_pictures(given), out, kind, ".colored")]


@pytest.mark.parametrize(
    ("out", "kind", "expected"),
    [
        (None, None, "frames/f1.colored.png"),
        (None, "jpg", "frames/f1.colored.jpg"),
        ("new.webp", None, "new.webp"),
        ("new.jpeg", "jpg", "new.jpeg"),
        ("new", None, "new/f1.png"),
        ("new.dir/", "webp", "new.dir/f1.webp"),
        ("frames", "jpg", "frames/f1.jpg"),
        ("-", None, "None"),
    ],
)
def test_where_one_picture_goes(out, kind, expected):
    assert places("frames/f1.png", out=out, kind=kind) == [expected]


def test_where_a_folder_goes():
    assert places("frames", out="out", kind="jpg") == [
        "out/a/f1.jpg",
        "out/b/f1.jpg",
        "out/f1.jpg",
        "out/f2.jpg",
        "out/f10.jpg",
    ]


def test_no_picture_on_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(OutputError, match="terminal"):
        places("frames/f1.png", out="-")


def job(name, output, hints=None):
    return plan.Job(name, Path(name), Path(output), hints and Path(hints))


def test_no_two_jobs_write_one_file():
    jobs = [job("frames/f1.png", "out/f1.png"), job("frames/b/f1.jpg", "out/../out/f1.png")]
    with pytest.raises(OutputError, match=r"frames/f1.png and frames/b/f1.jpg"):
        plan.check_jobs(jobs)
    assert not Path("out").exists()


@pytest.mark.parametrize("output", ["frames/f1.png", "frames/f10.png", "frames/f2.hints.png", "link.png"])
def test_nothing_that_is_read_is_written(output):
    Path("link.png").symlink_to("frames/f1.png")
    jobs = [job("frames/f10.png", "out/f10.png"), job("frames/f1.png", output, "frames/f2.hints.png")]
    with pytest.raises(OutputError, match="never overwritten"):
        plan.check_jobs(jobs)


def test_folders_are_made_and_nothing_is_left_in_them():
    plan.check_jobs([job("frames/f1.png", "out/deep/f1.png")])
    assert list(Path("out/deep").iterdir()) == []


def test_what_is_done():
    one = job("frames/f1.png", "out/f1.png")
    assert not plan.is_done(one)
    save(line_art(), Path("out/f1.png"))
    assert plan.is_done(one)
    made = Path("out/f1.png").stat().st_mtime_ns
    os.utime("frames/f1.png", ns=(made + 1, made + 1))
    assert not plan.is_done(one)
    os.utime("frames/f1.png", ns=(made, made))
    assert plan.is_done(one)
    Path("out/f1.png").write_bytes(b"")
    assert not plan.is_done(one)


def test_only_the_leavings_of_these_jobs_are_swept():
    ours, others = unfinished(Path("out/f1.png")).name, unfinished(Path("out/f2.png")).name
    for name in (ours, others, ".f1.png.partial", "f1.png"):
        save(line_art(), Path("out/f1.png")).rename(Path("out") / name)
    plan.delete_partial_files([job("frames/f1.png", "out/f1.png")])
    assert listing("out") == sorted([".f1.png.partial", others, "f1.png"])


def test_strokes():
    stroke = parse_stroke(" 120,80 140.5,-96  #e8a0b4 12 ")
    assert stroke.points == ((120.0, 80.0), (140.5, -96.0))
    assert stroke.rgb == (0xE8, 0xA0, 0xB4)
    assert stroke.width == 12.0
    assert parse_stroke("1,2 navy").rgb == (0, 0, 128)
    assert parse_stroke("1,2 rgb(1,2,3) 4").rgb == (1, 2, 3)


def test_plain_text_holds_no_control_characters():
    assert plain("naïve \x1b[31m\n\udcff") == r"naïve \x1b[31m\n\udcff"
