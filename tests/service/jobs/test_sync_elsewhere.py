import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mutagen.flac import FLAC
from sqlalchemy import select

from service.accounts.app_password_keys import load_app_password_keys
from service.compositions.own_pieces import rename_composition
from service.egress.log import list_requests
from service.elsewhere.accounts import connect, disconnect, find_account
from service.elsewhere.server import name_server
from service.errors import Conflict, HomespunError, InvalidRequest, NotPrepared
from service.jobs import elsewhere_rounds, sync_elsewhere
from service.listening.history import history
from service.listening.imports import list_imports, undo_import
from service.listening.thumbs import set_thumb, thumbs_in_force
from service.operations.job_queue import run_inline
from service.operations.job_requests import sync_elsewhere as sync_request
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Composition, ElsewhereAccount, LibraryFolder, Listen, Track, User
from tests.service.compositions.held_pieces import SECONDS, keep_piece
from tests.service.elsewhere.other_house import OtherHouse, other_house
from tests.service.small_library import add_listener, add_track

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
PIECE = "Slow Harbour"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherHouse]:
    """ada played "piano 0" three times, likes it, and cannot bear "metal 2"."""
    with other_house(tmp_path_factory.mktemp("there") / "house") as house:
        piano, metal = house.song("piano 0")["id"], house.song("metal 2")["id"]
        for day in range(3):
            when = int((NOON - timedelta(days=day)).timestamp() * 1000)
            house.ask("scrobble", ("id", piano), ("time", str(when)))
        house.ask("star", ("id", piano))
        house.ask("setRating", ("id", metal), ("rating", "1"))
        house.add_song(PIECE, "ada's studio", duration_seconds=SECONDS)
        yield house


class Ours:
    """Our house, where ada has the same songs but for "choir 3"."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.ada: User = add_listener(database)
        self.titles: dict[str, str] = {}
        with database.session() as db_session:
            for title, artist in (("piano 0", "Artist 0"), ("piano 1", "Artist 0"), ("metal 2", "Artist 1")):
                track = add_track(db_session, title, artist, duration_seconds=1.6)
                self.titles[track.id] = title

    def connect(self, there: OtherHouse, folder: Path | None = None, **changed: Any) -> None:
        keys = load_app_password_keys(self.settings)
        told = {"name": "ada", "password": there.password} | changed
        with self.database.session() as db_session:
            name_server(db_session, there.url, None if folder is None else str(folder))
            connect(db_session, keys, self.ada.id, **told)

    def sync(self) -> dict[str, Any]:
        payload = sync_request(self.ada.id).payload
        return run_inline(self.database, self.settings, sync_elsewhere, payload, lambda *_: None)

    def thumbs(self) -> dict[str, str]:
        with self.database.session(read_only=True) as db_session:
            found = thumbs_in_force(db_session, self.ada.id)
        return {self.titles[track_id]: value for track_id, value in found.items()}

    def listens(self) -> list[tuple[str, datetime, str | None, str]]:
        with self.database.session(read_only=True) as db_session:
            rows = db_session.scalars(select(Listen).where(Listen.user_id == self.ada.id))
            return [(row.title, row.listened_at, row.track_id, row.source) for row in rows]

    def account(self) -> ElsewhereAccount:
        with self.database.session(read_only=True) as db_session:
            found = find_account(db_session, self.ada.id)
        assert found is not None
        return found

    def paths_sent(self) -> list[str]:
        with self.database.session(read_only=True) as db_session:
            return [row.path for row in reversed(list_requests(db_session, limit=1_000))]


@pytest.fixture
def ours(database: Database, store_settings: Settings) -> Ours:
    return Ours(database, store_settings)


def test_nothing_leaves_the_house_before_a_server_is_named_and_an_account_given(ours: Ours) -> None:
    with pytest.raises(Conflict) as off:
        ours.sync()
    assert off.value.code == "elsewhere_is_off"
    with ours.database.session() as db_session:
        name_server(db_session, "http://127.0.0.1:9")
    with pytest.raises(Conflict) as nobody:
        ours.sync()
    assert nobody.value.code == "elsewhere_not_connected"
    assert run_inline(ours.database, ours.settings, elsewhere_rounds, {}, lambda *_: None) == {"user_ids": []}
    assert ours.paths_sent() == []


def test_plays_stars_and_ratings_there_are_listens_and_thumbs_here_once(
    ours: Ours, there: OtherHouse
) -> None:
    ours.connect(there)
    report = ours.sync()
    # The four songs, what was composed there, and the song of our piece's name.
    assert (report["songs"], report["matched_songs"]) == (6, 3)
    assert (report["listens"], report["thumbs"], report["failed"]) == (1, 2, 0)
    by_title = {title: track_id for track_id, title in ours.titles.items()}
    assert ours.listens() == [("piano 0", NOON, by_title["piano 0"], "elsewhere")]
    assert ours.thumbs() == {"piano 0": "up", "metal 2": "down"}
    assert set(ours.paths_sent()) == {"/rest/ping", "/rest/search3"}

    again = ours.sync()
    assert (again["imported"], again["duplicate"], again["import_id"]) == (0, 3, None)
    assert len(ours.listens()) == 1
    assert ours.account().report == again
    with ours.database.session(read_only=True) as db_session:
        assert len(list_imports(db_session, ours.ada.id)) == 1


def test_plays_that_were_only_counted_count_without_becoming_listens(ours: Ours, there: OtherHouse) -> None:
    ours.connect(there)
    ours.sync()
    with ours.database.session(read_only=True) as db_session:
        heard = history(db_session, ours.ada.id)
    assert heard.listened_at.tolist() == [int(NOON.timestamp())] * 3
    assert [ours.titles[heard.track_ids[index]] for index in heard.track] == ["piano 0"] * 3
    with ours.database.session() as db_session:
        disconnect(db_session, ours.ada.id)
        assert len(history(db_session, ours.ada.id)) == 1


def test_what_came_in_is_undone_as_a_whole(ours: Ours, there: OtherHouse) -> None:
    ours.connect(there)
    import_id = ours.sync()["import_id"]
    with ours.database.session() as db_session:
        undo_import(db_session, ours.ada.id, import_id)
    assert (ours.listens(), ours.thumbs()) == ([], {})
    ours.sync()
    assert len(ours.listens()) == 1
    with ours.database.session() as db_session:
        disconnect(db_session, ours.ada.id, undo=True)
    assert (ours.listens(), ours.thumbs()) == ([], {})


def test_a_thumb_that_was_taken_back_here_stays_so(ours: Ours, there: OtherHouse) -> None:
    ours.connect(there)
    ours.sync()
    by_title = {title: track_id for track_id, title in ours.titles.items()}
    with ours.database.session() as db_session:
        set_thumb(db_session, ours.ada.id, by_title["piano 0"], "clear")
    ours.sync()
    assert ours.thumbs() == {"metal 2": "down"}


def test_a_playlist_is_written_there_and_replaced_in_place(ours: Ours, there: OtherHouse) -> None:
    keep_piece(ours.database, ours.settings, ours.ada.id, title=PIECE, listed=True)
    ours.connect(there)
    before = {playlist["id"] for playlist in there.ask("getPlaylists")["playlists"]["playlist"]}
    assert ours.sync()["playlists"] == 1

    def written() -> list[dict[str, Any]]:
        found = there.ask("getPlaylists")["playlists"]["playlist"]
        return [playlist for playlist in found if playlist["id"] not in before]

    (first,) = written()
    assert (first["name"], first["songCount"]) == ("New for you", 1)
    assert first["comment"] == "Composed for you, the newest first. Made by Homespun."
    entries = there.ask("getPlaylist", ("id", first["id"]))["playlist"]["entry"]
    assert [entry["title"] for entry in entries] == [PIECE]

    ours.sync()
    assert [playlist["id"] for playlist in written()] == [first["id"]]
    there.ask("deletePlaylist", ("id", first["id"]))
    ours.sync()
    (second,) = written()
    assert second["id"] != first["id"]

    with ours.database.session() as db_session:
        piece = db_session.scalars(select(Track).where(Track.origin == "composed")).one()
        set_thumb(db_session, ours.ada.id, piece.id, "down")
    ours.sync()
    assert written() == []


def test_pieces_are_put_into_the_folder_with_their_names_and_taken_away_again(
    ours: Ours, there: OtherHouse, tmp_path: Path
) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    keep_piece(ours.database, ours.settings, ours.ada.id, title=PIECE, listed=True)
    ours.connect(there, folder)
    assert ours.sync()["pieces_put"] == 0
    assert list(folder.iterdir()) == []

    ours.connect(there, folder, with_pieces=True)
    (folder / "ada's studio").mkdir()
    theirs = folder / "ada's studio" / "notes.txt"
    theirs.write_text("not ours")
    assert ours.sync()["pieces_put"] == 1
    with ours.database.session() as db_session:
        piece = db_session.scalars(select(Composition)).one()
        name = f"{PIECE} [{piece.track_id}].flac"
        kept = ours.settings.media_dir / piece.media_paths["flac"]
        assert (folder / "ada's studio" / name).read_bytes() != b""
        assert FLAC(folder / "ada's studio" / name).info.length == pytest.approx(SECONDS)
        rename_composition(db_session, ours.ada.id, piece.id, "Tea: at/five")
    report = ours.sync()
    assert (report["pieces_put"], report["pieces_removed"]) == (1, 1)
    renamed = folder / "ada's studio" / f"Tea_ at_five [{piece.track_id}].flac"
    assert FLAC(renamed)["title"] == ["Tea: at/five"]
    assert FLAC(io.BytesIO(kept.read_bytes())).get("title") is None
    assert renamed.stat().st_mode & 0o777 == 0o644

    ours.connect(there, folder)
    assert ours.sync()["pieces_removed"] == 1
    assert list((folder / "ada's studio").iterdir()) == [theirs]


def test_a_folder_that_is_scanned_here_or_is_gone_is_refused(
    ours: Ours, there: OtherHouse, tmp_path: Path
) -> None:
    folder = tmp_path / "music" / "watched"
    folder.mkdir(parents=True)
    ours.connect(there, folder)
    with ours.database.session() as db_session:
        db_session.add(LibraryFolder(path=str(tmp_path / "music").encode()))
    with pytest.raises(InvalidRequest) as scanned:
        ours.sync()
    assert scanned.value.code == "folder_in_library"
    with ours.database.session() as db_session:
        db_session.delete(db_session.scalars(select(LibraryFolder)).one())
    folder.rmdir()
    with pytest.raises(NotPrepared) as gone:
        ours.sync()
    assert gone.value.code == "elsewhere_folder_missing"
    assert ours.paths_sent() == []


def test_a_password_that_is_not_taken_is_noted_and_not_tried_again_by_itself(
    ours: Ours, there: OtherHouse
) -> None:
    ours.connect(there, password="not the right one")
    with pytest.raises(InvalidRequest) as refused:
        ours.sync()
    assert refused.value.code == "elsewhere_refused"
    assert ours.account().refused_at is not None
    rounds = run_inline(ours.database, ours.settings, elsewhere_rounds, {}, lambda *_: None)
    assert rounds == {"user_ids": []}
    ours.connect(there)
    rounds = run_inline(ours.database, ours.settings, elsewhere_rounds, {}, lambda *_: None)
    assert rounds == {"user_ids": [ours.ada.id]}
    assert [each.payload for each in elsewhere_rounds.follow_ups(rounds, {})] == [{"user_id": ours.ada.id}]


def test_a_password_is_kept_encrypted_and_lost_with_the_key(ours: Ours, there: OtherHouse) -> None:
    ours.connect(there)
    assert there.password.encode() not in ours.account().password_encrypted
    (ours.settings.data_dir / "app-password-key").unlink()
    with pytest.raises(HomespunError) as lost:
        ours.sync()
    assert lost.value.code == "elsewhere_password_lost"
    assert ours.paths_sent() == []


def test_another_server_is_sent_no_password_of_the_one_before(ours: Ours, there: OtherHouse) -> None:
    ours.connect(there)
    with ours.database.session() as db_session:
        name_server(db_session, f"{there.url}/rest/")
        assert find_account(db_session, ours.ada.id) is not None
        name_server(db_session, "http://127.0.0.1:9")
        assert find_account(db_session, ours.ada.id) is None
