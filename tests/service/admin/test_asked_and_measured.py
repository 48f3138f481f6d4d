from typing import Any

from service.admin.asked_and_measured import compared
from service.compositions.review_items import ReviewItem
from service.store.tables import utc_now


def item(**measured: Any) -> ReviewItem:
    return ReviewItem(
        id="c",
        state="held",
        title="Slow Harbour",
        seconds=30.0,
        asked={"key": "C", "mode": "minor", "programs": {"lead": 73, "bass": 33}},
        measured=measured,
        failures=(),
        nearest=(),
        claimed_by_id=None,
        claimed_until=None,
        created_at=utc_now(),
        decisions=(),
    )


def test_what_was_found_in_the_notes_and_heard_in_the_sound_stands_beside_what_was_asked() -> None:
    measured = {
        "tempo_bpm": 99.7, "key": "E flat", "mode": "major", "rows_sounding": 1.0,
        "clashes_per_100_notes": 3.21, "repeated_tune_beats": 9.5,
    }  # fmt: skip
    told = {row.name: (row.asked, row.measured) for row in compared(item(**measured))}
    assert told["Tempo"] == ("", "100 bpm")
    assert told["Key"] == ("C minor", "E flat major")
    assert told["Rows that sound"] == ("2", "1")
    assert told["Clashes"] == ("", "3.2 in 100 notes")
    assert told["Longest tune of the training music"] == ("", "10 beats")


def test_what_was_neither_asked_nor_measured_is_left_out() -> None:
    assert {row.name for row in compared(item())} == {"Key", "Rows that sound"}
