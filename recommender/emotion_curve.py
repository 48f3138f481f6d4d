"""How the emotion of a track moves while it plays."""

import numpy as np

from recommender.emotion import Emotion
from recommender.emotion_evidence import EVIDENCE, FARTHEST, frozen_weights, mood_log_odds, tag_contrasts

SAMPLE_RATE = 16_000
FFT_SAMPLES = 1024
LOWEST_HZ = 50.0
QUIETEST_DB = -50.0
FARTHEST_ESTIMATE = 0.98
TOLD_BY = {
    "valence": ("happy_tags",),
    "arousal": ("loudness", "brightness", "excited_listeners", "excited_players"),
}
_BISECTIONS = 50


def emotion_curve(excerpts: np.ndarray, patch_tags: np.ndarray, emotion: Emotion) -> np.ndarray:
    """Valence and arousal at each excerpt, float32 (patches, 2), each in [-1, 1].

    Excerpts (patches, samples) are mono at 16 kHz, in the order of the track, and `patch_tags` (patches, 100) what the
    encoder heard in them. Where an excerpt is louder, brighter or by its tags more excited than the track's mean, arousal
    is higher by as much as the estimator's own weights say, and valence where its tags are happier; the curve's mean is
    the track's estimate, up to estimates of +-0.98. Raises ValueError when the two do not fit or hold no finite numbers.
    """
    if excerpts.ndim != 2 or excerpts.size == 0 or patch_tags.shape[:1] != excerpts.shape[:1]:
        raise ValueError("An emotion curve needs excerpts, and as many rows of tags.")
    if not (np.isfinite(excerpts).all() and np.isfinite(patch_tags).all()):
        raise ValueError("Excerpts and tags of an emotion curve must be finite numbers.")
    weights = frozen_weights()
    heard = tag_contrasts(mood_log_odds(patch_tags), weights.tag_middle, weights.tag_spread)
    heard["loudness"], heard["brightness"] = _loudness_db(excerpts), _brightness_octaves(excerpts)
    curves = []
    for name, quantities in TOLD_BY.items():
        axis = weights.axes[name]
        change = np.zeros(len(excerpts))
        for quantity in quantities:
            place = EVIDENCE[name].index(quantity)
            spreads = (heard[quantity] - heard[quantity].mean()) / axis.spread[place]
            change += axis.weight[place] * np.clip(spreads, -FARTHEST, FARTHEST)
        curves.append(_around(getattr(emotion, name), change))
    return np.stack(curves, axis=1).astype(np.float32)


def _loudness_db(excerpts: np.ndarray) -> np.ndarray:
    power = np.mean(excerpts.astype(np.float64) ** 2, axis=1)
    decibels: np.ndarray = 10.0 * np.log10(np.maximum(power, 10.0 ** (QUIETEST_DB / 10.0)))
    return decibels


def _brightness_octaves(excerpts: np.ndarray) -> np.ndarray:
    """Spectral centroid of each excerpt in octaves, as `recommender.features.measure_brightness` defines it."""
    frames = max(1, excerpts.shape[1] // FFT_SAMPLES)
    padded = np.pad(excerpts, ((0, 0), (0, max(0, FFT_SAMPLES - excerpts.shape[1]))))
    framed = padded[:, : frames * FFT_SAMPLES].reshape(len(excerpts), frames, FFT_SAMPLES)
    magnitude = np.abs(np.fft.rfft(framed * np.hanning(FFT_SAMPLES), axis=2)).sum(axis=1)
    hertz = np.linspace(0.0, SAMPLE_RATE / 2, magnitude.shape[1])
    total = magnitude.sum(axis=1)
    # silence is as bright as the rest: what is not heard moves nothing
    centroid = magnitude @ hertz / np.maximum(total, 1e-9)
    usual = centroid[total > 1e-6].mean() if (total > 1e-6).any() else LOWEST_HZ
    octaves: np.ndarray = np.log2(np.maximum(np.where(total > 1e-6, centroid, usual), LOWEST_HZ))
    return octaves


def _around(estimate: float, change: np.ndarray) -> np.ndarray:
    """Points in [-1, 1] that rise and fall with the change and whose mean is the estimate.

    They are tanh(offset + change); the offset, which the mean rises with, is found by halving.
    """
    wanted = float(np.clip(estimate, -FARTHEST_ESTIMATE, FARTHEST_ESTIMATE))
    reach = float(np.abs(change).max()) + float(np.arctanh(FARTHEST_ESTIMATE))
    low, high = -reach, reach
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if np.tanh(middle + change).mean() < wanted:
            low = middle
        else:
            high = middle
    points: np.ndarray = np.tanh(0.5 * (low + high) + change)
    return points
