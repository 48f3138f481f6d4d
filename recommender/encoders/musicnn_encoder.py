"""The ear the service rests on, by the interface of all encoders."""

import numpy as np
from numpy.typing import NDArray

from recommender.embedding import ENCODER_NAME, PATCHES, VECTOR_SIZE, TrackEncoder
from recommender.encoders.encoder import check_excerpts, mean_direction
from recommender.musicnn import PATCH_SAMPLES, SAMPLE_RATE


class MusicnnEncoder:
    """`TrackEncoder`'s vectors alone: it keeps `recommender.encoders.encoder.Encoder`."""

    name = ENCODER_NAME
    vector_size = VECTOR_SIZE
    sample_rate = SAMPLE_RATE
    excerpt_seconds = PATCH_SAMPLES / SAMPLE_RATE
    excerpts = PATCHES

    def __init__(self, track_encoder: TrackEncoder) -> None:
        self._track_encoder = track_encoder

    def encode(self, excerpts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Excerpts (n, 48000) to a unit vector (vector_size,); more than ten are thinned out to ten."""
        check_excerpts(self, excerpts)
        return mean_direction(self._track_encoder.encode(excerpts.reshape(-1)).vector[None])
