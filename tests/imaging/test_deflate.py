import numpy as np
import pytest

from paintstorch_sdk.imaging.deflate import pack_lines, unpack_lines


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (40, 33)])
@pytest.mark.parametrize("paper", [0, 200, 255])
def test_line_art_is_kept_whole_without_its_paper(shape, paper):
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    drawn = np.where(noise < 8, noise, paper).astype(np.uint8)
    for lines in (drawn, noise):
        assert np.array_equal(unpack_lines(pack_lines(lines)), lines)
    assert len(pack_lines(np.full((400, 400), paper, np.uint8))) < 3000
