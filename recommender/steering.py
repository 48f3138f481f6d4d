"""Away from one track in a wished direction: calmer, brighter, faster, and still like it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.ranking import standardise


@dataclass(frozen=True)
class SteeringConfig:
    """How far a whole wish goes on each scale, and what missing it costs in standard deviations of similarity.

    Valence and arousal lie in -1..1; tempo is counted in octaves.
    """

    emotion_step: float = 0.5
    tempo_step_octaves: float = 0.4
    cost: float = 2.0


class Wish(NamedTuple):
    """Each from -1 to 1, 0 where nothing is wished."""

    calmer: float = 0.0
    brighter: float = 0.0
    faster: float = 0.0


class Feel(NamedTuple):
    """How tracks feel: valence and arousal -1..1, tempo_bpm above 0, each float64 (n,)."""

    valence: NDArray[np.float64]
    arousal: NDArray[np.float64]
    tempo_bpm: NDArray[np.float64]


def steer(
    similarity: NDArray[np.float64], feel: Feel, start: Feel, wish: Wish, config: SteeringConfig | None = None
) -> NDArray[np.float64]:
    """One score a candidate, float64 (n,): likeness to the start (n,), less how far it is from where the wish leads.

    ``start`` is one track, (1,) each. Without a wish the order is that of similarity.
    """
    config = config or SteeringConfig()
    score = standardise(similarity)
    for wished, here, there, step in (
        (-wish.calmer, start.arousal, feel.arousal, config.emotion_step),
        (wish.brighter, start.valence, feel.valence, config.emotion_step),
        (wish.faster, np.log2(start.tempo_bpm), np.log2(feel.tempo_bpm), config.tempo_step_octaves),
    ):
        if wished:
            missed = np.abs(there - here - wished * step) / step
            score = score - config.cost * abs(wished) * missed
    return score
