"""How loud a recording is, how far that varies and where its peaks lie, in one pass over it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from service.audio_decoder.reading import AudioFacts, AudioFile, Samples
from service.audio_decoder.resampling import in_larger_pieces

SILENCE_LUFS = -70.0  # the absolute gate of BS.1770
BLOCKS_PER_SECOND = 10  # gated blocks last four of these: 400 ms, a new one each 100 ms
GATE_BELOW_MEAN_LU = 10.0
# EBU Tech 3342: windows of 3 s, a relative gate of its own, the spread between two percentiles.
RANGE_WINDOW_BLOCKS = 3 * BLOCKS_PER_SECOND
RANGE_GATE_BELOW_MEAN_LU = 20.0
RANGE_PERCENTILES = (10.0, 95.0)
# Its two filters as analogue prototypes (frequency in Hz, gain in dB, quality), after De Man, "Evaluation of
# implementations of the EBU R128 loudness measurement" (AES 2018), so that they fit any sample rate.
SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
HIGH_PASS = (38.13547087602444, 0.5003270373238773)


@dataclass(frozen=True)
class Measured:
    """Loudness (LUFS) and its range (LU), the highest sample (0 to 1 and above), and the peaks of equal parts."""

    loudness_lufs: float
    loudness_range_lu: float
    peak: float
    peaks: list[float]


def measure(audio: AudioFile, parts: int) -> Measured:
    """Integrated loudness, loudness range, highest sample and the peaks of about ``parts`` equal parts.

    Loudness follows ITU-R BS.1770-4, its range EBU Tech 3342; one channel counts as two, since it is heard from two
    speakers. The weighting is applied to the spectrum of each tenth of a second, which differs from filtering by
    hundredths of a decibel.
    """
    measuring = Measuring(audio.facts, parts)
    for piece in in_larger_pieces(audio.read_on(audio.facts.duration * 0)):
        measuring.add(piece)
    return measuring.result()


class Measuring:
    """What `measure` says of audio that is given piece by piece, (channels, time) each, from its start to its end."""

    def __init__(self, facts: AudioFacts, parts: int) -> None:
        rate = facts.sample_rate
        self._blocks = _Cutter(rate // BLOCKS_PER_SECOND)
        self._envelope = _Cutter(max(1, math.ceil(facts.duration * rate / parts)))
        # Twice each, for the real and the imaginary parts.
        self._gains = np.repeat(_weighting(rate, rate // BLOCKS_PER_SECOND), 2).astype(np.float32)
        self._channels = 2 if facts.channels == 1 else 1
        self._energies: list[NDArray[np.float64]] = []
        self._peaks: list[NDArray[np.float32]] = []

    def add(self, piece: Samples) -> None:
        """The next piece."""
        self._energies.append(_energies(self._blocks.cut(piece), self._gains))
        highest = np.abs(piece).max(axis=0, keepdims=True)
        self._peaks.append(self._envelope.cut(highest).max(axis=2)[0])

    def result(self) -> Measured:
        """After the last piece."""
        heights = np.concatenate([*self._peaks, self._envelope.rest().max(axis=1)])
        energies = np.concatenate(self._energies) * self._channels if self._energies else np.zeros(0)
        return Measured(
            loudness_lufs=_integrated(energies),
            loudness_range_lu=_range(energies),
            peak=float(heights.max(initial=0.0)),
            peaks=[round(min(float(each), 1.0), 4) for each in heights],
        )


class _Cutter:
    """Cuts audio that comes in pieces into parts of equal length, and holds what is left over."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._held: Samples | None = None

    def cut(self, piece: Samples) -> Samples:
        """All whole parts so far that were not given yet: (channels, parts, time)."""
        samples = piece if self._held is None else np.concatenate([self._held, piece], axis=1)
        count = samples.shape[1] // self._length
        self._held = samples[:, count * self._length :]
        return samples[:, : count * self._length].reshape(samples.shape[0], count, self._length)

    def rest(self) -> Samples:
        """What is shorter than a part: (channels, time), without channels when there is none."""
        return np.zeros((0, 1), np.float32) if self._held is None or not self._held.size else self._held


def _energies(blocks: Samples, gains: NDArray[np.float32]) -> NDArray[np.float64]:
    """The weighted mean square of each block, summed over the channels."""
    # SciPy transforms several blocks at once, which takes a fifth of the time that NumPy does.
    spectra = scipy.fft.rfft(blocks, axis=2)
    parts = spectra.view(np.float32)
    np.square(parts, out=parts)
    return np.asarray((parts @ gains).sum(axis=0), np.float64)


def _weighting(rate: int, block_samples: int) -> NDArray[np.float64]:
    """What the power of each of a block's frequencies adds to its weighted mean square."""
    frequencies = np.fft.rfftfreq(block_samples, 1 / rate)
    unit = np.exp(-2j * np.pi * frequencies / rate)
    response = np.ones_like(unit)
    for numerator, denominator in _filters(rate):
        response *= np.polyval(numerator[::-1], unit) / np.polyval(denominator[::-1], unit)
    # Each frequency but the lowest and, in blocks of even length, the highest stands for two.
    doubled = np.full(frequencies.size, 2.0)
    doubled[0] = 1.0
    if block_samples % 2 == 0:
        doubled[-1] = 1.0
    return np.asarray(np.abs(response) ** 2 * doubled / block_samples**2, np.float64)


def _filters(rate: int) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    frequency, gain_db, quality = SHELF
    slope = math.tan(math.pi * frequency / rate)
    high = 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    yield (
        np.array(
            [
                high + band * slope / quality + slope**2,
                2 * (slope**2 - high),
                high - band * slope / quality + slope**2,
            ]
        ),
        np.array([1 + slope / quality + slope**2, 2 * (slope**2 - 1), 1 - slope / quality + slope**2]),
    )
    frequency, quality = HIGH_PASS
    slope = math.tan(math.pi * frequency / rate)
    denominator = np.array(
        [1 + slope / quality + slope**2, 2 * (slope**2 - 1), 1 - slope / quality + slope**2]
    )
    yield np.array([1.0, -2.0, 1.0]), denominator / denominator[0]


def _integrated(energies: NDArray[np.float64]) -> float:
    """The gated loudness of energies that follow each other every tenth of a second."""
    if energies.size < 4:
        return SILENCE_LUFS
    blocks = np.convolve(energies, np.full(4, 0.25), "valid")
    audible = blocks[blocks > _energy(SILENCE_LUFS)]
    if not audible.size:
        return SILENCE_LUFS
    gate = float(audible.mean()) * 10 ** (-GATE_BELOW_MEAN_LU / 10)
    return max(SILENCE_LUFS, -0.691 + 10 * math.log10(float(audible[audible > gate].mean())))


def _range(energies: NDArray[np.float64]) -> float:
    """How far the loudness of three seconds varies; 0 where no three seconds are audible."""
    if energies.size < RANGE_WINDOW_BLOCKS:
        return 0.0
    sums = np.concatenate([np.zeros(1), np.cumsum(energies)])
    windows = (sums[RANGE_WINDOW_BLOCKS:] - sums[:-RANGE_WINDOW_BLOCKS]) / RANGE_WINDOW_BLOCKS
    audible = windows[windows >= _energy(SILENCE_LUFS)]
    if not audible.size:
        return 0.0
    gate = float(audible.mean()) * 10 ** (-RANGE_GATE_BELOW_MEAN_LU / 10)
    low, high = np.percentile(audible[audible >= gate], RANGE_PERCENTILES, method="nearest")
    return 10 * math.log10(float(high) / float(low))


def _energy(loudness_lufs: float) -> float:
    return float(10 ** ((loudness_lufs + 0.691) / 10))
