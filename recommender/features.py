"""What can be measured in a piece of audio without having learnt anything: one code for the library and for renders."""

from dataclasses import dataclass

import numpy as np
import pyloudnorm
import torch
from scipy.ndimage import median_filter

from recommender.tempo import estimate_tempo, onset_rate, onset_strength
from recommender.tonality import estimate_key, measure_chroma

SAMPLE_RATE = 16_000
FEATURE_SECONDS = 30.0  # one unbroken excerpt from the track's middle, since tempo needs unbroken time
FFT_SAMPLES = 1024
HOP_SAMPLES = 512
MEDIAN_WIDTH = 17
SILENCE_LUFS = -70.0  # the absolute gate of BS.1770
SHORTEST_LOUDNESS_SECONDS = 0.4


@dataclass(frozen=True)
class Features:
    """Measurements of one excerpt.

    `key` is the tonic's pitch class (0 = C) and `mode` "major" or "minor"; confidence, clarity and share lie in [0, 1];
    `onset_rate` counts onsets a second. In silence tempo and key say nothing, with confidence and clarity 0.
    """

    tempo_bpm: float
    tempo_confidence: float
    key: int
    mode: str
    key_clarity: float
    onset_rate: float
    percussive_share: float
    loudness_lufs: float
    brightness_hz: float


def middle_start_seconds(duration_seconds: float) -> float:
    """Where the excerpt to measure begins in a track of this length."""
    return max(0.0, 0.5 * (duration_seconds - FEATURE_SECONDS))


def measure_features(samples_16k: np.ndarray) -> Features:
    """Measures unbroken mono audio (n,) at 16 kHz, best about 30 s; raises ValueError when it is empty or no number."""
    if samples_16k.ndim != 1 or samples_16k.size == 0:
        raise ValueError("Audio to measure must be mono and not empty.")
    if not np.isfinite(samples_16k).all():
        raise ValueError("Audio to measure must consist of finite numbers.")
    samples = samples_16k.astype(np.float32)
    strength = onset_strength(samples)
    tempo = estimate_tempo(strength)
    key = estimate_key(measure_chroma(samples))
    power = _power_spectrum(samples)
    return Features(
        tempo_bpm=tempo.bpm,
        tempo_confidence=tempo.confidence,
        key=key.tonic,
        mode=key.mode,
        key_clarity=key.clarity,
        onset_rate=onset_rate(strength),
        percussive_share=measure_percussive_share(power),
        loudness_lufs=measure_loudness(samples),
        brightness_hz=measure_brightness(power),
    )


def measure_percussive_share(power: np.ndarray) -> float:
    """Share of a power spectrogram's (bins, frames) energy that is percussive, 0 to 1; 0 in silence.

    D. Fitzgerald, "Harmonic/percussive separation using median filtering" (DAFx 2010): medians over time keep what lasts,
    medians over frequency keep what strikes, a Wiener mask divides the energy between them.
    """
    magnitude = np.sqrt(power)
    lasting = median_filter(magnitude, size=(1, MEDIAN_WIDTH), mode="nearest") ** 2
    striking = median_filter(magnitude, size=(MEDIAN_WIDTH, 1), mode="nearest") ** 2
    total = float(power.sum())
    if total <= 1e-9:
        return 0.0
    return float((power * striking / (lasting + striking + 1e-12)).sum()) / total


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


def measure_brightness(power: np.ndarray) -> float:
    """Spectral centroid in Hz of the whole power spectrogram's (bins, frames) magnitudes; 0 in silence."""
    magnitude = np.sqrt(power).sum(axis=1)
    total = float(magnitude.sum())
    if total <= 1e-6:
        return 0.0
    return float(magnitude @ np.linspace(0.0, SAMPLE_RATE / 2, magnitude.size)) / total


def _power_spectrum(samples_16k: np.ndarray) -> np.ndarray:
    """Power (513 bins, frames)."""
    spectrum = torch.stft(
        torch.from_numpy(samples_16k),
        FFT_SAMPLES,
        HOP_SAMPLES,
        window=torch.hann_window(FFT_SAMPLES),
        pad_mode="constant",
        return_complex=True,
    )
    power: np.ndarray = (spectrum.abs() ** 2).numpy()
    return power
