"""How bright a mix sounds: what a player does with touch, and a plain sample font does not.

Instruments played harder gain upper partials faster than lower ones (J. Beauchamp, "Synthesis by spectral amplitude and
brightness matching of analyzed musical instrument tones", JAES 30, 1982); a font with one sample for all velocities does not.
"""

import numpy as np
from scipy import signal

SHELF_HZ = 1400.0
SHELF_DB = 9.0
"""How much what lies far above the shelf is raised at a brightness of 1, and lowered at 0."""


def brighten(samples: np.ndarray, sample_rate: int, brightness: float) -> np.ndarray:
    """Return samples (2, time) float32 brighter (above .5) or darker; .5 leaves them as they are.

    A first-order high shelf around `SHELF_HZ`, made from its analogue prototype by the bilinear transform; at brightness b
    and 1 - b the two undo each other.
    """
    if brightness == 0.5:
        return samples
    root_gain = 10.0 ** ((brightness - 0.5) * 2.0 * SHELF_DB / 40.0)
    warped = 2.0 * sample_rate * np.tan(np.pi * SHELF_HZ / sample_rate)
    shelf = ([root_gain**2 / (warped * root_gain), 1.0], [1.0 / (warped * root_gain), 1.0])
    numerator, denominator = signal.bilinear(*shelf, fs=sample_rate)
    sections = signal.tf2sos(numerator, denominator).astype(np.float32)
    return np.asarray(signal.sosfilt(sections, samples, axis=-1), dtype=np.float32)
