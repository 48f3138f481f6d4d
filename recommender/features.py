"""What can be measured in a piece of audio without having learnt anything: one code for the library and for renders."""

from dataclasses import dataclass

import numpy as np
import pyloudnorm

from recommender.roughness import measure_roughness
from recommender.spectrum import SAMPLE_RATE, brief_spectrum, fine_spectrum, middle_spectrum
from recommender.tempo import estimate_tempo, onset_rate, onset_strength
from recommender.timbre import measure_brightness, measure_percussive_share
from recommender.tonality import estimate_key, measure_chroma

__all__ = [
    "FEATURE_SECONDS",
    "SAMPLE_RATE",
    "SILENCE_LUFS",
    "Features",
    "measure_features",
    "middle_start_seconds",
]

FEATURE_SECONDS = 30.0  # one unbroken excerpt from the track's middle, since tempo needs unbroken time
LARGEST_SAMPLE = 1e6  # beyond which squares of squares leave single precision
SILENCE_LUFS = -70.0  # the absolute gate of BS.1770
SHORTEST_LOUDNESS_SECONDS = 0.4


@dataclass(frozen=True)
class Features:
    """Measurements of one track.

    All of one excerpt, the key where possible of the whole track. `key` is the tonic's pitch class (0 = C) and `mode` "major" or "minor"; confidence, strength, clarity, share and
    roughness lie in [0, 1]; `onset_rate` counts onsets a second. `tempo_confidence` is how likely the tempo is right but
    for an octave, `beat_strength` how strongly the music beats. In silence tempo and key say nothing, with confidence,
    strength and clarity 0.
    """

    tempo_bpm: float
    tempo_confidence: float
    beat_strength: float
    key: int
    mode: str
    key_clarity: float
    onset_rate: float
    percussive_share: float
    loudness_lufs: float
    brightness_hz: float
    roughness: float


def middle_start_seconds(duration_seconds: float) -> float:
    """Where the excerpt to measure begins in a track of this length."""
    return max(0.0, 0.5 * (duration_seconds - FEATURE_SECONDS))


def measure_features(samples_16k: np.ndarray, excerpts_16k: np.ndarray | None = None) -> Features:
    """Measures unbroken mono audio (n,) at 16 kHz, best about 30 s, and the key of excerpts (excerpts, m) of the whole track.

    Music wanders through other keys in its middle and is at home at its ends: of 60 rendered pieces without a band ten
    excerpts spread over each told the key or its relative of 45, half a minute from the middle that of 40. Without
    excerpts the key is that of the unbroken audio.

    Raises ValueError when it is empty, or a sample is no finite number or a million times full scale.
    """
    if samples_16k.ndim != 1 or samples_16k.size == 0:
        raise ValueError("Audio to measure must be mono and not empty.")
    if not np.isfinite(samples_16k).all():
        raise ValueError("Audio to measure must consist of finite numbers.")
    if np.abs(samples_16k).max() > LARGEST_SAMPLE:
        raise ValueError("Audio to measure must not be a million times as loud as audio can be.")
    samples = samples_16k.astype(np.float32)
    strength = onset_strength(brief_spectrum(samples))
    middle, fine = middle_spectrum(samples), fine_spectrum(samples)
    tempo = estimate_tempo(strength)
    key = estimate_key(measure_chroma(fine) if excerpts_16k is None else _chroma_of_excerpts(excerpts_16k))
    return Features(
        tempo_bpm=tempo.bpm,
        tempo_confidence=tempo.confidence,
        beat_strength=tempo.beat_strength,
        key=key.tonic,
        mode=key.mode,
        key_clarity=key.clarity,
        onset_rate=onset_rate(strength),
        percussive_share=measure_percussive_share(middle),
        loudness_lufs=measure_loudness(samples),
        brightness_hz=measure_brightness(middle),
        roughness=measure_roughness(fine),
    )


def _chroma_of_excerpts(excerpts_16k: np.ndarray) -> np.ndarray:
    """The mean chroma (12,) of excerpts, a quiet one counting as much as a loud one."""
    chroma: np.ndarray = np.mean([measure_chroma(fine_spectrum(one)) for one in excerpts_16k], axis=0)
    return chroma


def measure_loudness(samples_16k: np.ndarray) -> float:
    """Integrated loudness (ITU-R BS.1770-4) in LUFS, at least -70.

    It is that of the mono mix as one channel at 16 kHz: a stereo master reads up to 3 dB higher on a loudness meter, and
    what lies above 8 kHz does not count.
    """
    shortest = int(SHORTEST_LOUDNESS_SECONDS * SAMPLE_RATE) + 1
    padded = np.pad(samples_16k.astype(np.float64), (0, max(0, shortest - samples_16k.size)))
    with np.errstate(divide="ignore"):  # the logarithm of silence
        loudness = float(pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(padded))
    return max(SILENCE_LUFS, loudness)
