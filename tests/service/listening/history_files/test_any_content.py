"""Whatever a file holds: it is refused in a sentence, or its rows are counted. Nothing else may happen."""

import json
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.errors import InvalidRequest
from service.listening.history_files.formats import FORMATS, open_history_file
from service.listening.history_files.rows import ListenRow, ReadingOptions
from tests.service.listening.history_files.exported import spotify_row, workbook
from tests.service.listening.history_files.test_apple_music import PLAY as APPLE_PLAY
from tests.service.listening.history_files.test_apple_music import activity
from tests.service.listening.history_files.test_deezer import HEAD as DEEZER_HEAD
from tests.service.listening.history_files.test_others import LOG, scrobble
from tests.service.listening.history_files.test_youtube_music import BODY, CELL, PAGE, watched
from tests.service.small_library import listen_line

SOME = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["2023-11-14T22:16:40Z", "2023-11-14 22:16", "0001-01-01", "9999-12-31T23:59:59-23:59", "1e999"]
    )
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
CELLS = st.text(max_size=12) | st.sampled_from(
    ["1700000000", "-1", "1e999", "14 Nov 2023 22:13", "PLAY_END", '"', "\t", "\r"]
)


def all_counted(content: bytes | Path, known_as: str | None = None, name: str = "file") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = content if isinstance(content, Path) else Path(folder) / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        try:
            with open_history_file(path) as file:
                assert known_as is None or file.format.key == known_as
                rows = list(file.read(ReadingOptions()))
        except InvalidRequest:
            if known_as is not None:
                raise
            return
        for row in rows:
            if isinstance(row, ListenRow):
                event = row.event
                assert event.listened_at.tzinfo is UTC
                assert (
                    datetime(2002, 10, 1, tzinfo=UTC) <= event.listened_at < datetime(2100, 1, 2, tzinfo=UTC)
                )
                assert event.title
                "".join(filter(None, (event.title, event.artist, event.album))).encode("utf-8")
                assert "\x00" not in event.title + event.artist + (event.album or "")


def changed(row: dict[str, Any], changes: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    return {name: value for name, value in (row | changes).items() if name not in gone}


TEMPLATES: dict[str, tuple[dict[str, Any], Callable[[list[Any]], Any]]] = {
    "spotify_extended": (spotify_row(), lambda rows: rows),
    "spotify_account": (
        {"endTime": "2024-02-01 10:00", "artistName": "A", "trackName": "S", "msPlayed": 1},
        lambda rows: rows,
    ),
    "youtube_music": (watched(), lambda rows: rows),
    "maloja": (scrobble(), lambda rows: {"maloja": {}, "scrobbles": rows}),
    "lastfm_ghan": (
        {"name": "S", "artist": {"#text": "A"}, "album": {"#text": ""}, "date": {"uts": "1700000000"}},
        lambda rows: [{"track": rows}],
    ),
    "listenbrainz": (listen_line("S", "A", 1_700_000_000), lambda rows: rows),
}


@pytest.mark.parametrize("key", TEMPLATES)
@SOME
@given(data=st.data())
def test_rows_of_json_with_anything_in_them_are_counted(key: str, data: st.DataObject) -> None:
    row, around = TEMPLATES[key]
    names = st.sampled_from(sorted(row))
    changes = st.dictionaries(names, VALUE, max_size=3)
    others = data.draw(
        st.lists(st.builds(changed, st.just(row), changes, st.sets(names, max_size=2)), max_size=3)
    )
    rows = [row, *others, *data.draw(st.lists(VALUE, max_size=2))]
    text = json.dumps(around(rows))
    all_counted(text.encode("utf-8", "replace"), key)
    cut = data.draw(st.integers(0, len(text)))
    all_counted(text[:cut].encode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("start", "delimiter", "known_as"),
    [
        ("A,B,S,14 Nov 2023 22:13\n", ",", "lastfm_to_csv"),
        ("uts,artist,track,album\n", ",", "lastfm_ghan"),
        ("ISO time\tunixtime\ttrack name\tartist name\n", "\t", "lastfm_archive"),
        (activity(APPLE_PLAY), ",", "apple_music"),
        (LOG.format(zone="UTC"), "\t", "scrobbler_log"),
    ],
)
@SOME
@given(table=st.lists(st.lists(CELLS, max_size=14), max_size=6), tail=st.binary(max_size=60))
def test_tables_with_anything_in_them_are_counted(
    start: str, delimiter: str, known_as: str, table: list[list[str]], tail: bytes
) -> None:
    text = start + "\n".join(delimiter.join(cells) for cells in table)
    all_counted(text.encode("utf-8", "replace") + tail, known_as)


@SOME
@given(
    body=st.text(max_size=80) | st.just(BODY),
    when=st.text(max_size=40),
    tail=st.text(alphabet='<>/!-="ab[]?', max_size=60),
)
def test_pages_with_anything_in_them_are_counted(body: str, when: str, tail: str) -> None:
    page = PAGE.format(CELL.format(header="YouTube Music", body=body, when=when)) + tail
    all_counted(page.encode("utf-8", "replace"), "youtube_music")


@settings(SOME, max_examples=15)
@given(
    table=st.lists(
        st.lists(
            st.none()
            | st.booleans()
            | st.integers(-(10**9), 10**9)
            | st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=9)
            | st.datetimes(datetime(1901, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001  # a cell has no zone
            max_size=10,
        ),
        max_size=5,
    )
)
def test_workbooks_with_anything_in_them_are_counted(table: list[list[Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        all_counted(
            workbook(Path(folder) / "d.xlsx", {"10_listeningHistory": [DEEZER_HEAD, *table]}), "deezer"
        )


@SOME
@given(data=st.data())
def test_archives_with_anything_changed_in_them_are_refused_or_counted(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("a.json", json.dumps([spotify_row()] * 20))
            made.writestr("b.json", json.dumps([spotify_row(ms_played=1)] * 20))
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        all_counted(bytes(content[: data.draw(st.integers(0, len(content)))]))
        all_counted(bytes(content))


@SOME
@given(content=st.binary(max_size=300))
def test_any_bytes_are_refused_or_counted(content: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"[", b"#AUDIOSCROBBLER/1.1\n"):
        all_counted(start + content)


def test_no_format_was_left_out() -> None:
    tried = {*TEMPLATES, "lastfm_to_csv", "lastfm_archive", "apple_music", "scrobbler_log", "deezer"}
    assert tried == {each.key for each in FORMATS}
