"""Short pieces of a track, without decoding what lies between them."""

from fractions import Fraction

import numpy as np

from service.audio_decoder.reading import AudioFile, Samples, UnreadableError
from service.audio_decoder.resampling import mixed_to_mono, resampled


def read_excerpts(audio: AudioFile, count: int, seconds: Fraction, sample_rate: int) -> Samples:
    """``count`` mono excerpts (count, time) spread evenly: each in the middle of its share of the track.

    Excerpts of a short track overlap. Raises UnreadableError when the track is shorter than one excerpt.
    """
    if audio.facts.duration < seconds:
        raise UnreadableError(
            "audio_too_short",
            f"It lasts {float(audio.facts.duration):.1f} s; at least {float(seconds):.1f} s are needed.",
        )
    length = round(seconds * sample_rate)
    excerpts = np.zeros((count, length), np.float32)
    for position, start in enumerate(excerpt_starts(audio.facts.duration, count, seconds)):
        mono = mixed_to_mono(audio.read_section(start, seconds))
        made = np.concatenate([*resampled([mono], "mono", audio.facts.sample_rate, sample_rate)], axis=1)[
            0, :length
        ]
        excerpts[position, : made.size] = made
    return excerpts


def excerpt_starts(duration: Fraction, count: int, seconds: Fraction) -> list[Fraction]:
    """Where ``count`` excerpts of so many seconds begin, each in the middle of its share of a track that lasts as long."""
    middles = [duration * (2 * position + 1) / (2 * count) for position in range(count)]
    return [min(max(middle - seconds / 2, Fraction(0)), duration - seconds) for middle in middles]
