"""A recording as a picture: time from left to right, low tones below, loud ones bright."""

import io
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.audio_decoder.reading import AudioFile, Samples, UnreadableError
from service.audio_decoder.resampling import in_larger_pieces

WINDOW = 2_048
FRAMES_IN_COLUMN = 4
LOWEST_HZ, HIGHEST_HZ = 40.0, 16_000.0
RANGE_DB = 78.0
"""What is so much quieter than the loudest place is black."""

QUIETEST_PEAK_DB = 0.0
"""The loudest place of a file counts as at least this loud (a tone at about -54 dB of full scale): silence stays black."""

_TINIEST = 1e-12
# Slate, madder, weld and wool: the pages' own colours, from silence to the loudest.
_COLOURS = (
    (0.0, (13, 16, 14)),
    (0.35, (74, 26, 46)),
    (0.6, (166, 43, 71)),
    (0.82, (229, 184, 79)),
    (1.0, (255, 250, 232)),
)


def spectrogram(audio: AudioFile, columns: int, rows: int) -> bytes:
    """A PNG of about ``columns`` by ``rows`` pixels, its rows equal musical intervals. Raises UnreadableError."""
    rate = audio.facts.sample_rate
    length = max(WINDOW, math.ceil(float(audio.facts.duration) * rate / columns))
    held, found = np.zeros(0, np.float32), []
    for piece in in_larger_pieces(audio.read_on(Fraction(0))):
        held = np.concatenate([held, piece.mean(axis=0)])
        count = held.size // length
        found.append(_powers(held[: count * length].reshape(count, length)))
        held = held[count * length :]
    if held.size:
        found.append(_powers(np.pad(held, (0, length - held.size))[None]))
    if not found:
        raise UnreadableError("unreadable_audio", "The file holds no audio data.")
    powers = np.concatenate(found) @ _rows_of_bins(rate, rows)
    decibels = 10.0 * np.log10(powers + _TINIEST)
    loudest = max(float(decibels.max()), QUIETEST_PEAK_DB)
    levels = np.clip((decibels - loudest) / RANGE_DB + 1.0, 0.0, 1.0)
    return _png((levels.T[::-1] * 255).astype(np.uint8))


def _powers(blocks: Samples) -> NDArray[np.float32]:
    """Mean power spectra (blocks, bins) of a few windows spread over each block (blocks, time)."""
    starts = np.unique(np.linspace(0, blocks.shape[1] - WINDOW, FRAMES_IN_COLUMN).astype(int))
    shape = np.hanning(WINDOW).astype(np.float32)
    spectra = [
        np.abs(np.fft.rfft(blocks[:, start : start + WINDOW] * shape, axis=1)) ** 2 for start in starts
    ]
    mean: NDArray[np.float32] = np.mean(spectra, axis=0, dtype=np.float32)
    return mean


def _rows_of_bins(rate: int, rows: int) -> NDArray[np.float32]:
    """Weights (bins, rows) that average the bins of each row, lowest first; a row narrower than a bin takes the nearest."""
    bins = np.fft.rfftfreq(WINDOW, 1 / rate)
    edges = np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, rate / 2), rows + 1)
    weights = np.zeros((bins.size, rows), np.float32)
    for row, (low, high) in enumerate(pairwise(edges)):
        chosen = np.flatnonzero((bins >= low) & (bins < high))
        chosen = chosen if chosen.size else np.array([np.abs(bins - math.sqrt(low * high)).argmin()])
        weights[chosen, row] = 1.0 / chosen.size
    return weights


def _png(levels: NDArray[np.uint8]) -> bytes:
    places = [place for place, _ in _COLOURS]
    channels = np.array([colour for _, colour in _COLOURS], np.float64).T
    steps = np.linspace(0.0, 1.0, 256)
    palette = np.stack([np.interp(steps, places, channel) for channel in channels], axis=1)
    picture = Image.fromarray(levels, mode="P")
    picture.putpalette(palette.astype(np.uint8).tobytes())
    content = io.BytesIO()
    picture.save(content, "PNG", optimize=True)
    return content.getvalue()
