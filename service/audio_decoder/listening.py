"""All that is listened to in a file, in one pass over it: excerpts, its middle, and the measures of the whole."""

import time
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from service.audio_decoder.excerpts import excerpt_starts
from service.audio_decoder.measuring import Measured, Measuring
from service.audio_decoder.reading import AudioFile, Samples, UnreadableError
from service.audio_decoder.resampling import in_larger_pieces, mixed_to_mono, resampled


@dataclass(frozen=True)
class Wanted:
    """So many excerpts of so many seconds, so many seconds of the middle, peaks of about so many parts; rate in Hz."""

    excerpts: int
    excerpt_seconds: Fraction
    middle_seconds: Fraction
    parts: int
    sample_rate: int


@dataclass(frozen=True)
class Listened:
    """Excerpts (count, time), none of a file shorter than one; the middle (time); and what measuring cost."""

    excerpts: Samples
    middle: Samples
    measured: Measured
    measuring_cpu_seconds: float


def listen(audio: AudioFile, wanted: Wanted) -> Listened:
    """Mono excerpts spread evenly and the middle of the track, at the wanted rate, and the whole measured.

    A file is decoded whole to be measured: whatever else is wanted of it is taken on the way, at no further cost than
    its resampling. Raises UnreadableError.
    """
    facts = audio.facts
    rate = facts.sample_rate
    starts = (
        excerpt_starts(facts.duration, wanted.excerpts, wanted.excerpt_seconds)
        if facts.duration >= wanted.excerpt_seconds
        else []
    )
    middle_seconds = min(wanted.middle_seconds, facts.duration)
    excerpts = [_Section(round(start * rate), round(wanted.excerpt_seconds * rate)) for start in starts]
    middle = _Section(round((facts.duration - middle_seconds) / 2 * rate), round(middle_seconds * rate))
    measuring = Measuring(facts, wanted.parts)
    cpu_seconds, number = 0.0, 0
    for piece in in_larger_pieces(audio.read_on(Fraction(0))):
        began = time.process_time()
        measuring.add(piece)
        cpu_seconds += time.process_time() - began
        for section in (*excerpts, middle):
            section.take(number, piece)
        number += piece.shape[1]
    if not number:
        raise UnreadableError("unreadable_audio", "The file holds no audio data.")
    length = round(wanted.excerpt_seconds * wanted.sample_rate)
    found = np.zeros((len(excerpts), length), np.float32)
    for position, section in enumerate(excerpts):
        made = _resampled(section, rate, wanted.sample_rate)[:length]
        found[position, : made.size] = made
    made = _resampled(middle, rate, wanted.sample_rate)[: round(wanted.middle_seconds * wanted.sample_rate)]
    return Listened(found, made, measuring.result(), cpu_seconds)


class _Section:
    """Samples from a number on, mixed to mono; what is not there stays zero."""

    def __init__(self, first: int, length: int) -> None:
        self._first, self._length = first, length
        self.samples = np.zeros((1, length), np.float32)

    def take(self, number: int, piece: Samples) -> None:
        """What lies within the section of a piece whose first sample has that number."""
        begin = max(self._first - number, 0)
        end = min(self._first + self._length - number, piece.shape[1])
        if begin < end:
            place = number + begin - self._first
            self.samples[:, place : place + end - begin] = mixed_to_mono(piece[:, begin:end])


def _resampled(section: _Section, from_rate: int, to_rate: int) -> Samples:
    pieces = [*resampled([section.samples], "mono", from_rate, to_rate)]
    return np.asarray(np.concatenate(pieces, axis=1)[0], np.float32)
