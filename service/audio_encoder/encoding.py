"""From an open audio file to another format, packet by packet, so that the first seconds can be heard at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from service.audio_decoder.reading import AudioFile
from service.audio_decoder.resampling import in_larger_pieces


@dataclass(frozen=True)
class Encoding:
    """How one format is written: FFmpeg's names of encoder and container, sample rates, options of both."""

    encoder: str
    container: str
    rates_hz: tuple[int, ...]
    encoder_options: dict[str, str]
    container_options: dict[str, str]


class OutputError(Exception):
    """What was encoded cannot be written; its cause says why."""


ENCODINGS = {
    # A page each half second: players begin sooner than with the container's own one a second.
    # Constrained: otherwise what is hard to encode takes half as much again as was asked for.
    "opus": Encoding(
        "libopus",
        "ogg",
        (48_000,),
        {"vbr": "constrained"},
        {"page_duration": "500000", "fflags": "+bitexact"},
    ),
    # No header that would have to be written again at the end, when listeners already have it.
    "mp3": Encoding(
        "libmp3lame",
        "mp3",
        (44_100, 48_000, 32_000),
        {},
        {"write_xing": "0", "id3v2_version": "0", "fflags": "+bitexact"},
    ),
}


def encode(audio: AudioFile, output: BinaryIO, encoding: Encoding, bits_a_second: int) -> None:
    """Write the whole of ``audio``, in mono or stereo, and nothing of what the file says about itself.

    Raises OutputError, and what reading raises.
    """
    forward = _Forward(output)
    try:
        _encode(audio, forward, encoding, bits_a_second)
        output.flush()
    except (OSError, av.FFmpegError) as error:
        # Many of FFmpeg's own errors are OSErrors too, and say less.
        if forward.error is not None or not isinstance(error, av.FFmpegError):
            raise OutputError from (forward.error or error)
        raise


def _encode(audio: AudioFile, forward: "_Forward", encoding: Encoding, bits_a_second: int) -> None:
    facts = audio.facts
    rate = facts.sample_rate if facts.sample_rate in encoding.rates_hz else encoding.rates_hz[0]
    layout = "mono" if facts.channels == 1 else "stereo"
    with av.open(forward, "w", format=encoding.container, options=encoding.container_options) as container:
        stream = cast(
            AudioStream,
            container.add_stream(
                encoding.encoder, rate=rate, options=encoding.encoder_options, layout=layout
            ),
        )
        stream.bit_rate = bits_a_second
        stream.codec_context.open()
        for frame in _frames(audio, stream, layout, rate):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _frames(audio: AudioFile, stream: AudioStream, layout: str, rate: int) -> Iterator[AudioFrame]:
    resampler = av.AudioResampler(
        format=stream.codec_context.format, layout=layout, rate=rate, frame_size=stream.frame_size or 1024
    )
    facts = audio.facts
    position = 0
    for piece in in_larger_pieces(audio.read_on(Fraction(0))):
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout=facts.layout)
        frame.sample_rate, frame.pts, frame.time_base = (
            facts.sample_rate,
            position,
            Fraction(1, facts.sample_rate),
        )
        position += piece.shape[1]
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


class _Forward:
    """A file that can only be written onwards, so that no container goes back to change what was heard already."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, content: bytes) -> int:
        try:
            self._file.write(content)
        except OSError as error:
            self.error = error
            raise
        return len(content)
