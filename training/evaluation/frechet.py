"""The Frechet distance between two sets of pictures, by the features of a network."""

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import InputError

Features = NDArray[np.float64]


def frechet_distance(a: Features, b: Features) -> float:
    """Squared Frechet distance of the two Gaussians with the features' means and covariances.

    |m1 - m2|^2 + Tr(C1 + C2 - 2 (C1 C2)^(1/2)); Heusel et al., "GANs Trained by a Two Time-Scale Update Rule
    Converge to a Local Nash Equilibrium", 2017, where it is called FID. With few pictures C1 and C2 have little
    rank and the distance is too large: compare distances of equal numbers of pictures only.

    Args:
        a: float N,D features, a row a picture; N at least 2.
        b: float M,D.

    Raises:
        InputError: Other shapes, or numbers that are not finite.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise InputError(f"features: expected N,D and M,D with at least 2 rows, received {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("features: expected finite numbers")
    x, y = (_center(np.asarray(v, np.float64)) for v in (a, b))
    shift = a.mean(0, dtype=np.float64) - b.mean(0, dtype=np.float64)
    # C1 = x'x and C2 = y'y. The eigenvalues of C1 C2 are those of (x y') (x y')' and zeros, so the trace of the
    # root is the sum of the singular values of the N,M matrix x y': exact, and small where D is 2048.
    root = np.linalg.svd(x @ y.T, compute_uv=False).sum()
    return float(shift @ shift + (x * x).sum() + (y * y).sum() - 2.0 * root)


def _center(features: Features) -> Features:
    """Rows x with x'x the covariance (of N - 1)."""
    out: Features = (features - features.mean(0)) / np.sqrt(len(features) - 1)
    return out
