"""Another sample rate and fewer channels, by FFmpeg's resampler."""

from collections.abc import Iterable, Iterator

import av
import numpy as np

from service.audio_decoder.reading import Samples

# About a second at a time: few calls and messages, little memory.
PIECE_SAMPLES = 65_536


def mixed_to_mono(samples: Samples) -> Samples:
    """The mean of the channels: (1, time)."""
    return np.asarray(samples.mean(axis=0, keepdims=True), np.float32)


def in_larger_pieces(pieces: Iterable[Samples]) -> Iterator[Samples]:
    """The same audio (channels, time) in pieces of at least 65,536 samples, the last one excepted."""
    held: list[Samples] = []
    held_samples = 0
    for piece in pieces:
        held.append(piece)
        held_samples += piece.shape[1]
        if held_samples >= PIECE_SAMPLES:
            yield np.concatenate(held, axis=1)
            held, held_samples = [], 0
    if held:
        yield np.concatenate(held, axis=1)


def resampled(pieces: Iterable[Samples], layout: str, from_rate: int, to_rate: int) -> Iterator[Samples]:
    """The audio at ``to_rate`` Hz, in pieces; ``layout`` is FFmpeg's name of the channels ("mono", "stereo", ...)."""
    if from_rate == to_rate:
        yield from pieces
        return
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=to_rate)
    for piece in pieces:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout=layout)
        frame.sample_rate = from_rate
        for made in resampler.resample(frame):
            yield made.to_ndarray().astype(np.float32, copy=False)
    for made in resampler.resample(None):
        yield made.to_ndarray().astype(np.float32, copy=False)
