"""How fast the music goes, how strongly it beats, and how often something starts in it."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.signal import find_peaks

from recommender.musicnn import slaney_mel_filters
from recommender.spectrum import FRAMES_PER_SECOND

SLOWEST_BPM, FASTEST_BPM = 40.0, 220.0
USUAL_BPM = 110.0  # the middle of the prior, and the answer when nothing is heard
PRIOR_OCTAVES = 0.5
HALF_BEAT_SHARE = 0.5  # slow music often marks its half beats more than its beats
COMPRESSION = 100.0
ONSET_GAP_SECONDS = 0.05
ONSET_PROMINENCE = 0.15
ONSET_WINDOW = np.hanning(7)[1:-1] / np.hanning(7).sum()  # 50 ms: what is nearer is one onset

SAME_TEMPO = 0.08
OCTAVES = (0.5, 1.0, 2.0)
# Logistic regression of "right within 4% or an octave" on the logarithm of how far the tempo stands out, over the training
# split of the written corpus, rendered.
CERTAINTY_OFFSET, CERTAINTY_SLOPE = -0.22, 1.34
NO_PULSE = 0.2  # autocorrelation below which no tempo is certain, however it stands out: no music learnt from had less


@dataclass(frozen=True)
class Tempo:
    """Beats a minute; how likely they are right but for an octave; how strongly they are felt. The latter in [0, 1]."""

    bpm: float
    confidence: float
    beat_strength: float


def onset_strength(brief: np.ndarray) -> np.ndarray:
    """Rise of the compressed mel spectrum, float64 (frames,), from a brief spectrum (257, frames), 100 frames a second.

    Spectral flux as in S. Böck, F. Krebs and M. Schedl, "Evaluating the online capabilities of onset detection methods"
    (ISMIR 2012), over mel bands: log(1 + 100 m), the difference to the frame 20 ms before, falls left out, summed.
    """
    mel = torch.log1p(COMPRESSION * (slaney_mel_filters() @ torch.from_numpy(brief))).numpy()
    rise = np.zeros(mel.shape[1])
    rise[2:] = np.maximum(0.0, mel[:, 2:] - mel[:, :-2]).sum(axis=0)
    return rise


def onset_seconds(strength: np.ndarray) -> np.ndarray:
    """When something starts (onsets,), ascending: peaks that stand out of the smoothed onset strength (frames,) by 15%
    of its highest ones.
    """
    if strength.size < ONSET_WINDOW.size:
        return np.zeros(0)
    smooth = np.convolve(strength, ONSET_WINDOW, mode="same")
    loud = float(np.percentile(smooth, 98))
    if loud <= 1e-6:
        return np.zeros(0)
    gap_frames = round(ONSET_GAP_SECONDS * FRAMES_PER_SECOND)
    peaks, _ = find_peaks(smooth, prominence=ONSET_PROMINENCE * loud, distance=gap_frames)
    return np.asarray(peaks / FRAMES_PER_SECOND)


def onset_rate(strength: np.ndarray) -> float:
    """Onsets a second."""
    return onset_seconds(strength).size * FRAMES_PER_SECOND / max(strength.size, 1)


def estimate_tempo(strength: np.ndarray) -> Tempo:
    """The tempo between 40 and 220 bpm at which the onset strength (frames,) repeats.

    The spectrum of the onset strength has lines at the tempo and its multiples, its autocorrelation at the beat and its
    multiples; their product at one tempo leaves the octave that both hold (G. Peeters, "Template-based estimation of
    time-varying tempo", EURASIP 2007); the line at half the beat counts half. A log-normal preference for usual tempos
    weighs it (D. Ellis, "Beat tracking by dynamic programming", JNMR 2007).

    Beat strength is the autocorrelation at the beat: 1 where everything returns with it (pulse clarity; O. Lartillot et
    al., "Multi-feature modeling of pulse clarity", ISMIR 2008). Confidence grows with how far the tempo stands out from
    all that are neither it nor its half or double.

    Of 147 rendered bands that nothing was fitted to 136 come within 4% of their tempo, its half or double (120 of the
    tempo itself), of 28 tracks of immich-memories-music 28 (23), which were looked at while the half beats were weighed.
    Most that fail are in 6/8, where quarter notes are heard for dotted ones.
    """
    silent = Tempo(USUAL_BPM, 0.0, 0.0)
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
    beat_lines, half_beat_lines = _spectrum_at(centred, np.stack([bpm, 2 * bpm]) / 60.0)
    prior = np.exp(-0.5 * (np.log2(bpm / USUAL_BPM) / PRIOR_OCTAVES) ** 2)
    salience = np.maximum(0.0, beats) * (beat_lines + HALF_BEAT_SHARE * half_beat_lines) * prior
    best = int(np.argmax(salience))
    if salience[best] <= 0.0:
        return silent
    strength_of_beat = float(np.clip(beats[best], 0.0, 1.0))
    related = np.any([np.abs(bpm / bpm[best] / octave - 1) < SAME_TEMPO for octave in OCTAVES], axis=0)
    certainty = _certainty(salience[best], salience[~related].max())
    return Tempo(float(bpm[best]), certainty * min(1.0, strength_of_beat / NO_PULSE), strength_of_beat)


def _certainty(best: float, other: float) -> float:
    stands_out = np.log((best + 1e-9) / (other + 1e-9))
    return float(1.0 / (1.0 + np.exp(-CERTAINTY_OFFSET - CERTAINTY_SLOPE * stands_out)))


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
