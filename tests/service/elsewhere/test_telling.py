from datetime import UTC, datetime, timedelta

import pytest

from service.elsewhere.paths import PathMatcher
from service.elsewhere.songs import RemoteSong, UnreadableSong
from service.elsewhere.telling import Telling, Told
from service.listening.import_batches import Batch
from service.listening.known_plays import KnownPlays
from service.listening.listens import ListenEvent, record_listen
from service.listening.matching import LibraryMatcher
from service.store.database import Database
from service.store.tables import LibraryFolder
from tests.service.small_library import add_listener, add_track

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MBID = "c1f7a3a2-0000-4000-8000-00000000000a"


def song(**changed: object) -> RemoteSong:
    plain = {
        "id": "there",
        "title": "Song",
        "artist": "Artist",
        "album": None,
        "track_seconds": 200.0,
        "isrc": None,
        "recording_mbid": None,
        "path": None,
        "plays": 0,
        "played_at": None,
        "starred_at": None,
        "rating": 0,
    }
    return RemoteSong(**(plain | changed))  # type: ignore[arg-type]  # as the table above has them


class House:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.user_id = add_listener(database).id

    def track(self, title: str | None, artist: str | None = "Artist", **columns: object) -> str:
        with self._database.session() as db_session:
            return add_track(db_session, title, artist, **columns).id

    def telling(self) -> Telling:
        with self._database.session(read_only=True) as db_session:
            return Telling(
                LibraryMatcher(db_session, self.user_id),
                PathMatcher(db_session, self.user_id),
                KnownPlays(db_session, self.user_id),
                NOW,
            )


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def batch_of(telling: Telling, *songs: RemoteSong | UnreadableSong) -> Batch:
    (told,) = telling.batches(songs)
    assert isinstance(told, Told)
    return told.batch


def test_a_song_is_found_by_a_code_then_by_its_names_and_length_then_by_its_path(house: House) -> None:
    by_code = house.track("Another spelling", "Somebody", recording_mbid=MBID)
    by_names = house.track("Song")
    by_path = house.track(None, None, path=b"/music/Artist/untitled.flac", duration_seconds=31.0)
    telling = house.telling()
    batch_of(
        telling,
        song(id="1", title="Whatever", recording_mbid=MBID.upper()),
        song(id="2"),
        song(id="3", title="Other", path="Artist/untitled.flac", track_seconds=30.0),
        song(id="4", title="Other", path="Artist/untitled.flac", track_seconds=90.0),
        song(id="5", title="Nowhere"),
    )
    assert telling.song_of == {by_code: "1", by_names: "2", by_path: "3"}
    assert (telling.songs, telling.matched) == (5, 3)


def test_of_two_songs_that_are_one_track_the_surer_one_is_it(house: House) -> None:
    track_id = house.track("Song", recording_mbid=MBID)
    telling = house.telling()
    batch_of(telling, song(id="names"), song(id="code", recording_mbid=MBID), song(id="names again"))
    assert telling.song_of == {track_id: "code"}


def test_a_path_that_two_files_have_names_neither(house: House) -> None:
    for folder in ("a", "b"):
        house.track(None, None, path=f"/music/{folder}/CD1/01.flac".encode())
    telling = house.telling()
    batch_of(telling, song(title="Other", path="CD1/01.flac"))
    assert telling.song_of == {}


def test_a_file_that_lies_in_no_folder_is_known_by_its_name_alone(house: House, database: Database) -> None:
    with database.session() as db_session:
        db_session.add(LibraryFolder(path=b"/music"))
    outside = house.track(None, None, path=b"/music/untitled.flac")
    house.track(None, None, path=b"/music/Artist/01.flac")
    telling = house.telling()
    batch_of(
        telling,
        song(id="1", title="untitled", path="untitled.flac"),
        song(id="2", title="Other", path="01.flac"),
    )
    assert telling.song_of == {outside: "1"}


def test_a_piece_that_was_put_there_is_known_by_its_files_name(house: House) -> None:
    piece = house.track("Slow Harbour", "ada's studio", origin="composed", owner_id=house.user_id)
    telling = house.telling()
    batch_of(
        telling,
        song(id="1", title="?", path=f"ada's studio/Slow Harbour [{piece}].flac", track_seconds=None),
        song(id="2", title="Nobody's", path=f"bob's studio/Nobody's [{'0' * 26}].flac"),
    )
    assert telling.song_of == {piece: "1"}


def test_a_star_that_seems_still_to_come_is_of_now(house: House) -> None:
    house.track("Song")
    batch = batch_of(house.telling(), song(starred_at=NOW + timedelta(hours=9)))
    assert [row.created_at for row, _ in batch.thumbs] == [NOW]


def test_each_statement_is_a_row_and_the_report_adds_up(house: House) -> None:
    house.track("Song")
    telling = house.telling()
    batch = batch_of(
        telling,
        song(plays=3, played_at=NOW, rating=5),
        song(plays=3, played_at=NOW),
        song(plays=2),
        song(title="Unknown", rating=1),
        song(played_at=NOW + timedelta(days=1)),
        UnreadableSong(6, "no title"),
        song(),
    )
    assert (batch.report.rows, len(batch.listens), len(batch.thumbs)) == (7, 1, 1)
    assert (batch.report.duplicate, batch.report.failed) == (1, 1)
    assert batch.report.failures == ["song line 6: no title"]
    assert telling.played == 3
    assert batch.report.skipped == {
        "count_without_times": 1,
        "thumb_on_unknown_track": 1,
        "in_the_future": 1,
    }


def test_a_play_that_a_scrobbler_told_of_is_not_told_twice(house: House, database: Database) -> None:
    house.track("Song")
    with database.session() as db_session:
        began = NOW - timedelta(seconds=20)
        record_listen(db_session, house.user_id, ListenEvent(began, "Song", "Artist", "listenbrainz"))
    batch = batch_of(house.telling(), song(plays=1, played_at=NOW))
    assert (batch.listens, batch.report.duplicate) == ([], 1)
