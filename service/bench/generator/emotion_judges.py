"""How excited and how pleasant a sound is, by two judges that share nothing: our own estimator, and a few plain quantities.

Both hear the same mono sound at 16 kHz, brought to one loudness, so that no judge hears how loud a piece was made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from scipy import signal

from recommender.embedding import TrackEncoder, spread_patches
from recommender.emotion import estimate_emotion
from recommender.features import (
    FEATURE_SECONDS,
    SAMPLE_RATE,
    SILENCE_LUFS,
    measure_features,
    measure_loudness,
)

HEARD_LUFS = -20.0

_FRAME, _HOP = 1024, 256
_FRAMES_PER_SECOND = SAMPLE_RATE / _HOP
_CHROMA_FRAME = 8192
_LOWEST_HZ, _HIGHEST_HZ = 65.0, 2000.0
_ROLLOFF_SHARE = 0.85
# C. Krumhansl and E. Kessler (1982), as printed in C. Krumhansl, "Cognitive foundations of musical pitch" (1990).
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)

PLAIN_AROUSAL = ("flux", "onsets_per_second", "rolloff_octaves")
PLAIN_VALENCE = ("majorness",)
ESTIMATOR, PLAIN = "estimator", "plain"
JUDGES = (ESTIMATOR, PLAIN)

Quantities = dict[str, float]
Listener = Callable[[np.ndarray, int], Quantities]


@dataclass(frozen=True)
class MoodListener:
    """Hears a sound as both judges do; call it with samples (channels, n) and their rate."""

    encoder: TrackEncoder

    def __call__(self, samples: np.ndarray, sample_rate: int) -> Quantities:
        """Everything that the judges go by, and the estimator's verdict. Raises ValueError for silence and for no sound."""
        mono = at_one_loudness(samples, sample_rate)
        reach = round(0.5 * FEATURE_SECONDS * SAMPLE_RATE)
        middle = mono[max(0, mono.size // 2 - reach) : mono.size // 2 + reach]
        features = measure_features(middle, spread_patches(mono))
        emotion = estimate_emotion(self.encoder.encode(mono).tags, features)
        return {
            "valence": emotion.valence,
            "arousal": emotion.arousal,
            "tempo_bpm": features.tempo_bpm,
            "percussive_share": features.percussive_share,
            "roughness": features.roughness,
            **plain_quantities(middle),
        }


def at_one_loudness(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """Mono float32 (n,) at 16 kHz and `HEARD_LUFS` from samples (channels, n); raises ValueError for silence."""
    divisor = gcd(SAMPLE_RATE, sample_rate)
    mono = signal.resample_poly(
        samples.mean(axis=0, dtype=np.float64), SAMPLE_RATE // divisor, sample_rate // divisor
    ).astype(np.float32)
    loudness = measure_loudness(mono) if mono.size else SILENCE_LUFS
    if loudness <= SILENCE_LUFS:
        raise ValueError("nothing sounds, so that no mood can be heard")
    return np.asarray(mono * np.float32(10.0 ** ((HEARD_LUFS - loudness) / 20.0)))


def plain_quantities(mono_16k: np.ndarray) -> Quantities:
    """What speaks for arousal (spectral flux, onsets a second, rolloff in octaves) and for valence (major over minor).

    Flux is the mean rise of the logarithmic spectrum (J. Bello et al., "A tutorial on onset detection in music signals",
    2005); majorness how much better the best major key profile fits the chroma than the best minor one.
    """
    _, _, spectrum = signal.stft(mono_16k, SAMPLE_RATE, nperseg=_FRAME, noverlap=_FRAME - _HOP, padded=False)
    magnitude = np.abs(spectrum)
    rises = np.maximum(np.diff(np.log1p(1000.0 * magnitude), axis=1), 0.0).mean(axis=0)
    peaks, _ = signal.find_peaks(
        rises, prominence=0.5 * rises.std(), distance=round(0.05 * _FRAMES_PER_SECOND)
    )
    cumulated = np.cumsum(magnitude.sum(axis=1))
    rolloff = np.searchsorted(cumulated, _ROLLOFF_SHARE * cumulated[-1]) * SAMPLE_RATE / _FRAME
    return {
        "flux": float(rises.mean()),
        "onsets_per_second": len(peaks) * SAMPLE_RATE / mono_16k.size,
        "rolloff_octaves": float(np.log2(max(rolloff, _LOWEST_HZ))),
        "majorness": _majorness(mono_16k),
    }


def _majorness(mono_16k: np.ndarray) -> float:
    hertz, _, spectrum = signal.stft(mono_16k, SAMPLE_RATE, nperseg=_CHROMA_FRAME, padded=False)
    tonal = (hertz >= _LOWEST_HZ) & (hertz <= _HIGHEST_HZ)
    # 440 Hz is A, nine semitones above C
    pitch_class = np.round(12.0 * np.log2(hertz[tonal] / 440.0) + 9.0).astype(int) % 12
    chroma = np.bincount(pitch_class, weights=np.sqrt(np.abs(spectrum[tonal])).sum(axis=1), minlength=12)
    if chroma.std() == 0.0:
        return 0.0
    major, minor = (
        max(float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]) for tonic in range(12))
        for profile in (_MAJOR, _MINOR)
    )
    return major - minor


def verdicts(rows: Sequence[Mapping[str, float]], judge: str, axis: str) -> np.ndarray:
    """The judge's verdict (n,) on each of the sounds that were heard: the estimator's own, else the mean of plain z-scores."""
    if judge == ESTIMATOR:
        return np.array([row[axis] for row in rows], dtype=float)
    names = PLAIN_AROUSAL if axis == "arousal" else PLAIN_VALENCE
    found = np.array([[row[name] for name in names] for row in rows], dtype=float)
    spread = found.std(axis=0)
    return np.asarray(((found - found.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).mean(axis=1))
