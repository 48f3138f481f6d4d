"""Notes to sound: played, synthesised row by row, balanced, placed in a room."""

import io
import wave
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from pathlib import Path

import midirenderer
import numpy as np
from scipy import signal

from generator.fonts import default_font
from generator.midi_file import MidiRow, write_midi
from generator.notes import STEPS_PER_BEAT, Notes
from generator.performance import PlayedTrack, play
from generator.room import compress, high_pass, reverberate, room_response, widen

TAIL_SECONDS = 2.5
"""What a render lasts beyond the last bar line, so that the last notes can ring."""

SYNTHESIS_RATE = 48000
"""The one sample rate `midirenderer` gives."""

SCORE_TICKS_PER_STEP = 40
PERFORMANCE_TICKS_PER_SECOND = 1920
PERFORMANCE_TICKS_PER_BEAT = 960

VOLUME, PAN, REVERB_SEND, CHORUS_SEND = 7, 10, 91, 93


@dataclass(frozen=True)
class Place:
    """Where a row stands in the mix.

    `pan` as MIDI writes it (64 = middle), `level_db` of the row while it sounds, `room` the share sent to the room,
    `width` see `room.widen`, `low_cut_hz` keeps the row out of the bass's way, `chorus` as MIDI writes it.
    """

    pan: int
    level_db: float
    room: float
    width: float
    low_cut_hz: float
    chorus: int


PLACES = {
    "lead": Place(pan=60, level_db=-20.0, room=0.20, width=0.10, low_cut_hz=110.0, chorus=0),
    "comp": Place(pan=82, level_db=-23.0, room=0.18, width=0.30, low_cut_hz=90.0, chorus=10),
    "pad": Place(pan=46, level_db=-25.5, room=0.28, width=0.30, low_cut_hz=120.0, chorus=30),
    "bass": Place(pan=64, level_db=-21.5, room=0.04, width=0.00, low_cut_hz=30.0, chorus=0),
    "drums": Place(pan=64, level_db=-21.0, room=0.09, width=0.22, low_cut_hz=30.0, chorus=0),
}

LARGEST_CORRECTION_DB = 12.0
"""A row is brought to its level by at most this much: what was written very softly stays soft."""


def render_notes(
    notes: Notes, *, rng: np.random.Generator, sample_rate: int = SYNTHESIS_RATE, font: Path | None = None
) -> np.ndarray:
    """Return the sound of `notes` as float32 (2, time), un-mastered, `TAIL_SECONDS` longer than its bars.

    The same `notes` and the same state of `rng` give the same samples. `font` is a SoundFont 2 file and defaults to
    the one that `pretty_midi` installs. Raises FileNotFoundError where the font is missing.
    """
    font_bytes = _read_font(font or default_font())
    length = round((notes.duration_seconds + TAIL_SECONDS) * SYNTHESIS_RATE)
    dry = np.zeros((2, length), dtype=np.float32)
    send = np.zeros((2, length), dtype=np.float32)
    for played in play(notes, rng):
        if len(played.pitch) == 0:
            continue
        place = PLACES[played.row]
        sound = _balanced(_synthesise(played, place, length, font_bytes), place)
        dry += sound
        send += place.room * sound
    # Slow music carries a longer room; a fast one would drown in it.
    decay_seconds = float(np.clip(160.0 / notes.tempo_bpm, 1.0, 2.2))
    response = room_response(SYNTHESIS_RATE, decay_seconds, rng)
    mix = compress(dry + reverberate(send, response), SYNTHESIS_RATE, threshold_db=-20.0)
    if sample_rate == SYNTHESIS_RATE:
        return mix
    divisor = gcd(sample_rate, SYNTHESIS_RATE)
    resampled = signal.resample_poly(mix, sample_rate // divisor, SYNTHESIS_RATE // divisor, axis=-1)
    return np.asarray(resampled, dtype=np.float32)


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


@lru_cache(maxsize=2)
def _read_font(path: Path) -> bytes:
    return path.read_bytes()


def _synthesise(played: PlayedTrack, place: Place, length: int, font_bytes: bytes) -> np.ndarray:
    """Return one row's sound (2, length) float32, without the synthesiser's own reverb."""
    row = MidiRow(
        name=played.row,
        program=played.program,
        is_drums=played.row == "drums",
        start_ticks=np.rint(played.start_seconds * PERFORMANCE_TICKS_PER_SECOND).astype(np.int64),
        end_ticks=np.rint(played.end_seconds * PERFORMANCE_TICKS_PER_SECOND).astype(np.int64),
        pitch=played.pitch,
        velocity=played.velocity,
        controls=((VOLUME, 110), (PAN, place.pan), (REVERB_SEND, 0), (CHORUS_SEND, place.chorus)),
    )
    midi = write_midi(
        [row],
        title=played.row,
        tempo_bpm=60.0 * PERFORMANCE_TICKS_PER_SECOND / PERFORMANCE_TICKS_PER_BEAT,
        beats_per_bar=4,
        ticks_per_beat=PERFORMANCE_TICKS_PER_BEAT,
        end_tick=round(length / SYNTHESIS_RATE * PERFORMANCE_TICKS_PER_SECOND) + 1,
    )
    with wave.open(io.BytesIO(midirenderer.render_wave_from(font_bytes, midi))) as reader:
        frames = np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2").reshape(-1, 2)
    sound = np.zeros((2, length), dtype=np.float32)
    kept = min(length, len(frames))
    sound[:, :kept] = frames[:kept].T.astype(np.float32) / 32768.0
    return sound


def _balanced(sound: np.ndarray, place: Place) -> np.ndarray:
    """Return a row at its level in the mix: fonts differ by 15 dB and more between programs."""
    sound = high_pass(sound, SYNTHESIS_RATE, place.low_cut_hz)
    level_db = _level_while_sounding_db(sound)
    correction_db = float(np.clip(place.level_db - level_db, -LARGEST_CORRECTION_DB, LARGEST_CORRECTION_DB))
    return widen(sound * np.float32(10.0 ** (correction_db / 20.0)), SYNTHESIS_RATE, place.width)


def _level_while_sounding_db(sound: np.ndarray) -> float:
    """Return the RMS level of the 0.1 s frames within 25 dB of the loudest one, in dB of full scale."""
    frame = SYNTHESIS_RATE // 10
    frames = sound.shape[1] // frame
    if frames == 0:
        return -120.0
    energy = np.square(sound[:, : frames * frame]).sum(axis=0).reshape(frames, frame).mean(axis=1)
    sounding = energy[energy >= energy.max() * 10.0**-2.5]
    return float(10.0 * np.log10(sounding.mean() + 1e-12))
