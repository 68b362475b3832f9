"""What matching says of neighbors, however many a region has."""

import numpy as np
import pytest

from paintstorch_sdk.shots import matching


def draw_neighbors(rng, count):
    """Regions side by side by chance, the first beside all others: as a table, and as matching keeps them."""
    table = np.triu(rng.random((count, count)) < 0.2, 1)
    table[0, 1:] = True
    table |= table.T
    return table, matching._Beside(np.nonzero(table)[1].astype(np.int32), table.sum(1))


@pytest.mark.parametrize("many", [0, 100, matching.MANY], ids=["a pair at a time", "some", "at once"])
def test_neighbors_agree_where_they_are_pairs_themselves(monkeypatch, many):
    monkeypatch.setattr(matching, "MANY", many)
    rng = np.random.default_rng(5)
    (first, beside), (second, other_beside) = draw_neighbors(rng, 30), draw_neighbors(rng, 25)
    one, other = np.append(0, rng.permutation(29)[:19] + 1), np.append(0, rng.permutation(24)[:19] + 1)
    pairs = np.zeros((30, 25))
    pairs[one, other] = 1
    expected = 2 * (first @ pairs @ second) / (first.sum(1)[:, None] + second.sum(1))
    assert np.allclose(matching._agree(beside, other_beside, one, other), expected)
