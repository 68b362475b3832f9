"""What the tests share. Nothing here imports torch: the runtime's tests run without it."""

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same ones in every run."""
    return np.random.default_rng(20190612)
