"""Notes to sound: played, synthesised row by row, balanced, placed in a room."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from scipy import signal

from generator.midi.writing import MidiRow, write_midi
from generator.notes import STEPS_PER_BEAT, Notes
from generator.sound.equaliser import apply_sections, bell, high_shelf, low_cut
from generator.sound.fonts import best_font
from generator.sound.loudness import loudness_while_sounding
from generator.sound.performance import PlayedTrack, play
from generator.sound.room import compression_gain, reverberate, room_response, with_width
from generator.sound.synthesis import PAN, SYNTHESISER_RATE, synthesise

SYNTHESIS_RATE = SYNTHESISER_RATE
"""Samples a second of a render unless another rate is asked for."""

TAIL_SECONDS = 2.5
"""What a render lasts beyond the last bar line, so that the last notes can ring."""

SCORE_TICKS_PER_STEP = 40


@dataclass(frozen=True)
class Place:
    """Where a row stands in the mix.

    `pan` as MIDI writes it (64 = middle), `loudness_lufs` of the row while it sounds, `room` the share sent to the room,
    `width` see `room.with_width`, `low_cut_hz` keeps the row out of the bass's way, `presence_db` lifts it or moves it back around
    `PRESENCE_HZ`, `chorus` as MIDI writes it.
    """

    pan: int
    loudness_lufs: float
    room: float
    width: float
    low_cut_hz: float
    presence_db: float
    chorus: int


PLACES = {
    "lead": Place(60, -19.0, room=0.20, width=0.15, low_cut_hz=110.0, presence_db=1.5, chorus=0),
    "comp": Place(82, -23.5, room=0.18, width=0.55, low_cut_hz=90.0, presence_db=-2.0, chorus=10),
    "pad": Place(46, -25.5, room=0.28, width=0.65, low_cut_hz=120.0, presence_db=-2.5, chorus=30),
    "bass": Place(64, -23.0, room=0.04, width=0.0, low_cut_hz=30.0, presence_db=0.0, chorus=0),
    "drums": Place(64, -21.0, room=0.09, width=0.35, low_cut_hz=30.0, presence_db=0.0, chorus=0),
}

PRESENCE_HZ = 2800.0

LARGEST_CORRECTION_DB = 15.0
"""A row is brought to its level by at most this much: what was written very softly stays soft."""

USUAL_VELOCITY, TREBLE_DB_PER_VELOCITY = 80.0, 0.11
"""What is struck harder is brighter: fonts with one layer of samples do not say so, a shelf does."""

BRIGHTNESS_DB, TREBLE_HZ, LARGEST_TREBLE_DB = 6.0, 2000.0, 8.0
"""Treble between the darkest and a neutral request, and a neutral and the brightest one."""

BUS_THRESHOLD_DB = -20.0


def render_notes(
    notes: Notes,
    *,
    rng: np.random.Generator,
    sample_rate: int = SYNTHESIS_RATE,
    font: Path | None = None,
    brightness: float = 0.5,
) -> np.ndarray:
    """Return the sound of `notes` as float32 (2, time), un-mastered, `TAIL_SECONDS` longer than its bars.

    The same `notes`, font and state of `rng` give the same samples. `font` is a SoundFont file and defaults to the best one found
    here; `brightness` (0 to 1, .5 neutral) turns treble up or down. Raises FileNotFoundError where the font is missing.
    """
    length = _length(notes)
    dry = np.zeros((2, length), dtype=np.float32)
    send = np.zeros((2, length), dtype=np.float32)
    for row, sound in _rows(notes, rng, font, brightness, length):
        dry += sound
        send += np.float32(PLACES[row].room) * sound
    mix = dry + reverberate(send, _response(notes, rng))
    mix *= compression_gain(mix, SYNTHESIS_RATE, threshold_db=BUS_THRESHOLD_DB)
    return _at_rate(mix, sample_rate)


def render_stems(
    notes: Notes,
    *,
    rng: np.random.Generator,
    sample_rate: int = SYNTHESIS_RATE,
    font: Path | None = None,
    brightness: float = 0.5,
) -> dict[str, np.ndarray]:
    """Return each row's sound (2, time) float32, its room included: together they are what `render_notes` gives.

    For the same arguments and state of `rng`, to within rounding. A row without notes has no stem.
    """
    length = _length(notes)
    dry = dict(_rows(notes, rng, font, brightness, length))
    response = _response(notes, rng)
    stems = {
        row: sound + reverberate(np.float32(PLACES[row].room) * sound, response) for row, sound in dry.items()
    }
    mix = sum(stems.values(), np.zeros((2, length), dtype=np.float32))
    gain = compression_gain(mix, SYNTHESIS_RATE, threshold_db=BUS_THRESHOLD_DB)
    return {row: _at_rate(stem * gain, sample_rate) for row, stem in stems.items()}


def notes_to_midi(notes: Notes, title: str, *, comment: str = "") -> bytes:
    """Return `notes` as a standard MIDI file on the exact grid: title, comment, tempo, metre, a named track a row."""
    rows = [
        MidiRow(
            name=track.row,
            program=track.program,
            is_drums=track.is_drums,
            start_ticks=np.asarray(track.onset_steps, dtype=np.int64) * SCORE_TICKS_PER_STEP,
            end_ticks=(np.asarray(track.onset_steps, dtype=np.int64) + track.duration_steps)
            * SCORE_TICKS_PER_STEP,
            pitch=track.pitch,
            velocity=track.velocity,
            controls=((PAN, PLACES[track.row].pan),),
        )
        for track in notes.tracks
    ]
    return write_midi(
        rows,
        title=title,
        comment=comment,
        tempo_bpm=notes.tempo_bpm,
        beats_per_bar=notes.beats_per_bar,
        ticks_per_beat=SCORE_TICKS_PER_STEP * STEPS_PER_BEAT,
        end_tick=notes.bars * notes.beats_per_bar * STEPS_PER_BEAT * SCORE_TICKS_PER_STEP,
    )


def _length(notes: Notes) -> int:
    return round((notes.duration_seconds + TAIL_SECONDS) * SYNTHESIS_RATE)


def _rows(
    notes: Notes, rng: np.random.Generator, font: Path | None, brightness: float, length: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the rows that play and their sound (2, length) at its tone, level and width, without the room."""
    chosen = font or best_font()
    for played in play(notes, rng):
        if len(played.pitch):
            place = PLACES[played.row]
            sound = synthesise(played, pan=place.pan, chorus=place.chorus, length=length, font=chosen)
            yield played.row, _balanced(sound, place, _treble_db(played, brightness))


def _treble_db(played: PlayedTrack, brightness: float) -> float:
    harder = TREBLE_DB_PER_VELOCITY * (float(played.velocity.mean()) - USUAL_VELOCITY)
    return float(
        np.clip(harder + 2.0 * BRIGHTNESS_DB * (brightness - 0.5), -LARGEST_TREBLE_DB, LARGEST_TREBLE_DB)
    )


def _balanced(sound: np.ndarray, place: Place, treble_db: float) -> np.ndarray:
    """Return a row in its tone and at its level in the mix: fonts differ by 15 dB and more between programs."""
    sections = np.concatenate(
        [
            low_cut(SYNTHESIS_RATE, place.low_cut_hz),
            bell(SYNTHESIS_RATE, PRESENCE_HZ, place.presence_db),
            high_shelf(SYNTHESIS_RATE, TREBLE_HZ, treble_db),
        ]
    )
    sound = apply_sections(sound, sections)
    loudness = loudness_while_sounding(sound, SYNTHESIS_RATE)
    correction_db = np.clip(place.loudness_lufs - loudness, -LARGEST_CORRECTION_DB, LARGEST_CORRECTION_DB)
    return with_width(sound * np.float32(10.0 ** (correction_db / 20.0)), SYNTHESIS_RATE, place.width)


def _response(notes: Notes, rng: np.random.Generator) -> np.ndarray:
    # Slow music carries a longer room; a fast one would drown in it.
    decay_seconds = float(np.clip(160.0 / notes.tempo_bpm, 1.0, 2.2))
    return room_response(SYNTHESIS_RATE, decay_seconds, rng)


def _at_rate(sound: np.ndarray, sample_rate: int) -> np.ndarray:
    if sample_rate == SYNTHESIS_RATE:
        return sound
    divisor = gcd(sample_rate, SYNTHESIS_RATE)
    resampled = signal.resample_poly(sound, sample_rate // divisor, SYNTHESIS_RATE // divisor, axis=-1)
    return np.asarray(resampled, dtype=np.float32)
