"""Three views of the same sound, from which all features are measured.

No window serves both time and pitch. 32 ms show when something starts, but their lines lie 31 Hz apart: a third at C3.
Half a second tells neighbouring semitones apart there, and blurs a drum roll. What strikes is told from what lasts best
between the two, at 64 ms: with 32 ms drums were found in 260 rendered pieces with an area under the curve of .92, not .95.
"""

import numpy as np
import torch

SAMPLE_RATE = 16_000

BRIEF_FFT_SAMPLES = 512  # the mel filters' own size
FRAMES_PER_SECOND = 100
BRIEF_HOP_SAMPLES = SAMPLE_RATE // FRAMES_PER_SECOND

MIDDLE_FFT_SAMPLES = 1024
MIDDLE_HOP_SAMPLES = 512

FINE_FFT_SAMPLES = 8192
FINE_HOP_SAMPLES = 4096
FINE_HZ_PER_BIN = SAMPLE_RATE / FINE_FFT_SAMPLES
PEAK_SHARE = 0.01  # of the frame's highest line: what is lower is a window's side lobe or noise
PEAK_MAGNITUDE = 1e-4


def brief_spectrum(samples_16k: np.ndarray) -> np.ndarray:
    """Magnitudes float32 (257 bins, frames) of mono audio (n,), a frame every 10 ms, silence beyond the ends."""
    return _magnitudes(samples_16k, BRIEF_FFT_SAMPLES, BRIEF_HOP_SAMPLES)


def middle_spectrum(samples_16k: np.ndarray) -> np.ndarray:
    """Magnitudes float32 (513 bins, frames) of mono audio (n,), a frame every 32 ms, silence beyond the ends."""
    return _magnitudes(samples_16k, MIDDLE_FFT_SAMPLES, MIDDLE_HOP_SAMPLES)


def fine_spectrum(samples_16k: np.ndarray) -> np.ndarray:
    """Magnitudes float32 (4097 bins, frames) of mono audio (n,), a frame every 256 ms, silence beyond the ends."""
    return _magnitudes(samples_16k, FINE_FFT_SAMPLES, FINE_HOP_SAMPLES)


def spectral_peaks(
    fine: np.ndarray, lowest_hz: float, highest_hz: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequencies in Hz, magnitudes and frames, all (peaks,), of the peaks of a fine spectrum between two frequencies.

    A peak's frequency is that of the parabola through the logarithms of its line and the two beside it (J. O. Smith,
    "Spectral Audio Signal Processing", 2011, "Quadratic interpolation of spectral peaks").
    """
    low, high = int(lowest_hz / FINE_HZ_PER_BIN), int(highest_hz / FINE_HZ_PER_BIN)
    left, middle, right = (fine[low + shift : high + shift].astype(np.float64) for shift in (-1, 0, 1))
    loudest = middle.max(axis=0, keepdims=True)
    bins, frames = np.nonzero(
        (middle > left) & (middle >= right) & (middle > PEAK_SHARE * loudest) & (middle > PEAK_MAGNITUDE)
    )
    logs = [np.log(part[bins, frames] + 1e-12) for part in (left, middle, right)]
    curvature = np.minimum(logs[0] - 2 * logs[1] + logs[2], -1e-9)
    offsets = np.clip(0.5 * (logs[0] - logs[2]) / curvature, -0.5, 0.5)
    return (bins + low + offsets) * FINE_HZ_PER_BIN, middle[bins, frames], frames


def _magnitudes(samples_16k: np.ndarray, fft_samples: int, hop_samples: int) -> np.ndarray:
    samples = torch.from_numpy(np.ascontiguousarray(samples_16k, dtype=np.float32))
    spectrum = torch.stft(
        samples,
        fft_samples,
        hop_samples,
        window=torch.hann_window(fft_samples),
        pad_mode="constant",
        return_complex=True,
    )
    magnitudes: np.ndarray = spectrum.abs().numpy()
    return magnitudes
