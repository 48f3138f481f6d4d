"""What a recording is known by, however its file is named, moved or tagged."""

import hashlib
import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from service.audio_decoder.reading import AudioFile, Samples, UnreadableError

SHORTEST_SECONDS = 5
LONGEST_SECONDS = 4 * 3600
SECTION_SECONDS = 3
BLOCKS_PER_SECTION = 16
# Steps in a section's level (RMS): far coarser than what decoders differ in, far finer than what recordings do.
STEPS_PER_LEVEL = 32
# -80 dB of full scale: below this nothing is heard at any volume.
SILENCE_PEAK = 1e-4
SILENCE_CHECKS = 10
# Half a step of 16 bits: what is lower is a decoder's rounding noise.
LOWEST_LEVEL = 1.5e-5


def identify(audio: AudioFile) -> str:
    """A hash of the decoded start, middle and end (3 s each), 32 hexadecimal digits.

    Each section's mono mix is cut into 16 blocks, each block projected on fixed random signs and rounded, in units of
    the section's level: the same coded audio gives the same hash whatever is written around it in the file. Positions
    are whole seconds, so that a length that differs by a sample does not move them. Where all three are silent, the
    first sound found elsewhere counts as well. Raises UnreadableError when the audio is too
    short, too long or silent.
    """
    check_length(audio)
    seconds = math.floor(audio.facts.duration)
    starts = (0, (seconds - SECTION_SECONDS) // 2, seconds - SECTION_SECONDS)
    sections = [audio.read_section(Fraction(start), Fraction(SECTION_SECONDS)) for start in starts]
    if all(_is_silent(section) for section in sections):
        sections.append(_first_sound(audio))
    digest = hashlib.sha256(b"homespun recording 1")
    for section in sections:
        digest.update(_quantised(section).astype("<i4").tobytes())
    return digest.hexdigest()[:32]


def check_length(audio: AudioFile) -> None:
    """Raises UnreadableError for what is no track: under 5 seconds or over 4 hours."""
    if audio.facts.duration < SHORTEST_SECONDS:
        raise UnreadableError(
            "audio_too_short",
            f"It lasts {float(audio.facts.duration):.1f} s; a track lasts at least {SHORTEST_SECONDS} s.",
        )
    if audio.facts.duration > LONGEST_SECONDS:
        raise UnreadableError(
            "audio_too_long",
            f"It lasts {float(audio.facts.duration) / 3600:.1f} hours; a track lasts at most {LONGEST_SECONDS // 3600}.",
        )


def _quantised(section: Samples) -> NDArray[np.int32]:
    block_length = section.shape[1] // BLOCKS_PER_SECTION
    mono = section.mean(axis=0, dtype=np.float64)[: BLOCKS_PER_SECTION * block_length]
    # An extendable hash rather than a random generator: its bits are the same in every version of every library.
    bits = hashlib.shake_256(b"homespun recording 1").digest(block_length // 8 + 1)
    signs = 2.0 * np.unpackbits(np.frombuffer(bits, np.uint8))[:block_length] - 1.0
    projections = mono.reshape(BLOCKS_PER_SECTION, block_length) @ signs / math.sqrt(block_length)
    level = math.sqrt(float(np.mean(mono**2)))
    if level < LOWEST_LEVEL:
        return np.zeros(BLOCKS_PER_SECTION, np.int32)
    return np.asarray(np.round(projections / level * STEPS_PER_LEVEL), np.int32)


def _is_silent(samples: Samples) -> bool:
    return float(np.abs(samples).max(initial=0.0)) < SILENCE_PEAK


def _first_sound(audio: AudioFile) -> Samples:
    for check in range(SILENCE_CHECKS):
        start = (audio.facts.duration - 1) * check / SILENCE_CHECKS
        section = audio.read_section(start, Fraction(1))
        if not _is_silent(section):
            return section
    raise UnreadableError("silent_audio", "It is silent from start to end.")
