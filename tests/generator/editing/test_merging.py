from generator.editing.merging import Region, as_struck, merge
from generator.notes import Notes
from tests.generator.pieces import BAR_STEPS, track
from tests.generator.same_notes import row_of


def test_a_drawn_note_gives_way_to_one_that_is_held_on_the_same_key() -> None:
    original = Notes((track("pad", 48, [(0, 100, 60, 70)]),), 100.0, 4, 4)
    drawn = Notes((track("pad", 48, [(48, 20, 60, 70), (48, 20, 64, 70), (110, 20, 60, 70)]),), 100.0, 4, 4)
    pad = row_of(merge(original, drawn, Region(("pad",), 1, 4)), "pad")
    assert list(zip(pad.onset_steps, pad.duration_steps, pad.pitch, strict=True)) == [
        (0, 100, 60),
        (48, 20, 64),
        (110, 20, 60),
    ]


def test_a_row_that_is_drawn_silent_is_gone_and_one_that_was_silent_comes() -> None:
    original = Notes((track("pad", 48, [(0, 48, 60, 70)]),), 100.0, 4, 1)
    drawn = Notes((track("bass", 33, [(0, 60, 40, 70)]),), 100.0, 4, 1)
    merged = merge(original, drawn, Region(("pad", "bass"), 0, 1))
    assert [each.row for each in merged.tracks] == ["bass"]
    assert row_of(merged, "bass").duration_steps.tolist() == [BAR_STEPS]


def test_a_key_that_is_struck_while_down_ends_the_note_before() -> None:
    struck = as_struck(track("pad", 48, [(0, 48, 60, 70), (12, 6, 60, 80), (12, 9, 60, 90), (0, 5, 62, 70)]))
    assert struck.onset_steps.tolist() == [0, 0, 12]
    assert struck.duration_steps.tolist() == [12, 5, 9]
    assert struck.pitch.tolist() == [60, 62, 60]
