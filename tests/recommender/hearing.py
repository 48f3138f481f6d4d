"""Tracks whose sound is known by construction, for the words that are found for them."""

from dataclasses import replace

import numpy as np

from recommender.manner import Mood, Sounds
from recommender.tags import TAGS
from recommender.words import ClusterSound

ALL_DAY = np.full(24, 1 / 24)
PLAIN = {
    "bpm": 105.0,
    "sure": 1.0,
    "beat": 0.5,
    "rough": 0.6,
    "lufs": -16.0,
    "hertz": 1250.0,
    "voice": 0.5,
    "valence": 0.0,
    "arousal": 0.0,
}


def tag_row(**probabilities: float) -> np.ndarray:
    """Every tag at 0.02 save these, named like `mtt_piano` or `msd_Hip_Hop`."""
    row = np.full(len(TAGS), 0.02)
    for name, probability in probabilities.items():
        network, tag = name.split("_", 1)
        row[[each.replace("-", " ").replace(" ", "_") for each in TAGS].index(f"{network}:{tag}")] = (
            probability
        )
    return row


def sounds(tags: np.ndarray, tracks: int = 6, **measured: float) -> Sounds:
    """So many tracks that all sound the same. measured: bpm, sure (of the tempo), beat, rough, lufs, hertz, voice, valence, arousal."""
    columns = (np.full(tracks, value) for value in (PLAIN | measured).values())
    return Sounds(np.tile(tags, (tracks, 1)), *columns)


def together(*parts: Sounds) -> Sounds:
    """The tracks of all of these."""
    return Sounds(
        *(np.concatenate(columns) for columns in zip(*(vars(part).values() for part in parts), strict=True))
    )


def cluster(
    heard: Sounds, arousal: float = 0.0, valence: float = 0.0, hours: tuple[int, ...] = ()
) -> ClusterSound:
    """A cluster whose tracks count alike, heard in these hours or all day."""
    profile = ALL_DAY
    if hours:
        profile = np.bincount(hours, minlength=24) / len(hours)
    return ClusterSound(heard, np.ones(len(heard.tags)), Mood(valence, arousal), profile)


def library() -> Sounds:
    """Music of every loudness, brightness and mood, whose tags say nothing."""
    steps = np.linspace(-1.0, 1.0, 21)
    return replace(
        sounds(tag_row(), tracks=len(steps)),
        loudness_lufs=-18.0 + 12.0 * steps,
        brightness_hz=1500.0 + 1000.0 * steps,
        valence=steps,
        arousal=steps,
    )
