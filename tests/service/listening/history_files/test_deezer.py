import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.errors import InvalidRequest
from service.listening.history_files.rows import FailedRow, ReadingOptions, SkippedRow, ThumbRow
from tests.service.listening.history_files.exported import event_of, rows_of, workbook

HEAD = (
    "Song Title",
    "Artist",
    "ISRC",
    "Album Title",
    "IP Address",
    "Listening Time",
    "Platform Name",
    "Platform Model",
    "Date",
)
PLAY: tuple[Any, ...] = (
    "Song One",
    "Artist One, Artist Two",
    "ZZAAA2300001",
    "Album One",
    "192.0.2.77",
    200,
    "web",
    "model one",
    "2023-11-14 22:13:20",
)


def export(tmp_path: Path, *plays: tuple[Any, ...]) -> Path:
    sheets = {
        "1_account": [("Name", "Value"), ("x", "y")],
        "8_favoriteSong": [("Song Title", "Artist", "Album"), ("Song Two", "Artist Two", "Album Two")],
        "10_listeningHistory": [HEAD, *plays],
    }
    return workbook(tmp_path / "deezer-data_1.xlsx", sheets)


def test_plays_then_favourites_and_nothing_of_addresses_or_devices(tmp_path: Path) -> None:
    play, thumb = rows_of(export(tmp_path, PLAY), known_as="deezer")
    event = event_of(play)
    assert (event.title, event.artist, event.album) == ("Song One", "Artist One, Artist Two", "Album One")
    assert (event.isrc, event.played_seconds, event.skipped) == ("ZZAAA2300001", 200.0, False)
    assert event.listened_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert not [secret for secret in ("192.0.2.77", "model one") if secret in repr(event)]
    assert thumb == ThumbRow("up", None, title="Song Two", artist="Artist Two")


def test_cells_of_other_kinds_are_read_or_named(tmp_path: Path) -> None:
    as_date = datetime(2023, 11, 14, 22, 13, 20)  # noqa: DTZ001  # a cell has no zone
    path = export(
        tmp_path,
        (1999, *PLAY[1:5], 3, *PLAY[6:8], as_date),
        (*PLAY[:8], "never"),
        (*PLAY[:8], None),
        (None, *PLAY[1:]),
        (*PLAY[:8], datetime(1980, 1, 1)),  # noqa: DTZ001  # a cell has no zone
    )
    number, never, no_date, no_title, no_clock, _thumb = rows_of(path)
    event = event_of(number)
    assert (event.title, event.skipped, event.listened_at.hour) == ("1999", True, 22)
    assert never == FailedRow("10_listeningHistory", 3, "date is not a time")
    assert no_date == FailedRow("10_listeningHistory", 4, "date is not a time")
    assert no_title == FailedRow("10_listeningHistory", 5, "no song title")
    assert no_clock == SkippedRow("clock_not_set")


def test_the_listener_may_say_in_which_zone_the_times_are(tmp_path: Path) -> None:
    play, _thumb = rows_of(export(tmp_path, PLAY), ReadingOptions(time_zone=ZoneInfo("Europe/Paris")))
    assert event_of(play).listened_at == datetime(2023, 11, 14, 21, 13, 20, tzinfo=UTC)


def rewritten(path: Path, name: str, content: bytes) -> Path:
    """The workbook with one of its parts replaced."""
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, content if info.filename == name else old.read(info))
        if name not in old.namelist():
            new.writestr(name, content)
    return changed


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "xl/sharedStrings.xml",
            b"<sst>" + b"<si/>" * 1_000_000 + b"</sst>",
        ),
        (
            "xl/worksheets/sheet3.xml",
            SHEET + b"<row>" + b"".join(b"<c><v>%d</v></c>" % n for n in range(40_000)),
        ),
    ],
    ids=["texts", "one row"],
)
def test_a_workbook_that_would_fill_the_memory_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as refused:
        rows_of(rewritten(export(tmp_path, PLAY), name, content))
    assert refused.value.code == "archive_over_limits"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<not xml",
        SHEET + b'<row r="x"><c r="!!"><v>1</v></c></row></sheetData></worksheet>',
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        + SHEET
        + b"<row>&b;</row></sheetData></worksheet>",
        SHEET + b'<row r="99999999999"><c t="s"><v>77</v></c></row></sheetData></worksheet>',
    ],
)
def test_a_damaged_sheet_is_refused_or_has_failed_rows(content: bytes, tmp_path: Path) -> None:
    path = rewritten(export(tmp_path, PLAY), "xl/worksheets/sheet3.xml", content)
    try:
        rows = rows_of(path)
    except InvalidRequest as error:
        if error.code != "unreadable_archive":
            raise
    else:
        assert all(isinstance(row, FailedRow | ThumbRow) for row in rows)
