"""What speaks for an emotion in a piece of music: a few quantities, each known to move an axis one way.

A. Gabrielsson and E. Lindström, "The role of structure in the musical expression of emotions" (2010), and P. Gomez and
B. Danuser, "Relationships between musical structure and psychophysiological measures of emotion" (Emotion 7, 2007): loud,
fast, dense, struck, bright and rough music excites; major mode, consonance and speed please. All of them count here so
that more of a quantity means more of its axis; what a corpus says may weigh them, and never turn them round.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from recommender.tags import TAGS

WEIGHTS_FILE = Path(__file__).with_name("emotion_weights.json")

AROUSAL_EVIDENCE = (
    "loudness", "speed", "beats", "onsets", "percussion", "brightness", "roughness", "excited_listeners",
    "excited_players",
)  # fmt: skip
VALENCE_EVIDENCE = ("major", "key_clarity", "smoothness", "speed", "happy_tags")
EVIDENCE = {"arousal": AROUSAL_EVIDENCE, "valence": VALENCE_EVIDENCE}

# Words that people use for how music feels or how strongly it is played, never for what plays it: those of listeners who
# tagged songs (the Million Song Dataset), and those of players who described clips to each other (MagnaTagATune).
# Genres are among them where what sets them apart is how intense they are (P. Rentfrow, L. Goldberg and D. Levitin, "The
# structure of musical preferences", Journal of Personality and Social Psychology 100, 2011).
EXCITED_LISTENERS = (
    "msd:party", "msd:dance", "msd:punk", "msd:metal", "msd:hard rock", "msd:House", "msd:electro",
)  # fmt: skip
CALM_LISTENERS = (
    "msd:Mellow", "msd:chillout", "msd:chill", "msd:ambient", "msd:easy listening", "msd:sad",
)  # fmt: skip
EXCITED_PLAYERS = ("mtt:fast", "mtt:loud", "mtt:dance", "mtt:beat", "mtt:techno", "mtt:rock", "mtt:metal")
CALM_PLAYERS = ("mtt:slow", "mtt:quiet", "mtt:soft", "mtt:ambient", "mtt:new age")
HAPPY_TAGS = ("msd:happy", "msd:catchy", "msd:party", "msd:easy listening")
SAD_TAGS = ("msd:sad", "mtt:slow", "mtt:weird", "msd:experimental")
CONTRASTS = {
    "excited_listeners": (EXCITED_LISTENERS, CALM_LISTENERS),
    "excited_players": (EXCITED_PLAYERS, CALM_PLAYERS),
    "happy_tags": (HAPPY_TAGS, SAD_TAGS),
}
MOOD_TAGS = tuple(sorted({tag for groups in CONTRASTS.values() for group in groups for tag in group}))

FARTHEST = 2.5  # spreads from the middle: no single quantity decides
_SMALLEST_PROBABILITY = 1e-6


@dataclass(frozen=True)
class Axis:
    """How one axis is read from its evidence, counted in spreads from the middle of usual music.

    Arrays follow the axis's own order in `EVIDENCE`: `middle`, `spread` and `weight` (k,); `covariance` (k, k) of the
    weights. `noise` is the standard deviation of what the evidence does not tell.
    """

    middle: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    covariance: np.ndarray
    noise: float


@dataclass(frozen=True)
class EmotionWeights:
    """Middle and spread of the log odds of `MOOD_TAGS` (tags,), and the two axes by name."""

    tag_middle: np.ndarray
    tag_spread: np.ndarray
    axes: dict[str, Axis]


@cache
def frozen_weights() -> EmotionWeights:
    """The committed weights, which `homespun train emotion` writes."""
    return read_weights(WEIGHTS_FILE.read_text(encoding="utf-8"))


def read_weights(text: str) -> EmotionWeights:
    """Weights from JSON; raises ValueError when they are of other evidence than this module's."""
    stored = json.loads(text)
    if stored["mood_tags"] != list(MOOD_TAGS):
        raise ValueError("The emotion weights are of other tags.")
    axes = {}
    for name, evidence in EVIDENCE.items():
        axis = stored["axes"][name]
        if axis["evidence"] != list(evidence):
            raise ValueError(f"The emotion weights of {name} are of other evidence.")
        arrays = {key: np.array(axis[key]) for key in ("middle", "spread", "weight", "covariance")}
        axes[name] = Axis(**arrays, noise=float(axis["noise"]))
    return EmotionWeights(np.array(stored["tag_middle"]), np.array(stored["tag_spread"]), axes)


def mood_log_odds(tags: np.ndarray) -> np.ndarray:
    """Log odds (..., len(MOOD_TAGS)) of the mood words among tag probabilities (..., 100)."""
    chosen = tags[..., [TAGS.index(tag) for tag in MOOD_TAGS]].astype(np.float64)
    probabilities = np.clip(chosen, _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY)
    odds: np.ndarray = np.log(probabilities / (1 - probabilities))
    return odds


def tag_contrasts(log_odds: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> dict[str, np.ndarray]:
    """How far one group of words outweighs the other, each of `CONTRASTS` (...), from log odds (..., tags)."""
    spreads = np.clip((log_odds - middle) / spread, -FARTHEST, FARTHEST)

    def mean(group: tuple[str, ...]) -> np.ndarray:
        of_group: np.ndarray = spreads[..., [MOOD_TAGS.index(tag) for tag in group]].mean(axis=-1)
        return of_group

    return {name: mean(more) - mean(less) for name, (more, less) in CONTRASTS.items()}


def in_spreads(evidence: np.ndarray, axis: Axis) -> np.ndarray:
    """Evidence (..., k) in spreads from its middle, at most `FARTHEST`."""
    spreads: np.ndarray = np.clip((evidence - axis.middle) / axis.spread, -FARTHEST, FARTHEST)
    return spreads
