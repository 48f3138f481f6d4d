"""How loud people hear it: ITU-R BS.1770-4 and EBU Tech 3342, from one pass over the sound."""

import numpy as np
from scipy import signal

FRAMES_PER_SECOND = 1000
BLOCK_FRAMES = 400
STEP_FRAMES = 100
SHORT_TERM_FRAMES = 3000

TRUE_PEAK_OVERSAMPLING = 4
_CHUNK = 1 << 18
_PHASE_TAPS = 16


def weighted_energy(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return the K-weighted mean square of every millisecond, channels added: (frames,) float64.

    `samples` (channels, time). Raises ValueError below 8 kHz, where the weighting filter has no meaning.
    """
    if sample_rate < 8000:
        raise ValueError(f"loudness needs at least 8000 samples a second, got {sample_rate}")
    frame = sample_rate // FRAMES_PER_SECOND
    frames = samples.shape[1] // frame
    weighted = signal.sosfilt(_k_weighting(sample_rate).astype(samples.dtype), samples, axis=-1)
    shaped = np.square(weighted[:, : frames * frame]).reshape(samples.shape[0], frames, frame)
    return np.asarray(shaped.mean(axis=2, dtype=np.float64).sum(axis=0))


def integrated_lufs(energy: np.ndarray) -> float:
    """Return the gated loudness (LUFS) of what `weighted_energy` gave; minus infinity for silence and under 0.4 s."""
    blocks = _sliding_mean(energy, BLOCK_FRAMES)
    audible = blocks[_to_lufs(blocks) > -70.0]
    if len(audible) == 0:
        return float("-inf")
    gate = _to_lufs(np.array([audible.mean()]))[0] - 10.0
    return float(_to_lufs(np.array([audible[_to_lufs(audible) > gate].mean()]))[0])


def loudness_while_sounding(samples: np.ndarray, sample_rate: int) -> float:
    """Return how loud `samples` (channels, time) are while they sound, in LUFS: mean of blocks within 15 LU of the loudest.

    Rests do not count, so that a row that plays in every fourth bar is as loud as one that always plays. Half of the samples are
    enough to say so. Minus infinity for silence.
    """
    blocks = _sliding_mean(weighted_energy(samples[:, ::2], sample_rate // 2), BLOCK_FRAMES)
    if len(blocks) == 0 or blocks.max() <= 0.0:
        return float("-inf")
    return float(_to_lufs(np.array([blocks[blocks >= blocks.max() * 10.0**-1.5].mean()]))[0])


def loudness_range_lu(energy: np.ndarray) -> float:
    """Return the spread between quiet and loud passages in LU: 10th to 95th percentile of gated 3 s windows."""
    windows = _sliding_mean(energy, SHORT_TERM_FRAMES)
    audible = windows[_to_lufs(windows) > -70.0]
    if len(audible) == 0:
        return 0.0
    gate = _to_lufs(np.array([audible.mean()]))[0] - 20.0
    low, high = np.percentile(_to_lufs(audible[_to_lufs(audible) > gate]), [10.0, 95.0])
    return float(high - low)


def peak_envelope(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return the highest absolute value of every millisecond at four times the sample rate: (frames,) float32.

    The reconstruction between samples follows BS.1770-4, annex 2; the maximum is over all channels, and the last
    frame may be shorter than the others.
    """
    frame = sample_rate // FRAMES_PER_SECOND
    length = samples.shape[1]
    envelope = np.zeros(-(-length // frame), dtype=np.float32)
    taps = _interpolator()
    chunk = (_CHUNK // frame) * frame
    for begin in range(0, length, chunk):
        end = min(begin + chunk, length)
        left, right = max(begin - _PHASE_TAPS, 0), min(end + _PHASE_TAPS, length)
        between = signal.upfirdn(taps, samples[:, left:right], up=TRUE_PEAK_OVERSAMPLING, axis=-1)
        first = (begin - left) * TRUE_PEAK_OVERSAMPLING + (len(taps) - 1) // 2
        count = (end - begin) * TRUE_PEAK_OVERSAMPLING
        highest = np.abs(between[:, first : first + count]).max(axis=0)
        frames = -(-(end - begin) // frame)
        padded = np.zeros(frames * frame * TRUE_PEAK_OVERSAMPLING, dtype=np.float32)
        padded[: len(highest)] = highest
        at = begin // frame
        envelope[at : at + frames] = padded.reshape(frames, -1).max(axis=1)
    return envelope


def to_db(ratio: float) -> float:
    """Return an amplitude ratio in dB, no lower than -200."""
    return float(20.0 * np.log10(max(ratio, 1e-10)))


def _to_lufs(energy: np.ndarray) -> np.ndarray:
    return np.asarray(-0.691 + 10.0 * np.log10(np.maximum(energy, 1e-15)))


def _sliding_mean(energy: np.ndarray, frames: int) -> np.ndarray:
    """Return the mean over every window of `frames` that begins on a multiple of 100 ms."""
    if len(energy) < frames:
        return np.zeros(0)
    total = np.concatenate([[0.0], np.cumsum(energy)])
    begins = np.arange(0, len(energy) - frames + 1, STEP_FRAMES)
    return np.asarray((total[begins + frames] - total[begins]) / frames)


def _k_weighting(sample_rate: int) -> np.ndarray:
    """Return BS.1770's two filters for any sample rate as second-order sections (2, 6); constants from libebur128."""
    k = np.tan(np.pi * 1681.974450955533 / sample_rate)
    q, high_gain = 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    band_gain = high_gain**0.4996667741545416
    scale = 1.0 + k / q + k * k
    shelf = [
        (high_gain + band_gain * k / q + k * k) / scale,
        2.0 * (k * k - high_gain) / scale,
        (high_gain - band_gain * k / q + k * k) / scale,
        1.0,
        2.0 * (k * k - 1.0) / scale,
        (1.0 - k / q + k * k) / scale,
    ]
    k, q = np.tan(np.pi * 38.13547087602444 / sample_rate), 0.5003270373238773
    scale = 1.0 + k / q + k * k
    low_cut = [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / scale, (1.0 - k / q + k * k) / scale]
    return np.array([shelf, low_cut])


def _interpolator() -> np.ndarray:
    """Return a windowed sinc for fourfold oversampling, sixteen taps a phase."""
    half = _PHASE_TAPS * TRUE_PEAK_OVERSAMPLING // 2
    time = np.arange(-half, half + 1) / TRUE_PEAK_OVERSAMPLING
    return np.asarray(np.sinc(time) * np.kaiser(2 * half + 1, 8.0), dtype=np.float32)
