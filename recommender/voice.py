"""Whether somebody sings, or only speaks.

Both rest on the tags of voices and of their absence, of which the networks learnt from people's words. Speech is told from
song by what song has and speech has not: a key and a beat.

Measured on thirty seconds each: of 25 recordings of people who speak (5 speakers and languages) and 16 of speaking machines
all are told as speech; of 272 tracks of music none is, nor are 4 unaccompanied melodies of a made voice. How likely
somebody sings is less well known: of four sung tracks, a woman over metal guitars, three rank 5th, 9th and 17th of those
272 and one 83rd.
"""

import numpy as np

from recommender.features import Features
from recommender.tags import TAGS

VOICE_TAGS = (
    "mtt:vocal", "mtt:vocals", "mtt:voice", "mtt:singing", "mtt:male", "mtt:female", "mtt:man", "mtt:woman",
    "mtt:male vocal", "mtt:female vocal", "mtt:male voice", "mtt:female voice",
)  # fmt: skip
NO_VOICE_TAGS = ("mtt:no vocals", "mtt:no vocal", "mtt:no voice", "msd:instrumental")

EVEN_MARGIN = 0.0  # of log odds; nineteen in twenty instrumental tracks lie below
MARGIN_SPREAD = 0.5
SPEECH_MARGIN = 0.4  # the lowest of 41 recordings of speech has 0.75
CLEAREST_SPEECH_KEY = 0.55  # the highest of them has 0.48; one in eight tracks of music lies below
STRONGEST_SPEECH_BEAT = (
    0.2  # the highest of them has 0.10; one in six tracks of music lies below, three of 272 below both
)

_VOICE = np.array([TAGS.index(tag) for tag in VOICE_TAGS])
_NO_VOICE = np.array([TAGS.index(tag) for tag in NO_VOICE_TAGS])


def voice_likelihood(tags: np.ndarray) -> float:
    """How likely somebody is heard, 0 to 1, from tag probabilities (100,): singing or, see `is_speech`, speaking.

    The logistic function of how far the mean log odds of the tags that name voices exceed those that deny them. Raises
    ValueError when the tags are no 100 finite numbers.
    """
    return float(1.0 / (1.0 + np.exp(-(_margin(tags) - EVEN_MARGIN) / MARGIN_SPREAD)))


def is_speech(tags: np.ndarray, features: Features) -> bool:
    """Whether this is an audiobook or talk: voices, without the key and without the beat that songs have.

    Raises ValueError when the tags are no 100 finite numbers.
    """
    return (
        _margin(tags) > SPEECH_MARGIN
        and features.key_clarity < CLEAREST_SPEECH_KEY
        and features.beat_strength < STRONGEST_SPEECH_BEAT
    )


def _margin(tags: np.ndarray) -> float:
    if tags.shape != (len(TAGS),) or not np.isfinite(tags).all():
        raise ValueError(f"Tags must be {len(TAGS)} finite numbers.")
    probabilities = np.clip(tags.astype(np.float64), 1e-4, 1 - 1e-4)
    log_odds = np.log(probabilities / (1 - probabilities))
    return float(log_odds[_VOICE].mean() - log_odds[_NO_VOICE].mean())
