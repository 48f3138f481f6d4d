"""One row of played notes to sound: two synthesisers, the same notes."""

import importlib
import io
import wave
from ctypes import c_int, c_void_p
from functools import lru_cache
from pathlib import Path
from typing import Any

import midirenderer
import numpy as np

from generator.midi.writing import MidiRow, write_midi
from generator.sound.fonts import is_for_fluidsynth
from generator.sound.performance import PlayedTrack

SYNTHESISER_RATE = 48000
"""The one sample rate `midirenderer` gives."""

PERFORMANCE_TICKS_PER_SECOND = 1920
PERFORMANCE_TICKS_PER_BEAT = 960

VOLUME, PAN, REVERB_SEND, CHORUS_SEND = 7, 10, 91, 93
ROW_VOLUME = 110

FLUIDSYNTH_GAIN = 0.5

DRUM_BANK, FLUIDSYNTH_DRUM_CHANNEL = 128, 9


def synthesise(played: PlayedTrack, *, pan: int, chorus: int, length: int, font: Path) -> np.ndarray:
    """Return one row's sound (2, length) float32 at `SYNTHESISER_RATE`, without any reverb.

    `pan` and `chorus` as MIDI writes them. Raises FileNotFoundError where the font is missing, ValueError where it cannot be read.
    """
    if not font.is_file():
        raise FileNotFoundError(f"The sound font {font} is missing.")
    if is_for_fluidsynth(font):
        return _by_fluidsynth(played, pan, chorus, length, font)
    return _by_midirenderer(played, pan, chorus, length, font)


def _by_midirenderer(played: PlayedTrack, pan: int, chorus: int, length: int, font: Path) -> np.ndarray:
    row = MidiRow(
        name=played.row,
        program=played.program,
        is_drums=played.row == "drums",
        start_ticks=np.rint(played.start_seconds * PERFORMANCE_TICKS_PER_SECOND).astype(np.int64),
        end_ticks=np.rint(played.end_seconds * PERFORMANCE_TICKS_PER_SECOND).astype(np.int64),
        pitch=played.pitch,
        velocity=played.velocity,
        controls=((VOLUME, ROW_VOLUME), (PAN, pan), (REVERB_SEND, 0), (CHORUS_SEND, chorus)),
    )
    midi = write_midi(
        [row],
        title=played.row,
        tempo_bpm=60.0 * PERFORMANCE_TICKS_PER_SECOND / PERFORMANCE_TICKS_PER_BEAT,
        beats_per_bar=4,
        ticks_per_beat=PERFORMANCE_TICKS_PER_BEAT,
        end_tick=round(length / SYNTHESISER_RATE * PERFORMANCE_TICKS_PER_SECOND) + 1,
    )
    with wave.open(io.BytesIO(midirenderer.render_wave_from(_read_font(font), midi))) as reader:
        frames = np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2").reshape(-1, 2)
    return _fitted(frames, length)


def _by_fluidsynth(played: PlayedTrack, pan: int, chorus: int, length: int, font: Path) -> np.ndarray:
    is_drums = played.row == "drums"
    channel, bank = (FLUIDSYNTH_DRUM_CHANNEL, DRUM_BANK) if is_drums else (0, 0)
    program = 0 if is_drums else played.program
    _loaded(font, bank, program)
    # One synthesiser a row: what a synthesiser played before leaves traces in the last bits of what it plays next.
    synth = _ready_to_play(font, channel, bank, program)
    for control, value in ((VOLUME, ROW_VOLUME), (PAN, pan), (REVERB_SEND, 0), (CHORUS_SEND, chorus)):
        synth.cc(channel, control, value)
    pieces, now = [], 0
    for at, is_start, pitch, velocity in _events(played):
        if at >= length:
            break
        if at > now:
            pieces.append(_draw_samples(synth, at - now))
            now = at
        if is_start:
            synth.noteon(channel, pitch, velocity)
        else:
            synth.noteoff(channel, pitch)
    pieces.append(_draw_samples(synth, length - now))
    synth.delete()
    return np.concatenate(pieces, axis=1)


def _draw_samples(synth: Any, count: int) -> np.ndarray:
    """Return the next samples (2, count) float32."""
    drawn = np.zeros((2, count), dtype=np.float32)
    left, right = (channel.ctypes.data for channel in drawn)
    _write_float()(synth.synth, count, left, 0, 1, right, 0, 1)
    return drawn


@lru_cache(maxsize=1)
def _write_float() -> Any:
    names = ("synth", "len", "lout", "loff", "lincr", "rout", "roff", "rincr")
    kinds = (c_void_p, c_int, c_void_p, c_int, c_int, c_void_p, c_int, c_int)
    arguments = ((name, kind, 1) for name, kind in zip(names, kinds, strict=True))
    return importlib.import_module("fluidsynth").cfunc("fluid_synth_write_float", c_int, *arguments)


def _events(played: PlayedTrack) -> list[tuple[int, int, int, int]]:
    """Return (sample, is_start, pitch, velocity) in order of time, ends before starts; a key struck again ends first."""
    order = np.lexsort((played.start_seconds, played.pitch))
    start = np.rint(played.start_seconds[order] * SYNTHESISER_RATE).astype(np.int64)
    end = np.rint(played.end_seconds[order] * SYNTHESISER_RATE).astype(np.int64)
    pitch, velocity = played.pitch[order].tolist(), played.velocity[order].tolist()
    same_key = np.diff(played.pitch[order]) == 0
    end[:-1] = np.where(same_key, np.minimum(end[:-1], start[1:]), end[:-1])
    starts = zip(start.tolist(), [1] * len(start), pitch, velocity, strict=True)
    ends = zip(end.tolist(), [0] * len(end), pitch, [0] * len(end), strict=True)
    return sorted([*starts, *ends])


def _fitted(frames: np.ndarray, length: int) -> np.ndarray:
    """Return sixteen-bit frames (time, 2) as float32 (2, length)."""
    sound = np.zeros((2, length), dtype=np.float32)
    kept = min(length, len(frames))
    sound[:, :kept] = frames[:kept].T
    sound *= np.float32(1.0 / 32768.0)
    return sound


@lru_cache(maxsize=2)
def _read_font(path: Path) -> bytes:
    return path.read_bytes()


@lru_cache(maxsize=8)
def _loaded(font: Path, bank: int, program: int) -> Any:
    """Return a synthesiser that is never played: while it lives, FluidSynth keeps an instrument's samples, which take long to read."""
    return _ready_to_play(font, 0, bank, program)


def _ready_to_play(font: Path, channel: int, bank: int, program: int) -> Any:
    fluidsynth = importlib.import_module("fluidsynth")
    synth = fluidsynth.Synth(gain=FLUIDSYNTH_GAIN, samplerate=float(SYNTHESISER_RATE))
    synth.setting("synth.dynamic-sample-loading", 1)
    synth.setting("synth.reverb.active", 0)
    synth.setting("synth.chorus.active", 0)
    font_number = synth.sfload(str(font))
    if font_number < 0:
        raise ValueError(f"FluidSynth cannot read the sound font {font}")
    synth.program_select(channel, font_number, bank, program)
    return synth
