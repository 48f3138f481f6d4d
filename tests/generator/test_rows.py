import numpy as np

from generator.rows import SourceNotes, arrange, drum_class


def source(*notes: tuple[int, int, int, int, int]) -> SourceNotes:
    """Return notes from (track, program, onset, duration, pitch); program 128 is drums."""
    track, program, onset, duration, pitch = np.array(sorted(notes, key=lambda note: note[2])).T
    return SourceNotes(track, program, program == 128, onset, duration, pitch, np.full(len(notes), 80))


def line(
    track: int, program: int, pitches: list[int], length: int = 12
) -> list[tuple[int, int, int, int, int]]:
    return [(track, program, length * number, length, pitch) for number, pitch in enumerate(pitches)]


def test_a_band_finds_its_rows() -> None:
    chords = [(1, 0, 24 * bar, 24, pitch) for bar in range(4) for pitch in (60, 64, 67)]
    strings = [(2, 48, 48 * bar, 48, pitch) for bar in range(2) for pitch in (55, 59)]
    drums = [(9, 128, 12 * beat, 3, 36) for beat in range(8)]
    notes = source(*line(0, 73, [72, 74, 76, 77] * 2), *chords, *strings, *line(3, 33, [36, 43] * 4), *drums)
    arrangement = arrange(notes)
    assert arrangement.programs == {0: 73, 1: 0, 2: 48, 3: 33, 4: 128}
    for track, row in ((0, 0), (1, 1), (2, 2), (3, 3), (9, 4)):
        assert set(arrangement.rows[notes.track == track].tolist()) == {row}


def test_a_piano_gives_its_top_line_to_the_lead_and_its_lowest_to_the_bass() -> None:
    beats = range(8)
    hands = [(0, 0, 12 * beat, 12, pitch) for beat in beats for pitch in (40, 55, 60, 64, 76 + beat % 3)]
    notes = source(*hands)
    arrangement = arrange(notes)
    assert set(notes.pitch[arrangement.rows == 0].tolist()) == {76, 77, 78}
    assert set(notes.pitch[arrangement.rows == 3].tolist()) == {40}
    assert set(notes.pitch[arrangement.rows == 1].tolist()) == {55, 60, 64}


def test_a_choir_sings_from_top_to_bottom() -> None:
    voices = [line(track, 52, [pitch] * 8) for track, pitch in enumerate((74, 67, 60, 48))]
    notes = source(*(note for voice in voices for note in voice))
    arrangement = arrange(notes)
    assert set(notes.pitch[arrangement.rows == 0].tolist()) == {74}
    assert set(notes.pitch[arrangement.rows == 3].tolist()) == {48}
    assert (arrangement.rows >= 0).all()


def test_only_drums_is_an_arrangement_too() -> None:
    arrangement = arrange(source(*line(0, 128, [36, 42, 38, 42])))
    assert arrangement.programs == {4: 128}


def test_unknown_percussion_is_hand_percussion() -> None:
    assert drum_class(np.array([36, 38, 42, 46, 75])).tolist() == [0, 1, 3, 4, 11]
