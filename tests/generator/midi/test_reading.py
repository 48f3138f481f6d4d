import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.midi.reading import MOST_BYTES, read_notes
from generator.notes import DRUM_PROGRAM, ROWS, Notes
from generator.sound.rendering import notes_to_midi
from tests.generator.pieces import BAR_STEPS, small_band, track
from tests.generator.same_notes import row_of, same_notes

WRITTEN = notes_to_midi(small_band(2), "Two bars", comment="Composed.")


@st.composite
def pieces(draw: st.DrawFn) -> Notes:
    """Pieces of any rows; one row strikes a pitch again only when it has ended, as MIDI has it."""
    bars = draw(st.integers(1, 6))
    rows = draw(st.lists(st.sampled_from(ROWS), min_size=1, unique=True))
    tracks = []
    for row in rows:
        notes = []
        for pitch in draw(st.lists(st.integers(0, 127), max_size=4, unique=True)):
            cuts = draw(st.lists(st.integers(0, bars * BAR_STEPS), min_size=2, max_size=8, unique=True))
            pairs = zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False)
            notes += [(start, end - start, pitch, draw(st.integers(1, 127))) for start, end in pairs]
        program = DRUM_PROGRAM if row == "drums" else draw(st.integers(0, 127))
        written = track(row, program, notes)
        order = np.lexsort((written.pitch, written.onset_steps))
        tracks.append(written.take(order))
    return Notes(tuple(tracks), 60e6 / draw(st.integers(300_000, 1_200_000)), 4, bars)


@given(pieces())
@settings(max_examples=40, deadline=None)
def test_what_was_written_is_read_back_equal(piece: Notes) -> None:
    assert same_notes(read_notes(notes_to_midi(piece, "A piece")), piece)


def test_a_tempo_comes_back_within_a_microsecond_a_beat_and_then_stays() -> None:
    odd = replace(small_band(), tempo_bpm=113.337)
    once = read_notes(notes_to_midi(odd, "Odd"))
    assert abs(60e6 / once.tempo_bpm - 60e6 / 113.337) <= 0.5
    assert read_notes(notes_to_midi(once, "Odd")).tempo_bpm == once.tempo_bpm


def test_a_note_of_three_bars_is_read_as_one(tmp_path: Path) -> None:
    long_note = [(0, 3 * BAR_STEPS, 60, 80)]
    path = tmp_path / "notes.mid"
    path.write_bytes(notes_to_midi(Notes((track("pad", 48, long_note),), 100.0, 4, 4), "Long"))
    assert row_of(read_notes(path), "pad").duration_steps.tolist() == [3 * BAR_STEPS]


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="MIDI file"):
        read_notes(content)


@given(st.lists(st.tuples(st.integers(0, len(WRITTEN) - 1), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_file_with_broken_bytes_is_read_within_bounds_or_refused(changes: list[tuple[int, int]]) -> None:
    content = bytearray(WRITTEN)
    for place, value in changes:
        content[place] = value
    try:
        notes = read_notes(bytes(content))
    except ValueError as error:
        assert "MIDI file" in str(error)  # noqa: PT017  # either outcome is right, an unclear sentence is not
    else:
        assert all((each.pitch <= 127).all() and (each.velocity >= 1).all() for each in notes.tracks)


def test_files_that_are_empty_endless_or_huge_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is empty"):
        read_notes(b"")
    huge = tmp_path / "huge.mid"
    with huge.open("wb") as file:
        file.write(WRITTEN)
        file.truncate(2 * 2**30)
    for path in (huge, Path("/dev/zero")):
        with pytest.raises(ValueError, match="larger than 2 MiB"):
            read_notes(path)


def chunk(content: bytes) -> bytes:
    return b"MTrk" + struct.pack(">I", len(content)) + content


HEADER = b"MThd" + struct.pack(">IHHH", 6, 1, 2, 480)
CONDUCTOR = bytes.fromhex("00ff51030f4240 00ff580404021808 8f00ff2f00".replace(" ", ""))
"""A bar of four beats of a second each, 1,920 ticks long."""
LEAD = bytes.fromhex("00ff03046c656164")
END = bytes.fromhex("00ff2f00")
NOTE_ON, NOTE_OFF = bytes.fromhex("00903c40"), bytes.fromhex("8360803c00")
"""A stroke, and its end a beat later."""


def test_one_bar_written_by_hand_is_one_note() -> None:
    notes = read_notes(HEADER + chunk(CONDUCTOR) + chunk(LEAD + NOTE_ON + NOTE_OFF + END))
    lead = row_of(notes, "lead")
    assert (notes.bars, notes.tempo_bpm) == (1, 60.0)
    assert (lead.onset_steps.tolist(), lead.duration_steps.tolist(), lead.pitch.tolist()) == ([0], [12], [60])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (HEADER + chunk(CONDUCTOR), "cut short"),
        (HEADER + chunk(CONDUCTOR) + chunk(LEAD + NOTE_ON + END), "never ends"),
        (HEADER + chunk(CONDUCTOR) + chunk(LEAD + NOTE_ON + NOTE_ON + END), "that is down"),
        (HEADER + chunk(CONDUCTOR) + chunk(LEAD + NOTE_ON), "has no end"),
        (HEADER + chunk(CONDUCTOR) + chunk(LEAD + b"\xff" * 90), "does not end"),
        (HEADER + chunk(CONDUCTOR) + chunk(END), "none of the rows"),
        (HEADER + chunk(END) + chunk(LEAD + END), "its tempo"),
        (HEADER + chunk(CONDUCTOR) + chunk(LEAD + NOTE_ON + bytes.fromhex("07803c00") + END), "beside the grid"),
        (b"\xff" * MOST_BYTES, "not a MIDI file"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_what_is_wrong(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_notes(content)


def test_a_file_full_of_events_is_read_in_bounded_time() -> None:
    strokes = (NOTE_ON + bytes.fromhex("28803c00")) * (MOST_BYTES // 8 - 20)
    long_bars = bytes.fromhex("00ff51030f4240 00ff580404021808 ffffff7fff2f00".replace(" ", ""))
    with pytest.raises(ValueError, match="MIDI file"):
        read_notes(HEADER + chunk(long_bars) + chunk(LEAD + strokes + END))
