"""Written music read back from its MIDI file: what `rendering.notes_to_midi` wrote, exactly, and nothing else.

The reader is strict and bounded, because files come from a disk: general readers take numbers of any length, whose sum takes
time that grows with the square of the file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from generator.bars import METRES
from generator.midi.writing import DRUM_CHANNEL
from generator.notes import DRUM_PROGRAM, ROWS, STEPS_PER_BEAT, Notes, NoteTrack

MOST_BYTES = 2 * 2**20
MOST_NOTES = 100_000
MOST_BARS = 4_000
"""Ten minutes of the fastest, densest music need a tenth of each."""

_NOTE_OFF, _NOTE_ON, _PROGRAM_CHANGE = 0x80, 0x90, 0xC0
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_META, _SYSTEM_EXCLUSIVE = 0xFF, (0xF0, 0xF7)
_TRACK_NAME, _END_OF_TRACK, _TEMPO, _TIME_SIGNATURE = 0x03, 0x2F, 0x51, 0x58
_MOST_NUMBER_BYTES = 4


def read_notes(source: Path | bytes) -> Notes:
    """Read a MIDI file, given by its path or its content, that `notes_to_midi` wrote; notes come by onset, then pitch.

    Everything comes back as it was but the tempo, of which MIDI keeps whole microseconds a beat; what was read once is
    read alike ever after. Raises ValueError with one sentence for a file that is empty, larger than `MOST_BYTES` (no more
    of an endless one is read), broken, or not on the grid of named rows; OSError where the path cannot be read.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            source = file.read(MOST_BYTES + 1)
    if not source:
        raise ValueError("the MIDI file is empty")
    if len(source) > MOST_BYTES:
        raise ValueError(f"the MIDI file is larger than {MOST_BYTES // 2**20} MiB")
    ticks_per_step, chunks = _split(source)
    conductor = _Conductor.read(chunks[0])
    bar_ticks = conductor.beats_per_bar * STEPS_PER_BEAT * ticks_per_step
    bars, rest = divmod(conductor.end_tick, bar_ticks)
    if rest or not 1 <= bars <= MOST_BARS:
        raise ValueError(f"the MIDI file does not hold 1 to {MOST_BARS} whole bars")
    tracks = tuple(_track(chunk, ticks_per_step) for chunk in chunks[1:])
    if len({track.row for track in tracks}) < len(tracks):
        raise ValueError("the MIDI file has two tracks of one row")
    if sum(len(track.pitch) for track in tracks) > MOST_NOTES:
        raise ValueError(f"the MIDI file has more than {MOST_NOTES} notes")
    if any((track.onset_steps >= bars * bar_ticks // ticks_per_step).any() for track in tracks):
        raise ValueError("the MIDI file has notes after its end")
    return Notes(tracks, 60e6 / conductor.beat_microseconds, conductor.beats_per_bar, bars)


def _split(content: bytes) -> tuple[int, list[bytes]]:
    """Return the ticks of a step and the tracks' bytes, the conductor's first."""
    if content[:4] != b"MThd" or len(content) < 14:
        raise ValueError("the file is not a MIDI file")
    length, kind, count, division = struct.unpack(">IHHH", content[4:14])
    if length != 6 or kind != 1 or not 1 <= count <= 1 + len(ROWS):
        raise ValueError(f"the MIDI file is not of type 1 with a conductor and at most {len(ROWS)} rows")
    if division == 0 or division >= 0x8000 or division % STEPS_PER_BEAT:
        raise ValueError(f"the MIDI file does not count in {STEPS_PER_BEAT}ths of a beat")
    chunks, place = [], 14
    for _ in range(count):
        name, size = content[place : place + 4], int.from_bytes(content[place + 4 : place + 8])
        chunk = content[place + 8 : place + 8 + size]
        if name != b"MTrk" or len(chunk) < size:
            raise ValueError("the MIDI file is broken: a track is cut short")
        chunks.append(chunk)
        place += 8 + size
    return division // STEPS_PER_BEAT, chunks


@dataclass(frozen=True)
class _Event:
    """At `tick`, a channel message (`status`, `channel`) or a meta event (`status` 0xFF, `kind`), with its data bytes."""

    tick: int
    status: int
    channel: int
    kind: int
    data: bytes


@dataclass
class _Cursor:
    chunk: bytes
    place: int = 0

    def byte(self) -> int:
        if self.place >= len(self.chunk):
            raise ValueError("the MIDI file is broken: a track has no end")
        self.place += 1
        return self.chunk[self.place - 1]

    def number(self) -> int:
        value = 0
        for _ in range(_MOST_NUMBER_BYTES):
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise ValueError("the MIDI file is broken: a number does not end")

    def take(self, size: int) -> bytes:
        data = self.chunk[self.place : self.place + size]
        if len(data) < size:
            raise ValueError("the MIDI file is broken: an event is cut short")
        self.place += size
        return data


def _events(chunk: bytes) -> Iterator[_Event]:
    """Give a track's events until its end, which is the last one given."""
    cursor, tick, running = _Cursor(chunk), 0, 0
    while True:
        tick += cursor.number()
        status = cursor.byte()
        if status == _META:
            kind = cursor.byte()
            yield _Event(tick, _META, 0, kind, cursor.take(cursor.number()))
            if kind == _END_OF_TRACK:
                return
        elif status in _SYSTEM_EXCLUSIVE:
            cursor.take(cursor.number())
        else:
            if status < 0x80:
                status, cursor.place = running, cursor.place - 1
            if status & 0xF0 not in _DATA_BYTES:
                raise ValueError("the MIDI file is broken: it has an event of no known kind")
            running = status
            data = cursor.take(_DATA_BYTES[status & 0xF0])
            if max(data) > 0x7F:
                raise ValueError("the MIDI file is broken: a value lies beyond 127")
            yield _Event(tick, status & 0xF0, status & 0x0F, 0, data)


@dataclass(frozen=True)
class _Conductor:
    beat_microseconds: int
    beats_per_bar: int
    end_tick: int

    @classmethod
    def read(cls, chunk: bytes) -> "_Conductor":
        told: dict[int, bytes] = {}
        end_tick = 0
        for event in _events(chunk):
            end_tick = event.tick
            of_all = event.kind in (_TEMPO, _TIME_SIGNATURE)
            if of_all and told.setdefault(event.kind, event.data) != event.data:
                raise ValueError("the MIDI file changes its tempo or its metre")
        tempo, metre = told.get(_TEMPO, b""), told.get(_TIME_SIGNATURE, b"")
        beat_microseconds = int.from_bytes(tempo)
        if len(tempo) != 3 or beat_microseconds == 0:
            raise ValueError("the MIDI file does not say its tempo")
        # the second byte is the denominator as a power of two: quarters
        if len(metre) != 4 or metre[1] != 2 or metre[0] not in {known.patches for known in METRES}:
            raise ValueError("the MIDI file is in no metre that is composed in")
        return cls(beat_microseconds, metre[0], end_tick)


@dataclass
class _Row:
    """One track as it is read: `down` holds the keys that are down, each with its tick and velocity."""

    name: str = ""
    program: int = 0
    down: dict[int, tuple[int, int]] = field(default_factory=dict)
    notes: list[tuple[int, int, int, int]] = field(default_factory=list)

    def take(self, event: _Event) -> None:
        if event.status == _META and event.kind == _TRACK_NAME:
            self.name = event.data.decode("utf-8", "replace")
        elif event.status == _PROGRAM_CHANGE:
            self.program = DRUM_PROGRAM if event.channel == DRUM_CHANNEL else event.data[0]
        elif event.status in (_NOTE_ON, _NOTE_OFF):
            pitch, velocity = event.data
            if event.status == _NOTE_ON and velocity:
                if pitch in self.down:
                    raise ValueError("the MIDI file is broken: a key is struck that is down")
                self.down[pitch] = (event.tick, velocity)
            elif pitch in self.down:
                start, struck = self.down.pop(pitch)
                self.notes.append((start, pitch, event.tick, struck))


def _track(chunk: bytes, ticks_per_step: int) -> NoteTrack:
    row = _Row()
    for event in _events(chunk):
        row.take(event)
    if row.name not in ROWS:
        raise ValueError(f"the MIDI file has a track that is none of the rows {', '.join(ROWS)}")
    if row.down:
        raise ValueError("the MIDI file is broken: a note never ends")
    table = np.array(sorted(row.notes), dtype=np.int64).reshape(-1, 4)
    start, pitch, end, velocity = table.T
    if (start % ticks_per_step).any() or (end % ticks_per_step).any() or (end == start).any():
        raise ValueError("the MIDI file has notes beside the grid")
    return NoteTrack(
        row=row.name,
        program=row.program,
        onset_steps=(start // ticks_per_step).astype(np.int32),
        duration_steps=((end - start) // ticks_per_step).astype(np.int32),
        pitch=pitch.astype(np.int16),
        velocity=velocity.astype(np.int16),
    )
