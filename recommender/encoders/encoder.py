"""What every encoder of sound keeps: excerpts of a track in, one unit vector out."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """Hears a track by a few excerpts of one length, mono, spread over it. Safe among threads.

    ``excerpts`` is how many of them are enough; fewer do for a short track. Equal excerpts give equal vectors.
    """

    @property
    def name(self) -> str:
        """What rows and folders are named by."""

    @property
    def vector_size(self) -> int:
        """Numbers in a vector."""

    @property
    def sample_rate(self) -> int:
        """Of the excerpts, in Hz."""

    @property
    def excerpt_seconds(self) -> float:
        """How long each excerpt is."""

    @property
    def excerpts(self) -> int:
        """How many excerpts of a track are listened to."""

    def encode(self, excerpts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Excerpts (n, sample_rate * excerpt_seconds), n at least 1, to a unit vector (vector_size,).

        Raises ValueError when they have another shape, are no finite numbers, or have nothing to be placed by.
        """


def samples_in_an_excerpt(encoder: Encoder) -> int:
    """How many samples one excerpt of this encoder has."""
    return round(encoder.sample_rate * encoder.excerpt_seconds)


def check_excerpts(encoder: Encoder, excerpts: NDArray[np.float32]) -> None:
    """Raises ValueError unless these are excerpts that the encoder can take."""
    samples = samples_in_an_excerpt(encoder)
    if excerpts.ndim != 2 or len(excerpts) == 0 or excerpts.shape[1] != samples:
        raise ValueError(f"{encoder.name} takes mono excerpts of {samples} samples, one at least.")
    if not np.isfinite(excerpts).all():
        raise ValueError("Audio to encode must consist of finite numbers.")


def fill_excerpt(encoder: Encoder, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """A track (n,) shorter than one excerpt, repeated until it fills one: (1, samples). Raises ValueError when n is 0."""
    if samples.size == 0:
        raise ValueError("Audio to encode must not be empty.")
    return np.resize(samples, (1, samples_in_an_excerpt(encoder)))


def mean_direction(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The unit vector (d,) between the directions of these vectors (n, d), each counting the same.

    Raises ValueError when one of them has no direction, or they cancel each other out.
    """
    mean = (vectors / _lengths(vectors)).mean(axis=0, keepdims=True)
    unit: NDArray[np.float32] = (mean / _lengths(mean))[0].astype(np.float32)
    return unit


def _lengths(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0.0)).all():
        raise ValueError("This audio has nothing to be placed by.")
    return lengths
