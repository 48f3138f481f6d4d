"""Audio files by FFmpeg: formats and codecs on an allow-list, sought exactly by timestamps."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from service.audio_decoder.reading import AudioFacts, Samples, UnreadableError, check_shape, check_values

FORMATS = "mp3,flac,ogg,wav,w64,mov,mp4,m4a,3gp,3g2,mj2,asf"
CODECS = (
    "mp3float,mp3,mp2float,mp2,flac,vorbis,opus,libvorbis,libopus,aac,alac,wmav1,wmav2,wmapro,wmalossless,wmavoice,"
    "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_s16be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"
)
# Decoding starts this much before the wanted time, so that bit reservoirs and overlaps have settled by then.
PREROLL_SECONDS = 1
TAIL_SECONDS = 10
CONTINUOUS_A_SECOND = 100  # frames that lie less than the hundredth part of a second apart follow each other
# These containers state their length; the others estimate it, take it from their last page or add to it.
STATES_ITS_LENGTH = {"flac", "wav", "w64", "mov,mp4,m4a,3gp,3g2,mj2"}


@dataclass(frozen=True)
class FFmpegFile:
    """An open file with the stream that is read. Times are seconds from the stream's first sample."""

    container: InputContainer
    stream: AudioStream
    facts: AudioFacts
    # The stream's own time of its first sample, in seconds.
    start: Fraction

    def read_section(self, start_seconds: Fraction, length_seconds: Fraction) -> Samples:
        """Exactly the samples (channels, time) of that section; what is not there stays zero."""
        first = round(start_seconds * self.facts.sample_rate)
        length = round(length_seconds * self.facts.sample_rate)
        section = np.zeros((self.facts.channels, length), np.float32)
        _seek(self.container, self.stream, max(Fraction(0), start_seconds - PREROLL_SECONDS))
        for number, samples in _decoded(self):
            begin, end = number - first, number - first + samples.shape[1]
            if begin >= length:
                break
            if end > 0:
                section[:, max(begin, 0) : end] = samples[:, max(-begin, 0) : length - begin]
        return section

    def read_on(self, start_seconds: Fraction) -> Iterator[Samples]:
        """The audio from ``start_seconds`` to its end, in pieces (channels, time)."""
        first = round(start_seconds * self.facts.sample_rate)
        _seek(self.container, self.stream, max(Fraction(0), start_seconds - PREROLL_SECONDS))
        for number, samples in _decoded(self):
            wanted = samples[:, max(0, first - number) :]
            if wanted.shape[1]:
                yield wanted


@contextmanager
def open_with_ffmpeg(file: BinaryIO) -> Iterator[FFmpegFile]:
    """Read an open file. Raises UnreadableError."""
    try:
        # Metadata is read elsewhere, by mutagen; here its bytes must only do no harm.
        with av.open(
            file,
            mode="r",
            metadata_errors="replace",
            options={"format_whitelist": FORMATS, "codec_whitelist": CODECS, "protocol_whitelist": "pipe"},
        ) as container:
            yield _checked(container)
    except (av.FFmpegError, ValueError) as error:
        raise UnreadableError("unreadable_audio", "It is not audio that can be decoded.") from error


def _checked(container: InputContainer) -> FFmpegFile:
    if not container.streams.audio:
        raise UnreadableError("unreadable_audio", "The file holds no audio.")
    stream = container.streams.audio[0]
    codec = stream.codec_context
    if codec.name not in CODECS.split(","):
        raise UnreadableError("unreadable_audio", f"Its codec ({codec.name}) is not supported.")
    codec.thread_count = 1
    check_shape(codec.channels, codec.sample_rate)
    facts = AudioFacts(
        duration=_duration(container, stream),
        sample_rate=codec.sample_rate,
        channels=codec.channels,
        layout=codec.layout.name,
        codec=codec.name.removesuffix("float"),
        bit_rate=int(codec.bit_rate or container.bit_rate or 0),
    )
    return FFmpegFile(container, stream, facts, _stream_start(stream))


def _stream_start(stream: AudioStream) -> Fraction:
    return (stream.start_time or 0) * (stream.time_base or Fraction(1))


def _duration(container: InputContainer, stream: AudioStream) -> Fraction:
    """The time of the last packet's end: what is there, whatever the header says. Raises UnreadableError if cut off."""
    claimed = Fraction(container.duration or 0, 1_000_000)
    end = _last_packet_end(container, stream, max(Fraction(0), claimed - TAIL_SECONDS))
    if end is None:
        end = _last_packet_end(container, stream, Fraction(0))
    if end is None or end <= 0:
        raise UnreadableError("unreadable_audio", "The file holds no audio data.")
    if container.format.name in STATES_ITS_LENGTH and end < claimed - max(Fraction(2), claimed / 50):
        raise UnreadableError(
            "truncated_audio",
            f"It is cut off: {float(end):.0f} s of the {float(claimed):.0f} s that it says it has are there.",
        )
    return end


def _last_packet_end(container: InputContainer, stream: AudioStream, since: Fraction) -> Fraction | None:
    end = None
    try:
        _seek(container, stream, since)
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                end = (packet.pts + _packet_ticks(packet)) * packet.time_base - _stream_start(stream)
    except av.FFmpegError:
        # A file cut in the middle of a packet ends in an error; what came before it counts.
        return end
    return end


def _packet_ticks(packet: "Packet[AudioStream]") -> int:
    ticks = packet.duration or 0
    # A last packet that is cut by more than its length has a negative duration, which comes as 2**32 more.
    return ticks - 2**32 if ticks >= 2**31 else ticks


def _seek(container: InputContainer, stream: AudioStream, seconds: Fraction) -> None:
    container.seek(int((seconds + _stream_start(stream)) / (stream.time_base or 1)), stream=stream)


def _decoded(audio: FFmpegFile) -> Iterator[tuple[int, Samples]]:
    """Frames from where the container stands: their first sample's number, and samples (channels, time)."""
    expected: int | None = None
    failures = 0
    for packet in audio.container.demux(audio.stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            # One damaged packet costs its own sound only; its samples stay zero or are left out.
            failures += 1
            continue
        for frame in frames:
            number = _sample_number(frame, audio, expected)
            expected = number + frame.samples
            yield number, _as_float(frame, audio)
    if failures and expected is None:
        raise UnreadableError("unreadable_audio", "None of its audio could be decoded.")


def _sample_number(frame: AudioFrame, audio: FFmpegFile, expected: int | None) -> int:
    if frame.pts is None:
        return expected or 0
    # In floats, for this runs for each frame: exact far beyond the longest track.
    time_seconds = frame.pts * float(frame.time_base or 1) - float(audio.start)
    number = round(time_seconds * audio.facts.sample_rate)
    # Some containers count in milliseconds: frames that follow each other are kept without gaps.
    if expected is not None and abs(number - expected) <= audio.facts.sample_rate // CONTINUOUS_A_SECOND:
        return expected
    return number


def _as_float(frame: AudioFrame, audio: FFmpegFile) -> Samples:
    if len(frame.layout.channels) != audio.facts.channels or frame.sample_rate != audio.facts.sample_rate:
        raise UnreadableError("unreadable_audio", "Its channels or sample rate change on the way.")
    values: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, audio.facts.channels).T
    if values.dtype == np.uint8:
        return values.astype(np.float32) / np.float32(128) - np.float32(1)
    if values.dtype.kind == "i":
        return values.astype(np.float32) / np.float32(2.0 ** (8 * values.dtype.itemsize - 1))
    samples = values.astype(np.float32, copy=False)
    check_values(samples)
    return samples
