"""Tone: filters that make rows bright or dull, near or far, before they meet."""

import numpy as np
from scipy import signal


def low_cut(sample_rate: int, cutoff_hz: float) -> np.ndarray:
    """Return a second-order Butterworth high-pass as sections (1, 6)."""
    return np.asarray(signal.butter(2, cutoff_hz, "highpass", fs=sample_rate, output="sos"))


def high_shelf(sample_rate: int, corner_hz: float, gain_db: float) -> np.ndarray:
    """Return a shelf (1, 6) that changes what lies above `corner_hz` (R. Bristow-Johnson, "Audio EQ cookbook", slope 1)."""
    gain = 10.0 ** (gain_db / 40.0)
    turn = 2.0 * np.pi * corner_hz / sample_rate
    cosine, alpha = np.cos(turn), np.sin(turn) / np.sqrt(2.0)
    root = 2.0 * np.sqrt(gain) * alpha
    ahead = (
        gain * ((gain + 1) + (gain - 1) * cosine + root),
        -2 * gain * ((gain - 1) + (gain + 1) * cosine),
        gain * ((gain + 1) + (gain - 1) * cosine - root),
    )
    back = (
        (gain + 1) - (gain - 1) * cosine + root,
        2 * ((gain - 1) - (gain + 1) * cosine),
        (gain + 1) - (gain - 1) * cosine - root,
    )
    return np.asarray(np.array([[*ahead, *back]]) / back[0])


def bell(sample_rate: int, centre_hz: float, gain_db: float, quality: float = 0.8) -> np.ndarray:
    """Return a peaking filter (1, 6) around `centre_hz` (the same cookbook)."""
    gain = 10.0 ** (gain_db / 40.0)
    turn = 2.0 * np.pi * centre_hz / sample_rate
    alpha = np.sin(turn) / (2.0 * quality)
    middle = -2.0 * np.cos(turn)
    ahead = (1 + alpha * gain, middle, 1 - alpha * gain)
    back = (1 + alpha / gain, middle, 1 - alpha / gain)
    return np.asarray(np.array([[*ahead, *back]]) / back[0])


def apply_sections(samples: np.ndarray, sections: np.ndarray) -> np.ndarray:
    """Return `samples` (..., time) float32 through second-order sections (sections, 6)."""
    return np.asarray(signal.sosfilt(sections.astype(np.float32), samples, axis=-1), dtype=np.float32)
