"""How music feels on two axes: valence, unpleasant to pleasant, and arousal, calm to excited.

A small linear estimator with an honest uncertainty. What speaks for which axis, and which way, comes from the literature
(`recommender.emotion_evidence`); how much each weighs was fitted by `recommender.emotion_training` to what people have
said of music, shrunk towards what was expected. `EMOTION.md` beside this file says to what, and how well it does: large
differences of arousal are told, small ones and valence weakly.
"""

import math
from dataclasses import dataclass

import numpy as np

from recommender.emotion_evidence import (
    EVIDENCE,
    Axis,
    EmotionWeights,
    frozen_weights,
    in_spreads,
    mood_log_odds,
    tag_contrasts,
)
from recommender.features import Features

CERTAIN_TEMPO_CONFIDENCE = 0.5
USUAL_BPM = 114.0
TEMPO_SPREAD_OCTAVES = 0.42  # of usual music, where the tempo is known
QUIETEST_LUFS = -50.0
DARKEST_HZ = 50.0


@dataclass(frozen=True)
class Emotion:
    """Valence and arousal, each in [-1, 1], 0 being usual music, with the standard deviation of each one's error."""

    valence: float
    arousal: float
    valence_uncertainty: float
    arousal_uncertainty: float


def estimate_emotion(tags: np.ndarray, features: Features) -> Emotion:
    """The emotion of a track with these tag probabilities (100,) and measurements.

    An axis is tanh(w . x), x being its evidence in spreads from the middle of usual music. Its variance is that of
    Bayesian linear regression, noise^2 + x' C x (C. Bishop, "Pattern Recognition and Machine Learning", 3.58), and grows
    when no beat or no key was heard: the speed, or the mode, could then as well be another. Raises ValueError when a tag
    is no finite number.
    """
    if tags.shape != (100,) or not np.isfinite(tags).all():
        raise ValueError("An emotion is estimated from 100 tag probabilities.")
    return estimate_with(frozen_weights(), tags, features)


def estimate_with(weights: EmotionWeights, tags: np.ndarray, features: Features) -> Emotion:
    """As `estimate_emotion`, with other weights than the committed ones."""
    evidence = measured_evidence(features)
    contrasts = tag_contrasts(mood_log_odds(tags), weights.tag_middle, weights.tag_spread)
    evidence |= {name: float(value) for name, value in contrasts.items()}
    unsure = {
        "speed": (1.0 - tempo_certainty(features)) * TEMPO_SPREAD_OCTAVES,
        "major": math.sqrt(1.0 - features.key_clarity**2),
    }
    values, deviations = {}, {}
    for name, quantities in EVIDENCE.items():
        axis = weights.axes[name]
        found = in_spreads(np.array([evidence[quantity] for quantity in quantities]), axis)
        unknown = np.array([unsure.get(quantity, 0.0) for quantity in quantities]) / axis.spread
        values[name] = math.tanh(float(axis.weight @ found))
        deviations[name] = _deviation(axis, found, unknown)
    return Emotion(values["valence"], values["arousal"], deviations["valence"], deviations["arousal"])


def tempo_certainty(features: Features) -> float:
    """From 0, no beat was heard, to 1."""
    return min(1.0, features.tempo_confidence / CERTAIN_TEMPO_CONFIDENCE)


def measured_evidence(features: Features) -> dict[str, float]:
    """All evidence that is measured, in units that grow evenly with what is heard: octaves, LUFS, roots of shares."""
    certainty = tempo_certainty(features)
    return {
        "loudness": max(features.loudness_lufs, QUIETEST_LUFS),
        # an unsure tempo is drawn to the usual one
        "speed": certainty * math.log2(max(features.tempo_bpm, 1.0) / USUAL_BPM),
        "beats": features.beat_strength,
        # an onset counts as far as it is struck: soft music has as many swells
        "onsets": math.log2(1.0 + features.onset_rate * math.sqrt(features.percussive_share)),
        "percussion": math.sqrt(features.percussive_share),
        "brightness": math.log2(max(features.brightness_hz, DARKEST_HZ)),
        "roughness": math.sqrt(features.roughness),
        "smoothness": -math.sqrt(features.roughness),
        "major": features.key_clarity if features.mode == "major" else -features.key_clarity,
        "key_clarity": features.key_clarity,
    }


def _deviation(axis: Axis, found: np.ndarray, unknown: np.ndarray) -> float:
    """At most 1: an axis is two wide."""
    variance = axis.noise**2 + found @ axis.covariance @ found + ((axis.weight * unknown) ** 2).sum()
    return min(1.0, math.sqrt(float(variance)))
