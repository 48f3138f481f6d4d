"""Standard MIDI files, written from arrays."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import mido
import numpy as np

DRUM_CHANNEL = 9
"""MIDI channel 10, counted from zero as in the bytes."""

MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)


@dataclass(frozen=True)
class MidiRow:
    """One MIDI track: ticks (notes,) int64, pitch and velocity (notes,), and control changes sent at its start."""

    name: str
    program: int
    is_drums: bool
    start_ticks: np.ndarray
    end_ticks: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    controls: tuple[tuple[int, int], ...] = ()


def write_midi(
    rows: Sequence[MidiRow],
    *,
    title: str,
    tempo_bpm: float,
    beats_per_bar: int,
    ticks_per_beat: int,
    end_tick: int,
    comment: str = "",
) -> bytes:
    """Return a type 1 MIDI file: one conductor track (title, comment, tempo, metre), then one track a row.

    Drums go to channel 10, other rows to channels of their own; every track ends at `end_tick` or with its last note,
    whichever is later. Raises ValueError for more rows than MIDI has channels.
    """
    if sum(not row.is_drums for row in rows) > len(MELODIC_CHANNELS):
        raise ValueError(
            f"a MIDI file has channels for {len(MELODIC_CHANNELS)} melodic rows, got {len(rows)}"
        )
    file = mido.MidiFile(type=1, ticks_per_beat=ticks_per_beat, charset="utf-8")
    conductor = mido.MidiTrack()
    conductor.append(mido.MetaMessage("track_name", name=title))
    if comment:
        conductor.append(mido.MetaMessage("text", text=comment))
    conductor.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo_bpm)))
    conductor.append(mido.MetaMessage("time_signature", numerator=beats_per_bar, denominator=4))
    conductor.append(mido.MetaMessage("end_of_track", time=end_tick))
    file.tracks.append(conductor)
    free_channels = iter(MELODIC_CHANNELS)
    for row in rows:
        channel = DRUM_CHANNEL if row.is_drums else next(free_channels)
        file.tracks.append(_track(row, channel, end_tick))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _track(row: MidiRow, channel: int, end_tick: int) -> mido.MidiTrack:
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=row.name))
    for control, value in row.controls:
        track.append(mido.Message("control_change", channel=channel, control=control, value=value))
    program = 0 if row.is_drums else row.program
    track.append(mido.Message("program_change", channel=channel, program=program))
    now = 0
    for tick, is_start, pitch, velocity in _events(row):
        kind = "note_on" if is_start else "note_off"
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(end_tick - now, 0)))
    return track


def _events(row: MidiRow) -> list[tuple[int, int, int, int]]:
    """Return (tick, is_start, pitch, velocity) in order of time, ends before starts.

    A MIDI channel has one key a pitch: a note is cut where the same key is struck again, and of two strikes at once
    the longer remains.
    """
    order = np.lexsort((-row.end_ticks, row.start_ticks, row.pitch))
    pitch, start, end = row.pitch[order], row.start_ticks[order], row.end_ticks[order]
    velocity = row.velocity[order]
    if len(order) > 1:
        kept = np.r_[True, (pitch[1:] != pitch[:-1]) | (start[1:] != start[:-1])]
        pitch, start, end, velocity = pitch[kept], start[kept], end[kept], velocity[kept]
        same_key = pitch[1:] == pitch[:-1]
        end[:-1] = np.where(same_key, np.minimum(end[:-1], start[1:]), end[:-1])
    end = np.maximum(end, start + 1)
    starts = zip(start.tolist(), [1] * len(start), pitch.tolist(), velocity.tolist(), strict=True)
    ends = zip(end.tolist(), [0] * len(end), pitch.tolist(), [0] * len(end), strict=True)
    return sorted([*starts, *ends])
