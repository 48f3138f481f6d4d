"""From how a track sounds to where it stands among what is played: a place for tracks that nobody has played yet."""

import numpy as np
from numpy.typing import NDArray

FEWEST_TRACKS = 50


def fit_audio_map(
    sounds: NDArray[np.float32],
    vectors: NDArray[np.float32],
    listeners: NDArray[np.integer],
    ridge: float = 1.0,
) -> NDArray[np.float32] | None:
    """Ridge regression float32 (audio's size + 1, d) from unit vectors of sound (n, audio's size) to vectors (n, d).

    A track counts by the logarithm of its listeners (n,), since the vector of one that few play is uncertain. The last
    row is the constant, which is not held small. None with fewer than 50 tracks.
    """
    if len(sounds) < FEWEST_TRACKS:
        return None
    known = np.column_stack([sounds, np.ones(len(sounds))]).astype(np.float64)
    weighed = known * np.log1p(listeners.astype(np.float64))[:, None]
    normal = weighed.T @ known
    normal[np.diag_indices(sounds.shape[1])] += ridge
    # A constant of which nothing is known, as where no track has a listener, stays 0.
    normal[-1, -1] += 1e-9
    return np.linalg.solve(normal, weighed.T @ vectors.astype(np.float64)).astype(np.float32)
