"""Which key the music is in, and how clearly."""

from dataclasses import dataclass

import numpy as np

from recommender.spectrum import spectral_peaks

LOWEST_HZ, HIGHEST_HZ = 65.0, 2_100.0
C4_HZ = 440.0 * 2.0 ** (-9 / 12)

# D. Temperley, "What's key for key? The Krumhansl-Schmuckler key-finding algorithm reconsidered", Music Perception 17 (1999)
MAJOR_PROFILE = np.array([5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0])
MINOR_PROFILE = np.array([5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0])


@dataclass(frozen=True)
class Key:
    """Tonic as pitch class (0 = C), "major" or "minor", and clarity: 0 no key at all, 1 the profile itself."""

    tonic: int
    mode: str
    clarity: float


def measure_chroma(fine: np.ndarray) -> np.ndarray:
    """Strength of the twelve pitch classes, float64 (12,), C first, summing to 1, or all zero in silence.

    From a fine spectrum (bins, frames). Only spectral peaks between 65 and 2100 Hz count, each as its magnitude; the
    tuning is taken from the peaks' mean deviation from equal temperament, as in E. Gómez, "Tonal description of music
    audio signals" (2006).
    """
    frequencies_hz, magnitudes, _ = spectral_peaks(fine, LOWEST_HZ, HIGHEST_HZ)
    if magnitudes.sum() <= 1e-6:
        return np.zeros(12)
    pitches = 12.0 * np.log2(frequencies_hz / C4_HZ)
    # the square root lets quiet partials speak for the tuning too, of which every one knows as much
    circle = np.sum(np.sqrt(magnitudes) * np.exp(2j * np.pi * pitches))
    tuning = np.angle(circle) / (2 * np.pi)
    classes = np.mod(np.round(pitches - tuning), 12).astype(int)
    chroma = np.bincount(classes, weights=magnitudes, minlength=12)
    shares: np.ndarray = chroma / chroma.sum()
    return shares


def estimate_key(chroma: np.ndarray) -> Key:
    """The key whose profile correlates best with the chroma (12,); the correlation is the clarity.

    C. Krumhansl, "Cognitive foundations of musical pitch" (1990), with Temperley's profiles; clarity as in O. Lartillot
    and P. Toiviainen, "A Matlab toolbox for musical feature extraction from audio" (DAFx 2007).

    From excerpts of the whole piece 103 of 144 rendered test works are in the key their corpus gives, 111 when the relative key
    counts as right (of 70 bands 57). That key is itself estimated, from the notes: of 23 scores with a key signature 20 are heard
    in one of its two keys, and the corpus has 19 there. Of the 28 tracks of immich-memories-music 16 are in the key their
    machine composer was asked for, 20 with the relative key; what it was asked for is not always what it played.
    """
    if chroma.sum() <= 0.0 or np.ptp(chroma) <= 1e-9:
        return Key(0, "major", 0.0)
    found = [
        Key(tonic, mode, float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]))
        for mode, profile in (("major", MAJOR_PROFILE), ("minor", MINOR_PROFILE))
        for tonic in range(12)
    ]
    best = max(found, key=lambda key: key.clarity)
    return Key(best.tonic, best.mode, float(np.clip(best.clarity, 0.0, 1.0)))
