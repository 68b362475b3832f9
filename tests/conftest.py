"""What the tests share. Nothing here imports torch: the runtime's tests run without it."""

import os

# The tests' networks are small: on busy cores, torch's threads would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same ones in every run."""
    return np.random.default_rng(20190612)
