"""Flats of pictures that come without."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.training.data.flatten import UNKNOWN, find_flats, flatten
from paintstorch_sdk.training.data.manifest import ManifestRow, read_rows, write_rows

RED, SHADED, BLUE = (200, 60, 50), (180, 54, 45), (60, 90, 200)


def draw_things() -> tuple[np.ndarray, np.ndarray]:
    """A picture and its lines: a red coat with a shadow behind a line, a blue hat, a mixture, white paper."""
    picture, lines = np.full((240, 240, 3), 255, np.uint8), np.full((240, 240), 255, np.uint8)
    boxes = (((20, 20), (100, 100), RED), ((100, 20), (180, 100), SHADED), ((20, 130), (100, 220), BLUE))
    for (left, top), (right, bottom), color in (*boxes, ((130, 130), (220, 220), RED)):
        cv2.rectangle(picture, (left, top), (right, bottom), color, -1)
        cv2.rectangle(lines, (left, top), (right, bottom), 0, 3)
    picture[130:220, 175:221] = BLUE
    return picture, lines


def test_a_shadow_is_of_the_color_that_it_lies_on_and_a_mixture_of_none() -> None:
    flats = find_flats(*draw_things())
    assert flats[60, 60].tolist() == flats[60, 140].tolist() in (list(RED), list(SHADED))
    assert flats[170, 60].tolist() == list(BLUE)
    assert flats[5, 5].tolist() == [255, 255, 255]
    assert sorted(map(tuple, flats[170:172, 150:152].reshape(-1, 3).tolist())) == sorted(
        map(tuple, UNKNOWN.reshape(-1, 3).tolist())
    )


def test_a_data_set_of_lines_and_flats_is_written_without_pictures_that_teach_nothing(tmp_path: Path) -> None:
    picture, lines = draw_things()
    for name, image in (("good", picture[..., ::-1]), ("lines", lines), ("dull", np.full_like(picture, 255))):
        assert cv2.imwrite(str(tmp_path / f"{name}.png"), image)
    rows = [
        ManifestRow(source="toy", split="train", picture=f"{name}.png", lines=drawn, key=f"{name}{drawn}")
        for name, drawn in (("good", "lines.png"), ("good", None), ("dull", None))
    ]
    write_rows(tmp_path, rows)
    out = tmp_path / "flat"
    assert {row.key for row in flatten(rows, tmp_path, out)} == {"goodlines.png", "goodNone"}
    for row in read_rows(out):
        flats, drawn = (np.asarray(Image.open(out / str(name))) for name in (row.flats, row.lines))
        assert np.abs(flats[170, 60].astype(int) - BLUE).max() <= 2
        assert drawn.shape == lines.shape
        assert drawn.min() == 0
    with pytest.raises(InputError, match="expected pictures without flats"):
        flatten(read_rows(out), out, out)
