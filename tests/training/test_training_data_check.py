"""The check of a user's own folder of pictures."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.training.data.check import check_folder


def _drawing(color: str, side: int = 300) -> Image.Image:
    image = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(image)
    for i in range(5):
        box = (12 * i + 5, 12 * i + 5, side - 12 * i - 5, side - 12 * i - 5)
        pen.ellipse(box, fill="white" if i % 2 else color, outline="black", width=3)
    return image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "art"
    (root / "inner").mkdir(parents=True)
    _drawing("orange").save(root / "a.png")
    _drawing("orange").save(root / "inner/b.bmp")
    _drawing("teal", 120).save(root / "small.webp", lossless=True)
    _drawing("gray").save(root / "gray.png")
    Image.new("RGBA", (300, 300)).save(root / "empty.png")
    (root / "broken.png").write_bytes((root / "a.png").read_bytes()[:200])
    (root / "note.txt").write_text("no picture")
    return root


def test_findings(folder: Path) -> None:
    found = check_folder(folder)
    assert found.pictures == ["a.png", "empty.png", "gray.png", "inner/b.bmp", "small.webp"]
    assert [name for name, _ in found.unreadable] == ["broken.png"]
    assert found.doubles == [["a.png", "inner/b.bmp"]]
    assert found.small == ["small.webp"]
    assert found.gray == ["empty.png", "gray.png"]
    assert found.few_lines == ["empty.png"]
    assert found.sizes == (120, 300, 300)
    assert 0.0 < found.line_share < 0.3
    assert "broken.png" in found.text()


def test_contact_sheet(folder: Path, tmp_path: Path) -> None:
    check_folder(folder, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (1280, 320)


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found none"):
        check_folder(tmp_path)
    with pytest.raises(InputError, match="expected a folder"):
        check_folder(tmp_path / "nowhere")
