"""How far the clusters of a history lie apart: whether they are the sides of one taste, or tastes as of several people."""

import numpy as np
from numpy.typing import NDArray

_TOGETHER, _APART = 0.8, 0.72


def apartness(centroids: NDArray[np.floating], counted: NDArray[np.floating]) -> float:
    """0 where clusters all but coincide, 1 where they are tastes as of several people.

    centroids: (clusters, d), unit; counted: how much each counts (clusters,), at least 0. By the length of the mean of
    the centroids: of one person's in two spaces .75 to 1 (a maker's album there, an account here), of three people's
    together .4 to .72.
    """
    length = float(np.linalg.norm(counted @ centroids)) / max(float(counted.sum()), 1e-9)
    return float(np.clip((_TOGETHER - length) / (_TOGETHER - _APART), 0.0, 1.0))
