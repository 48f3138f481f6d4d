"""Ogg Vorbis by libsndfile, for streams that FFmpeg refuses and every player plays.

Some editors wrote the three header packets twice; FFmpeg calls such a file invalid, libvorbis skips the second set.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np
import soundfile

from service.audio_decoder.reading import AudioFacts, Samples, UnreadableError, check_shape, check_values

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
PIECE_SAMPLES = 65_536


@dataclass(frozen=True)
class VorbisFile:
    """An open Ogg Vorbis file."""

    file: Any
    facts: AudioFacts

    def read_section(self, start_seconds: Fraction, length_seconds: Fraction) -> Samples:
        """Exactly the samples (channels, time) of that section; what is not there stays zero."""
        length = round(length_seconds * self.facts.sample_rate)
        section = np.zeros((self.facts.channels, length), np.float32)
        self._seek(start_seconds)
        samples = self._read(length)
        section[:, : samples.shape[1]] = samples
        return section

    def read_on(self, start_seconds: Fraction) -> Iterator[Samples]:
        """The audio from ``start_seconds`` to its end, in pieces (channels, time)."""
        self._seek(start_seconds)
        while (samples := self._read(PIECE_SAMPLES)).shape[1]:
            yield samples

    def _seek(self, seconds: Fraction) -> None:
        self.file.seek(min(round(seconds * self.facts.sample_rate), self.file.frames))

    def _read(self, length: int) -> Samples:
        samples: Samples = self.file.read(length, dtype="float32", always_2d=True).T
        check_values(samples)
        return samples


@contextmanager
def open_vorbis(file: BinaryIO, size_bytes: int) -> Iterator[VorbisFile]:
    """Read an open file. Raises UnreadableError when it is no Ogg Vorbis."""
    file.seek(0)
    try:
        with soundfile.SoundFile(file) as opened:
            if (opened.format, opened.subtype) != ("OGG", "VORBIS") or opened.frames <= 0:
                raise UnreadableError("unreadable_audio", "It is not audio that can be decoded.")
            check_shape(opened.channels, opened.samplerate)
            duration = Fraction(opened.frames, opened.samplerate)
            bit_rate = int(8 * size_bytes / duration)
            layout = LAYOUTS[opened.channels]
            yield VorbisFile(
                opened,
                AudioFacts(duration, opened.samplerate, opened.channels, layout, "vorbis", bit_rate),
            )
    except soundfile.LibsndfileError as error:
        raise UnreadableError("unreadable_audio", "It is not audio that can be decoded.") from error
