"""How music feels on two axes: valence, unpleasant to pleasant, and arousal, calm to excited.

A first estimate by formula, from measurements and tags, with nothing fitted. Which measurement moves which axis, and which
way, is taken from A. Gabrielsson and E. Lindström, "The role of structure in the musical expression of emotions" (2010), and
P. Gomez and B. Danuser, "Relationships between musical structure and psychophysiological measures of emotion" (Emotion 7,
2007): loud, fast, dense, struck and bright music excites; major mode and speed please.

How far it can be trusted, on the 28 tracks of immich-memories-music, which were composed by a machine after one of five
mood words: arousal puts an energetic or happy track above a calm, tender or nostalgic one in 70% of pairs (n = 11 x 17; chance
50%), energetic above calm in 84% (5 x 5); valence puts happy above nostalgic in 81% (6 x 6). Their mean (arousal, valence):
calm -.41/-.05, tender -.08/.36, nostalgic -.15/-.09, happy .13/.49, energetic .20/.60. So few tracks show that the signs are
right, and no more.
"""

import math
from dataclasses import dataclass

import numpy as np

from recommender.encoder_statistics import frozen_statistics
from recommender.features import Features
from recommender.tags import TAGS

EXCITED_TAGS = ("msd:party", "msd:dance", "mtt:fast", "mtt:loud")
CALM_TAGS = ("msd:Mellow", "msd:chillout", "msd:ambient", "mtt:slow", "mtt:quiet", "mtt:soft")
HAPPY_TAGS = ("msd:happy", "msd:party", "msd:catchy")
SAD_TAGS = ("msd:sad", "mtt:slow")

# Middle and spread of each measurement over the tracks of the encoder's statistics, rounded.
LOUDNESS_LUFS = (-18.5, 5.0)
ONSETS_A_SECOND = (8.0, 2.75)
TEMPO_OCTAVES = (math.log2(114.0), 0.42)
PERCUSSIVE_SHARE = (0.27, 0.15)
BRIGHTNESS_OCTAVES = (math.log2(1190.0), 0.56)
SIGNED_KEY_CLARITY = (0.21, 0.63)
FARTHEST = 2.5  # spreads from the middle: no single measurement decides
CERTAIN_TEMPO_CONFIDENCE = 0.5


@dataclass(frozen=True)
class Emotion:
    """Valence and arousal, each in [-1, 1], 0 being usual music."""

    valence: float
    arousal: float


def estimate_emotion(tags: np.ndarray, features: Features) -> Emotion:
    """The emotion of a track with these tag probabilities (100,) and measurements.

    With every quantity in spreads from its middle (a tempo less so the less certain it is, log odds for tags):
    arousal = tanh(mean(loudness, onset rate, tempo, percussive share, brightness) + 0.35 (excited - calm tags)),
    valence = tanh(0.5 signed key clarity + 0.3 (happy - sad tags) + 0.2 tempo); key clarity counts negative in minor.
    """
    certainty = min(1.0, features.tempo_confidence / CERTAIN_TEMPO_CONFIDENCE)
    tempo = certainty * _spreads(math.log2(max(features.tempo_bpm, 1.0)), TEMPO_OCTAVES)
    measured = (
        _spreads(features.loudness_lufs, LOUDNESS_LUFS)
        + _spreads(features.onset_rate, ONSETS_A_SECOND)
        + tempo
        + _spreads(features.percussive_share, PERCUSSIVE_SHARE)
        + _spreads(math.log2(max(features.brightness_hz, 1.0)), BRIGHTNESS_OCTAVES)
    ) / 5.0
    signed_clarity = features.key_clarity if features.mode == "major" else -features.key_clarity
    odds = _tag_spreads(tags)
    excited, calm, happy, sad = (
        float(np.mean([odds[TAGS.index(tag)] for tag in group]))
        for group in (EXCITED_TAGS, CALM_TAGS, HAPPY_TAGS, SAD_TAGS)
    )
    arousal = measured + 0.35 * (excited - calm)
    valence = 0.5 * _spreads(signed_clarity, SIGNED_KEY_CLARITY) + 0.3 * (happy - sad) + 0.2 * tempo
    return Emotion(valence=math.tanh(valence), arousal=math.tanh(arousal))


def _spreads(value: float, usual: tuple[float, float]) -> float:
    middle, spread = usual
    return float(np.clip((value - middle) / spread, -FARTHEST, FARTHEST))


def _tag_spreads(tags: np.ndarray) -> np.ndarray:
    statistics = frozen_statistics()
    probabilities = np.clip(tags.astype(np.float64), 1e-6, 1 - 1e-6)
    log_odds = np.log(probabilities / (1 - probabilities))
    spreads: np.ndarray = np.clip(
        (log_odds - statistics.tag_mean) / statistics.tag_deviation, -FARTHEST, FARTHEST
    )
    return spreads
