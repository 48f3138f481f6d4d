"""How fast the music goes, and how often something starts in it."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.signal import find_peaks

from recommender.musicnn import slaney_mel_filters

SAMPLE_RATE = 16_000
FRAMES_PER_SECOND = 100
HOP_SAMPLES = SAMPLE_RATE // FRAMES_PER_SECOND
FFT_SAMPLES = 512  # the mel filters' own size
SLOWEST_BPM, FASTEST_BPM = 40.0, 220.0
USUAL_BPM = 110.0  # the middle of the prior, and the answer when nothing is heard
PRIOR_OCTAVES = 0.5
COMPRESSION = 100.0
ONSET_GAP_SECONDS = 0.05
ONSET_PROMINENCE = 0.15


@dataclass(frozen=True)
class Tempo:
    """Beats a minute, and how far the onsets repeat at it: 0 not at all, 1 exactly."""

    bpm: float
    confidence: float


def onset_strength(samples_16k: np.ndarray) -> np.ndarray:
    """Rise of the compressed mel spectrum, float64 (frames,) at 100 frames a second, from mono audio (n,).

    Spectral flux as in S. Böck, F. Krebs and M. Schedl, "Evaluating the online capabilities of onset detection methods"
    (ISMIR 2012), over mel bands: log(1 + 100 m), the difference to the frame 20 ms before, falls left out, summed.
    """
    spectrum = torch.stft(
        torch.from_numpy(np.ascontiguousarray(samples_16k, dtype=np.float32)),
        FFT_SAMPLES,
        HOP_SAMPLES,
        window=torch.hann_window(FFT_SAMPLES),
        pad_mode="constant",
        return_complex=True,
    )
    mel = torch.log1p(COMPRESSION * (slaney_mel_filters() @ spectrum.abs())).numpy()
    rise = np.zeros(mel.shape[1])
    rise[2:] = np.maximum(0.0, mel[:, 2:] - mel[:, :-2]).sum(axis=0)
    return rise


def onset_rate(strength: np.ndarray) -> float:
    """Onsets a second: peaks that stand out of the onset strength (frames,) by 15% of its highest ones."""
    loud = float(np.percentile(strength, 98)) if strength.size else 0.0
    if loud <= 1e-6:
        return 0.0
    gap_frames = round(ONSET_GAP_SECONDS * FRAMES_PER_SECOND)
    peaks, _ = find_peaks(strength, prominence=ONSET_PROMINENCE * loud, distance=gap_frames)
    return len(peaks) / (strength.size / FRAMES_PER_SECOND)


def estimate_tempo(strength: np.ndarray) -> Tempo:
    """The tempo between 40 and 220 bpm at which the onset strength (frames,) repeats.

    The spectrum of the onset strength has lines at the tempo and its multiples, its autocorrelation at the beat and its
    multiples; their product at one tempo leaves the octave that both hold (G. Peeters, "Template-based estimation of
    time-varying tempo", EURASIP 2007). A log-normal preference for usual tempos weighs it (D. Ellis, "Beat tracking by
    dynamic programming", JNMR 2007). Confidence is the autocorrelation at the beat.

    Of the 28 tracks of immich-memories-music 19 come within 4% of the tempo their composer was asked for, 27 when halves,
    doubles and thirds count as right: compare tempos without their octave.
    """
    silent = Tempo(USUAL_BPM, 0.0)
    if strength.size < 4 * FRAMES_PER_SECOND:
        return silent
    centred = strength - np.convolve(strength, np.full(101, 1 / 101), mode="same")
    energy = float(centred @ centred)
    if energy <= 1e-6:
        return silent
    bpm = np.geomspace(SLOWEST_BPM, FASTEST_BPM, 1000)
    periods = 60.0 * FRAMES_PER_SECOND / bpm
    correlation = _autocorrelation(centred)
    beats = _read_at(correlation, periods)
    lines = _spectrum_at(centred, bpm / 60.0)
    prior = np.exp(-0.5 * (np.log2(bpm / USUAL_BPM) / PRIOR_OCTAVES) ** 2)
    salience = np.maximum(0.0, beats) * lines * prior
    best = int(np.argmax(salience))
    if salience[best] <= 0.0:
        return silent
    return Tempo(float(bpm[best]), float(np.clip(beats[best], 0.0, 1.0)))


def _autocorrelation(centred: np.ndarray) -> np.ndarray:
    """Unbiased, 1 at lag zero."""
    size = 2 * centred.size
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    correlation = np.fft.irfft(power)[: centred.size]
    overlap = 1.0 - np.arange(centred.size) / centred.size
    values: np.ndarray = correlation / correlation[0] / np.maximum(overlap, 0.25)
    return values


def _spectrum_at(centred: np.ndarray, frequencies_hz: np.ndarray) -> np.ndarray:
    """Magnitude of the spectrum at these frequencies, relative to its highest line."""
    windowed = centred * np.hanning(centred.size)
    size = 8 * centred.size
    spectrum = np.abs(np.fft.rfft(windowed, size))
    lines = _read_at(spectrum, frequencies_hz * size / FRAMES_PER_SECOND)
    relative: np.ndarray = lines / spectrum.max()
    return relative


def _read_at(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    read: np.ndarray = np.interp(positions, np.arange(values.size), values)
    return read
