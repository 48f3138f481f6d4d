"""How rough a sound is: partials too near each other to be heard apart, and too far to be heard as one, beat."""

import numpy as np

from recommender.spectrum import spectral_peaks

LOWEST_HZ, HIGHEST_HZ = 65.0, 4_000.0
PARTIALS = 24  # the strongest of a frame: more change nothing that could be heard
AUDIBLE_SHARE = 1e-4  # of the loudest frame's energy

# W. Sethares, "Local consonance and the relationship between timbre and scale" (JASA 94, 1993): the roughness of two tones
# rises and falls with their distance, measured in critical bands.
_RISE, _FALL = 3.51, 5.75
_NEAREST, _BAND_SLOPE, _BAND_HZ = 0.24, 0.0207, 18.96
_STEEPEST = np.log(_FALL / _RISE) / (_FALL - _RISE)
_HIGHEST = np.exp(-_RISE * _STEEPEST) - np.exp(-_FALL * _STEEPEST)


def measure_roughness(fine: np.ndarray) -> float:
    """Roughness of a fine spectrum (bins, frames), 0 none, in bounds of 1; 0 in silence.

    Of each frame the sum over pairs of partials of the product of their magnitudes and Sethares's curve, relative to the
    sum of squares (W. Hutchinson and L. Knopoff, "The acoustic component of Western consonance", Interface 7, 1978), so
    that loudness does not count; the mean over the audible frames, d, is brought into bounds as d / (1 + d). Partials of
    notes that follow each other within half a second count as together.
    """
    frequencies_hz, magnitudes, frames = spectral_peaks(fine, LOWEST_HZ, HIGHEST_HZ)
    if not frames.size:
        return 0.0
    hz, strength = _strongest(frequencies_hz, magnitudes, frames, fine.shape[1])
    energy = np.square(strength).sum(axis=1)
    audible = energy > AUDIBLE_SHARE * energy.max()
    hz, strength, energy = hz[audible], strength[audible], energy[audible]
    first, second = np.triu_indices(PARTIALS, 1)
    apart = np.abs(hz[:, first] - hz[:, second])
    bands = _NEAREST * apart / (_BAND_SLOPE * np.minimum(hz[:, first], hz[:, second]) + _BAND_HZ)
    curve = (np.exp(-_RISE * bands) - np.exp(-_FALL * bands)) / _HIGHEST
    dissonance = float(((strength[:, first] * strength[:, second] * curve).sum(axis=1) / energy).mean())
    return dissonance / (1.0 + dissonance)


def _strongest(
    frequencies_hz: np.ndarray, magnitudes: np.ndarray, frames: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and magnitudes (frames, PARTIALS) of each frame's strongest peaks, 0 where there are fewer."""
    order = np.lexsort((-magnitudes, frames))
    frames = frames[order]
    rank = np.arange(frames.size) - np.searchsorted(frames, frames)
    kept = rank < PARTIALS
    hz, strength = np.zeros((count, PARTIALS)), np.zeros((count, PARTIALS))
    hz[frames[kept], rank[kept]] = frequencies_hz[order][kept]
    strength[frames[kept], rank[kept]] = magnitudes[order][kept]
    return hz, strength
