"""Audio of one file, by time: opened with an allow-list, sought exactly, decoded to float32 (channels, time)."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

FORMATS = "mp3,flac,ogg,wav,w64,mov,mp4,m4a,3gp,3g2,mj2,asf"
CODECS = (
    "mp3float,mp3,mp2float,mp2,flac,vorbis,opus,libvorbis,libopus,aac,alac,wmav1,wmav2,wmapro,wmalossless,wmavoice,"
    "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_s16be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"
)
MAX_CHANNELS = 8
SAMPLE_RATES_HZ = (4_000, 384_000)
# Beyond 60 dB over full scale a float file holds something other than sound.
MAX_SAMPLE_VALUE = 1_000.0
# Decoding starts this much before the wanted time, so that bit reservoirs and overlaps have settled by then.
PREROLL_SECONDS = 1
TAIL_SECONDS = 10
CONTINUOUS_SECONDS = Fraction(1, 100)
# These containers state their length; the others estimate it or have it from their last page.
STATES_ITS_LENGTH = {"flac", "wav", "w64", "asf", "mov,mp4,m4a,3gp,3g2,mj2"}

Samples = NDArray[np.float32]


class UnreadableError(Exception):
    """The file cannot be used; ``code`` is stable and ``str(error)`` one sentence for the person."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True)
class AudioFile:
    """An open file with the stream that is read. Times are seconds from the stream's first sample."""

    container: InputContainer
    stream: AudioStream
    sample_rate: int
    channels: int
    # The stream's own time of its first sample, in seconds.
    start: Fraction
    duration: Fraction


@contextmanager
def open_audio(path: bytes) -> Iterator[AudioFile]:
    """Open a regular file for reading. Raises UnreadableError, or OSError when the file itself cannot be opened."""
    # O_NONBLOCK: opening a pipe must not wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("not_a_file", "It is not a regular file.")
        if status.st_size == 0:
            raise UnreadableError("unreadable_audio", "The file is empty.")
        try:
            # Metadata is read elsewhere, by mutagen; here its bytes must only do no harm.
            with av.open(
                file,
                mode="r",
                metadata_errors="replace",
                options={
                    "format_whitelist": FORMATS,
                    "codec_whitelist": CODECS,
                    "protocol_whitelist": "pipe",
                },
            ) as container:
                yield _checked(container)
        except (av.FFmpegError, ValueError) as error:
            raise UnreadableError("unreadable_audio", "It is not audio that can be decoded.") from error


def _checked(container: InputContainer) -> AudioFile:
    if not container.streams.audio:
        raise UnreadableError("unreadable_audio", "The file holds no audio.")
    stream = container.streams.audio[0]
    if stream.codec_context.name not in CODECS.split(","):
        raise UnreadableError(
            "unreadable_audio", f"Its codec ({stream.codec_context.name}) is not supported."
        )
    stream.codec_context.thread_count = 1
    channels, sample_rate = stream.codec_context.channels, stream.codec_context.sample_rate
    if not 1 <= channels <= MAX_CHANNELS:
        raise UnreadableError(
            "unreadable_audio", f"It has {channels} channels; 1 to {MAX_CHANNELS} can be read."
        )
    lowest, highest = SAMPLE_RATES_HZ
    if not lowest <= sample_rate <= highest:
        raise UnreadableError("unreadable_audio", f"Its sample rate of {sample_rate} Hz cannot be read.")
    start = _stream_start(stream)
    return AudioFile(container, stream, sample_rate, channels, start, _duration(container, stream))


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
                end = (packet.pts + (packet.duration or 0)) * packet.time_base - _stream_start(stream)
    except av.FFmpegError:
        # A file cut in the middle of a packet ends in an error; what came before it counts.
        return end
    return end


def _seek(container: InputContainer, stream: AudioStream, seconds: Fraction) -> None:
    container.seek(int((seconds + _stream_start(stream)) / (stream.time_base or 1)), stream=stream)


def _decoded(audio: AudioFile) -> Iterator[tuple[int, Samples]]:
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


def _sample_number(frame: AudioFrame, audio: AudioFile, expected: int | None) -> int:
    if frame.pts is None:
        return expected or 0
    # In floats, for this runs for each frame: exact far beyond the longest track.
    time_seconds = frame.pts * float(frame.time_base or 1) - float(audio.start)
    number = round(time_seconds * audio.sample_rate)
    # Some containers count in milliseconds: frames that follow each other are kept without gaps.
    if expected is not None and abs(number - expected) <= audio.sample_rate * CONTINUOUS_SECONDS:
        return expected
    return number


def _as_float(frame: AudioFrame, audio: AudioFile) -> Samples:
    if len(frame.layout.channels) != audio.channels or frame.sample_rate != audio.sample_rate:
        raise UnreadableError("unreadable_audio", "Its channels or sample rate change on the way.")
    values: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, audio.channels).T
    if values.dtype == np.uint8:
        return values.astype(np.float32) / np.float32(128) - np.float32(1)
    if np.issubdtype(values.dtype, np.integer):
        return values.astype(np.float32) / np.float32(2.0 ** (8 * values.dtype.itemsize - 1))
    samples = values.astype(np.float32)
    # NaN fails this comparison too.
    if samples.size and not float(np.abs(samples).max()) <= MAX_SAMPLE_VALUE:
        raise UnreadableError("unreadable_audio", "It contains sample values that are not sound.")
    return samples


def read_section(audio: AudioFile, start_seconds: Fraction, length_seconds: Fraction) -> Samples:
    """Exactly the samples (channels, time) of that section, by timestamps; what is not there stays zero."""
    first = round(start_seconds * audio.sample_rate)
    section = np.zeros((audio.channels, round(length_seconds * audio.sample_rate)), np.float32)
    length = section.shape[1]
    _seek(audio.container, audio.stream, max(Fraction(0), start_seconds - PREROLL_SECONDS))
    for number, samples in _decoded(audio):
        begin, end = number - first, number - first + samples.shape[1]
        if begin >= length:
            break
        if end > 0:
            section[:, max(begin, 0) : end] = samples[:, max(-begin, 0) : length - begin]
    return section


def read_on(audio: AudioFile, start_seconds: Fraction) -> Iterator[Samples]:
    """The audio from ``start_seconds`` to its end, in pieces (channels, time)."""
    first = round(start_seconds * audio.sample_rate)
    _seek(audio.container, audio.stream, max(Fraction(0), start_seconds - PREROLL_SECONDS))
    for number, samples in _decoded(audio):
        wanted = samples[:, max(0, first - number) :]
        if wanted.shape[1]:
            yield wanted
