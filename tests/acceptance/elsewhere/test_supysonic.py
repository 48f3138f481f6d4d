"""A house beside Supysonic, which knows nothing of us: both have the same music, and one folder is for our pieces."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mutagen.flac import FLAC

from service.accounts.app_password_keys import load_app_password_keys
from service.elsewhere.accounts import connect, find_account
from service.elsewhere.server import name_server
from service.errors import InvalidRequest
from service.jobs import sync_elsewhere
from service.listening.thumbs import thumbs_in_force
from service.operations.job_queue import run_inline
from service.operations.job_requests import sync_elsewhere as sync_request
from service.settings import Settings, load_settings
from service.store.database import Database, open_database
from service.store.tables import Track
from tests.acceptance.elsewhere.supysonic import NAME, PASSWORD, Supysonic, supysonic_running
from tests.service.api.served import furnished_house
from tests.service.clients import parts_of
from tests.service.conftest import web_app_of

# Another server is started, and scans.
pytestmark = pytest.mark.slow
PIECE = "Listed ada"


@dataclass(frozen=True)
class HouseBeside:
    """Our house, ada's id in it, and the folder where her pieces are put."""

    database: Database
    settings: Settings
    user_id: str
    pieces: Path
    there: Supysonic

    def connect(self, password: str = PASSWORD, *, sends_password: bool = True) -> None:
        keys = load_app_password_keys(self.settings)
        with self.database.session() as db_session:
            name_server(db_session, self.there.url, str(self.pieces))
            connect(
                db_session,
                keys,
                self.user_id,
                NAME,
                password,
                with_pieces=True,
                sends_password=sends_password,
            )

    def sync(self) -> dict[str, Any]:
        payload = sync_request(self.user_id).payload
        return run_inline(self.database, self.settings, sync_elsewhere, payload, lambda *_: None)

    def thumbs(self) -> dict[str, str]:
        with self.database.session(read_only=True) as db_session:
            found = thumbs_in_force(db_session, self.user_id)
            return {
                str(db_session.get_one(Track, track_id).title): value for track_id, value in found.items()
            }


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], None]) -> Iterator[HouseBeside]:
    require("supysonic")
    folder = tmp_path_factory.mktemp("beside")
    music, pieces = folder / "music", folder / "pieces"
    pieces.mkdir()
    settings = load_settings(data_dir=folder / "data", threads=1)
    open_database(settings).close()
    with web_app_of(settings) as app:
        house = furnished_house(app, music)
        # The last has no tags: it is known by where it lies.
        for number, sound in enumerate(("piano", "piano", "metal")):
            tags = FLAC(music / f"{number}.flac")
            tags.update({"title": f"{sound} {number}", "artist": f"Artist {number // 2}"})
            tags.save()
        with supysonic_running(folder / "supysonic", music, pieces) as there:
            yield HouseBeside(
                parts_of(app).database, parts_of(app).settings, house.ids["user_id"], pieces, there
            )


def playlists_there(app: Any) -> dict[str, Any]:
    return {each["name"]: each for each in app.getPlaylists()["playlists"].get("playlist", [])}


def titles_there(app: Any, playlist: dict[str, Any]) -> list[str]:
    return [entry["title"] for entry in app.getPlaylist(playlist["id"])["playlist"].get("entry", [])]


def test_a_server_that_takes_no_token_is_sent_the_password_only_where_that_was_agreed(
    beside: HouseBeside,
) -> None:
    beside.connect(sends_password=False)
    with pytest.raises(InvalidRequest) as unsupported:
        beside.sync()
    assert unsupported.value.code == "elsewhere_sign_in_unsupported"
    beside.connect("another")
    with pytest.raises(InvalidRequest) as refused:
        beside.sync()
    assert refused.value.code == "elsewhere_refused"
    with beside.database.session(read_only=True) as db_session:
        account = find_account(db_session, beside.user_id)
    assert account is not None
    assert account.refused_at is not None


def test_songs_stars_and_ratings_are_read_and_playlists_and_pieces_are_there(beside: HouseBeside) -> None:
    app = beside.there.app
    songs = {song["title"]: song["id"] for song in app.search3("", songCount=50)["searchResult3"]["song"]}
    app.star(sids=[songs["piano 0"]])
    app.setRating(songs["metal 2"], 1)
    app.createPlaylist(name="New for you", songIds=[songs["piano 1"]])
    theirs = playlists_there(app)["New for you"]

    beside.connect()
    first = beside.sync()
    assert (first["songs"], first["matched_songs"], first["played_songs"]) == (4, 4, 0)
    assert (first["thumbs"], first["listens"], first["failed"]) == (2, 0, 0)
    assert first["pieces_put"] == 1
    assert beside.thumbs() == {"piano 0": "up", "metal 2": "down"}
    mix = playlists_there(app)["Daily mix"]
    assert "Made by Homespun." in mix["comment"]
    assert set(titles_there(app, mix)) == songs.keys()

    beside.there.scan()
    second = beside.sync()
    assert (second["songs"], second["matched_songs"], second["imported"]) == (5, 5, 0)
    new = [each for each in app.getPlaylists()["playlists"]["playlist"] if each["name"] == "New for you"]
    ours = next(each for each in new if each["id"] != theirs["id"])
    assert titles_there(app, ours) == [PIECE]
    assert titles_there(app, theirs) == ["piano 1"]
    assert playlists_there(app)["Daily mix"]["id"] == mix["id"]
    # What was turned down there is in no list that was made since.
    assert set(titles_there(app, mix)) == {*songs.keys(), PIECE} - {"metal 2"}

    app.deletePlaylist(mix["id"])
    beside.sync()
    again = playlists_there(app)["Daily mix"]
    assert again["id"] != mix["id"]
    assert titles_there(app, again)
