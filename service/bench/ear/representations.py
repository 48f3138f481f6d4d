"""What a track can be found by: the embedding, and what it must be better than."""

from collections.abc import Sequence

import numpy as np

from service.bench.ear.heard_store import HeardTrack

OURS = "embedding"
BAR = "musicnn_raw_200"
_SMALLEST_TAG = 1e-4
_MSD_FEATURES = 200
DESCRIPTORS = (
    "tempo_bpm", "beat_strength", "key_clarity", "onset_rate", "percussive_share", "loudness_lufs",
    "loudness_range_lu", "brightness_hz", "roughness",
)  # fmt: skip
_RATIOS = frozenset({"tempo_bpm", "onset_rate", "brightness_hz"})
"""Twice as fast is as far as half as fast: these count by their logarithms."""


def representations(heard: Sequence[HeardTrack]) -> dict[str, np.ndarray]:
    """Vectors (tracks, d) by name, all compared by their cosines.

    `musicnn_raw_200` are MSD's penultimate features as they are, which is the bar; `musicnn_raw_400` those of both
    networks; `..._scaled` the same with each number brought to mean 0 and deviation 1 over this library; `log_tags`
    and `descriptors` likewise.
    """
    raw = np.stack([each.raw for each in heard]).astype(np.float64)
    tags = np.stack([each.tags for each in heard]).astype(np.float64)
    return {
        OURS: np.stack([each.vector for each in heard]).astype(np.float64),
        BAR: raw[:, :_MSD_FEATURES],
        "musicnn_raw_200_scaled": scaled(raw[:, :_MSD_FEATURES]),
        "musicnn_raw_400": raw,
        "musicnn_raw_400_scaled": scaled(raw),
        "log_tags": scaled(np.log(tags + _SMALLEST_TAG)),
        "descriptors": scaled(np.stack([_descriptors(each) for each in heard])),
    }


def scaled(values: np.ndarray) -> np.ndarray:
    """Each column (tracks, d) with mean 0 and deviation 1; one that never changes becomes 0."""
    deviation = values.std(axis=0)
    centred: np.ndarray = (values - values.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return centred


def _descriptors(heard: HeardTrack) -> np.ndarray:
    values = [
        np.log(max(float(heard.facts[name]), 1e-3)) if name in _RATIOS else float(heard.facts[name])
        for name in DESCRIPTORS
    ]
    return np.array([*values, float(heard.facts["mode"] == "major")])
