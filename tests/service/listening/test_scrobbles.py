from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from service.listening.heard import bounds_of_heard, count_heard, heard_between, heard_most
from service.listening.heard_now import heard_now, import_mark, mark_import, tell_heard_now
from service.listening.listens import ListenEvent, record_listen
from service.listening.matching import match_unmatched
from service.listening.scrobbles import (
    Scrobble,
    delete_listens,
    id_of_msid,
    msid_of,
    record_scrobbles,
)
from service.listening.thumbs import set_thumb, thumbs_in_force
from service.listening.unmatched_thumbs import (
    Recording,
    match_thumbs,
    set_thumb_on,
    take_thumb_back,
    unmatched_thumbs,
)
from service.store.database import Database
from service.store.ids import new_id
from service.store.tables import Job, Listen, User
from service.store.tables.base import utc_now
from tests.service.small_library import add_listener, add_track

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def heard(title: str, minute: int = 0, **more: object) -> ListenEvent:
    facts = {"artist": "Artist", "source": "test"} | more
    return ListenEvent(NOON + timedelta(minutes=minute), title, **facts)  # type: ignore[arg-type]  # facts of several types


def test_scrobbles_are_kept_once_however_often_and_by_whom_they_are_told(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        song = add_track(db_session, "Song", "Artist", duration_seconds=200.0)
        record_listen(db_session, ada.id, heard("Known", 5))
        batch = [
            Scrobble(heard("Song", track_seconds=201.0)),
            Scrobble(heard("SONG")),
            Scrobble(heard("Known", 5)),
            Scrobble(heard("Song", 9, track_seconds=90.0)),
        ]
        assert record_scrobbles(db_session, ada.id, batch) == 2
        assert record_scrobbles(db_session, ada.id, batch) == 0
        assert record_scrobbles(db_session, ada.id, []) == 0
        kept = db_session.scalars(select(Listen).order_by(Listen.listened_at)).all()
        assert [(row.title, row.track_id) for row in kept] == [
            ("Song", song.id),
            ("Known", None),
            ("Song", None),
        ]
        assert db_session.scalar(select(User.list_revision)) == 2
        assert [job.kind for job in db_session.scalars(select(Job))] == ["update_taste"]


def test_many_scrobbles_are_kept_in_one_go(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        many = [Scrobble(heard(f"Song {minute}", minute)) for minute in range(700)]
        assert record_scrobbles(db_session, ada.id, many) == 700
        assert record_scrobbles(db_session, ada.id, many) == 0


def test_a_thumb_that_is_told_again_with_its_listen_does_not_come_back(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        song = add_track(db_session, "Song", "Artist")
        loved = [Scrobble(heard("Song"), "up"), Scrobble(heard("Elsewhere", 1), "down")]
        record_scrobbles(db_session, ada.id, loved)
        assert thumbs_in_force(db_session, ada.id) == {song.id: "up"}
        set_thumb(db_session, ada.id, song.id, "clear")
        record_scrobbles(db_session, ada.id, loved)
        assert thumbs_in_force(db_session, ada.id) == {}
        assert [(row.title, row.value) for row in unmatched_thumbs(db_session, ada.id)] == [
            ("Elsewhere", "down")
        ]


def test_a_thumb_waits_for_its_track_and_what_is_said_of_the_track_itself_stands(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        for title in ("Later", "Said since", "Never", "Taken back"):
            assert set_thumb_on(db_session, ada.id, Recording(title, "Artist"), "up", context="test") is None
        set_thumb_on(db_session, ada.id, Recording("never", "The Artist"), "down", context="test")
        take_thumb_back(db_session, ada.id, Recording("Never", "Artist"), "up", context="test")
        take_thumb_back(db_session, ada.id, Recording("Taken back", "Artist"), "up", context="test")
        waiting = unmatched_thumbs(db_session, ada.id)
        assert {(row.title, row.value) for row in waiting} == {
            ("Later", "up"),
            ("Said since", "up"),
            ("Never", "down"),
        }
        later, since = (add_track(db_session, title, "Artist") for title in ("Later", "Said since"))
        set_thumb(db_session, ada.id, since.id, "down")
        assert match_thumbs(db_session, ada.id) == 2
        assert thumbs_in_force(db_session, ada.id) == {later.id: "up", since.id: "down"}
        assert [row.title for row in unmatched_thumbs(db_session, ada.id)] == ["Never"]
        assert match_thumbs(db_session, ada.id) == 0


def test_a_thumb_on_the_track_ends_the_waiting_of_one_by_its_names(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        set_thumb_on(db_session, ada.id, Recording("Song", "Artist"), "up", context="test")
        song = add_track(db_session, "Song", "Artist")
        assert (
            set_thumb_on(db_session, ada.id, Recording("Song", "Artist"), "down", context="test") == song.id
        )
        assert match_thumbs(db_session, ada.id) == 0
        assert thumbs_in_force(db_session, ada.id) == {song.id: "down"}


def test_a_listen_goes_by_an_msid_before_and_after_its_track_is_there(database: Database) -> None:
    ada, ben = add_listener(database), add_listener(database, "ben")
    assert id_of_msid(msid_of(row_id := new_id())) == row_id
    with database.session() as db_session:
        record_scrobbles(db_session, ada.id, [Scrobble(heard("Song")), Scrobble(heard("Other"))])
        row = db_session.scalars(select(Listen).where(Listen.title == "Song")).one()
        song = add_track(db_session, "Song", "Artist")
        match_unmatched(db_session, ada.id)
        for msid in (msid_of(row.id), msid_of(song.id)):
            assert delete_listens(db_session, ben.id, NOON, msid) == 0
            assert delete_listens(db_session, ada.id, NOON + timedelta(seconds=1), msid) == 0
        assert delete_listens(db_session, ada.id, NOON, msid_of(song.id).replace("-", "")) == 1
        assert db_session.scalars(select(Listen.title)).all() == ["Other"]


def test_skips_are_no_listens_and_names_that_differ_in_spelling_count_as_one(database: Database) -> None:
    ada, ben = add_listener(database), add_listener(database, "ben")
    with database.session() as db_session:
        told = [
            heard("Song", 0, album="Album"),
            heard("Song", 1, artist="The Artist", album="album"),
            heard("song", 2, artist="artist"),
            heard("Other", 3, artist="Else"),
            heard("Skipped", 4, skipped=True),
        ]
        record_scrobbles(db_session, ada.id, [Scrobble(event) for event in told])
        record_scrobbles(db_session, ben.id, [Scrobble(heard("Ben's"))])
        assert count_heard(db_session, ada.id) == 4
        assert count_heard(db_session, ada.id, after=NOON) == 3
        latest = heard_between(db_session, ada.id, limit=2, offset=1)
        assert [row.title for row in latest] == ["song", "Song"]
        assert bounds_of_heard(db_session, ada.id) == (NOON, NOON + timedelta(minutes=3))
        tracks = heard_most(db_session, ada.id, "track")
        assert [(each.name.casefold(), each.times) for each in tracks] == [("song", 3), ("other", 1)]
        artists = heard_most(db_session, ada.id, "artist")
        assert [(each.name.removeprefix("The ").casefold(), each.times) for each in artists] == [
            ("artist", 3),
            ("else", 1),
        ]
        assert [each.times for each in heard_most(db_session, ada.id, "album")] == [2]
        assert heard_most(db_session, ada.id, "artist", after=NOON + timedelta(hours=1)) == []


def test_what_is_heard_now_is_over_when_it_has_come_to_its_end(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        now = utc_now()
        tell_heard_now(db_session, ada.id, ListenEvent(now, "Song", "Artist", "test"))
        playing = heard_now(db_session, ada.id)
        assert playing is not None
        assert playing.title == "Song"
        long_ago = ListenEvent(now - timedelta(minutes=5), "Short", "Artist", "test", track_seconds=200.0)
        tell_heard_now(db_session, ada.id, long_ago)
        assert heard_now(db_session, ada.id) is None


def test_an_import_s_mark_is_each_listener_s_and_service_s_own(database: Database) -> None:
    ada, ben = add_listener(database), add_listener(database, "ben")
    with database.session() as db_session:
        mark_import(db_session, ada.id, "lastfm", NOON)
        mark_import(db_session, ada.id, "lastfm", NOON - timedelta(days=1))
        assert import_mark(db_session, ada.id, "lastfm") == NOON - timedelta(days=1)
        assert import_mark(db_session, ada.id, "librefm") is None
        assert import_mark(db_session, ben.id, "lastfm") is None
