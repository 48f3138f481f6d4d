"""A track becomes a vector: two MusiCNN networks listen to ten excerpts spread over it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from recommender.metric import DIMENSIONS, frozen_metric
from recommender.musicnn import PATCH_SAMPLES, LogMel, Musicnn

ENCODER_NAME = "musicnn-3"
VECTOR_SIZE = DIMENSIONS
PATCHES = 10


@dataclass(frozen=True)
class TrackEncoding:
    """What the encoder heard: a unit vector float32 (24,) and tag probabilities float32 (100,), named by `recommender.tags.TAGS`.

    `patch_tags` float32 (patches, 100) are those of each patch; `raw` float32 (400,) is what the metric places.
    """

    vector: np.ndarray
    tags: np.ndarray
    patch_tags: np.ndarray
    raw: np.ndarray


def spread_patches(samples: np.ndarray, patches: int = PATCHES) -> np.ndarray:
    """Cuts mono audio (n,) at 16 kHz into patches (count, 48000), each in the middle of its share of the track.

    Audio shorter than `patches` times 3 s gives fewer of them, and audio under 3 s is repeated to fill one, as in the
    networks' training. Ten excerpts of 3 s laid end to end come back as those ten. Raises ValueError when n is 0 or a
    sample is no finite number.
    """
    if samples.ndim != 1 or samples.size == 0:
        raise ValueError("Audio to encode must be mono and not empty.")
    if not np.isfinite(samples).all():
        raise ValueError("Audio to encode must consist of finite numbers.")
    if samples.size < PATCH_SAMPLES:
        return np.resize(samples, (1, PATCH_SAMPLES)).astype(np.float32)
    count = min(patches, samples.size // PATCH_SAMPLES)
    share = samples.size / count
    starts = [int(share * (patch + 0.5)) - PATCH_SAMPLES // 2 for patch in range(count)]
    return np.stack([samples[start : start + PATCH_SAMPLES] for start in starts]).astype(np.float32)


class TrackEncoder:
    """Both networks and the metric by which their features tell tracks apart."""

    def __init__(self, msd: Musicnn, mtt: Musicnn) -> None:
        self._log_mel = LogMel()
        self._networks = (msd, mtt)

    @classmethod
    def from_weights(cls, tensors: Mapping[str, np.ndarray]) -> "TrackEncoder":
        """The encoder with tensors named `msd.*` and `mtt.*`; raises ValueError when they do not fit."""
        msd, mtt = (
            Musicnn.from_weights(
                {
                    name.removeprefix(prefix): values
                    for name, values in tensors.items()
                    if name.startswith(prefix)
                }
            )
            for prefix in ("msd.", "mtt.")
        )
        return cls(msd, mtt)

    def encode(self, samples_16k: np.ndarray) -> TrackEncoding:
        """Mono audio (n,) at 16 kHz, or excerpts of 3 s laid end to end, to its encoding; raises ValueError on none."""
        patches, tags = self._listen(samples_16k)
        raw = patches.mean(axis=0)
        return TrackEncoding(frozen_metric().unit_vectors(raw[None])[0], tags.mean(axis=0), tags, raw)

    def encode_raw(self, samples_16k: np.ndarray) -> np.ndarray:
        """The penultimate features (400,) of both networks, averaged over the patches, on their own scale."""
        features: np.ndarray = self.encode_patches(samples_16k).mean(axis=0)
        return features

    def encode_patches(self, samples_16k: np.ndarray) -> np.ndarray:
        """The penultimate features (patches, 400) of both networks, the Million Song Dataset's first."""
        return self._listen(samples_16k)[0]

    @torch.inference_mode()
    def _listen(self, samples_16k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        patches = torch.from_numpy(spread_patches(samples_16k))
        # the first frame's window lies half before the patch; the other 187 are what the networks take
        mel = self._log_mel(patches)[:, 1:]
        # one patch at a time stays in the processor's cache: twice as fast as all ten together
        heard = [[network(patch) for patch in mel.split(1)] for network in self._networks]
        features, tags = (
            torch.cat([torch.cat([answer[part] for answer in answers]) for answers in heard], dim=1)
            for part in (0, 1)
        )
        return features.numpy(), tags.numpy()


def unit_vectors(raw: np.ndarray) -> np.ndarray:
    """Raw encodings (tracks, 400) placed by the frozen metric: unit vectors float32 (tracks, 24)."""
    return frozen_metric().unit_vectors(raw)
