"""What is read from an audio file, whoever decodes it: float32 (channels, time), times in exact seconds."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MAX_CHANNELS = 8
SAMPLE_RATES_HZ = (4_000, 384_000)
# Beyond 60 dB over full scale a float file holds something other than sound.
MAX_SAMPLE_VALUE = 1_000.0

Samples = NDArray[np.float32]


class UnreadableError(Exception):
    """The file cannot be used; ``code`` is stable and ``str(error)`` one sentence for the person."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True)
class AudioFacts:
    """What a file holds: duration in seconds, rate in Hz, FFmpeg's names of layout and codec, bits a second."""

    duration: Fraction
    sample_rate: int
    channels: int
    layout: str
    codec: str
    bit_rate: int


class AudioFile(Protocol):
    """An open file. Reading raises UnreadableError where what it holds is no sound."""

    @property
    def facts(self) -> AudioFacts:
        """What the file holds."""
        ...

    def read_section(self, start_seconds: Fraction, length_seconds: Fraction) -> Samples:
        """Exactly the samples (channels, time) of that section; what is not there stays zero."""
        ...

    def read_on(self, start_seconds: Fraction) -> Iterator[Samples]:
        """The audio from ``start_seconds`` to its end, in pieces (channels, time)."""
        ...


def check_shape(channels: int, sample_rate: int) -> None:
    """Raises UnreadableError for numbers of channels and samples a second that no music has."""
    if not 1 <= channels <= MAX_CHANNELS:
        raise UnreadableError(
            "unreadable_audio", f"It has {channels} channels; 1 to {MAX_CHANNELS} can be read."
        )
    lowest, highest = SAMPLE_RATES_HZ
    if not lowest <= sample_rate <= highest:
        raise UnreadableError("unreadable_audio", f"Its sample rate of {sample_rate} Hz cannot be read.")


def check_values(samples: Samples) -> None:
    """Raises UnreadableError for NaN, infinity and what is far over full scale."""
    # NaN fails this comparison too.
    if samples.size and not float(np.abs(samples).max()) <= MAX_SAMPLE_VALUE:
        raise UnreadableError("unreadable_audio", "It contains sample values that are not sound.")
