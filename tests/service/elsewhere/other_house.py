"""Another house that is really served on loopback: an OpenSubsonic server beside which ours works."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apiflask import APIFlask

from service.accounts.app_passwords import issue_app_password
from service.egress.log import EgressLog, Errand
from service.elsewhere.client import OtherServer
from service.settings import load_settings
from service.store.database import open_database
from service.store.tables import Track
from tests.service.api.served import furnished_house, served
from tests.service.clients import parts_of
from tests.service.conftest import web_app_of
from tests.service.small_library import add_track


@dataclass(frozen=True)
class OtherHouse:
    """Where it answers, and ada's password there."""

    app: APIFlask
    url: str
    password: str

    def ask(self, method: str, *parameters: tuple[str, str]) -> dict[str, Any]:
        """As an app of ada's there asks."""
        log = EgressLog(parts_of(self.app).database)
        return OtherServer(log, Errand("a test"), self.url, "ada", self.password).ask(method, parameters)

    def add_song(self, title: str, artist: str, **columns: Any) -> str:
        """A song that it has besides; its id there."""
        with parts_of(self.app).database.session() as db_session:
            return add_track(db_session, title, artist, **columns).id

    def song(self, title: str) -> dict[str, Any]:
        """A song of this title."""
        found = self.ask("search3", ("query", title), ("songCount", "10"))["searchResult3"]["song"]
        return next(song for song in found if song["title"] == title)

    def remove_song(self, song_id: str) -> None:
        with parts_of(self.app).database.session() as db_session:
            db_session.delete(db_session.get_one(Track, song_id))


@contextmanager
def other_house(folder: Path) -> Iterator[OtherHouse]:
    """ada's library there: "piano 0" and "piano 1" by Artist 0, "metal 2" and "choir 3" by Artist 1, of 1.5 s each."""
    folder.mkdir()
    settings = load_settings(data_dir=folder / "data", threads=1)
    open_database(settings).close()
    with web_app_of(settings) as app:
        house = furnished_house(app, folder / "music")
        parts = parts_of(app)
        with parts.database.session() as db_session:
            issued = issue_app_password(
                db_session, parts.app_password_keys, house.ids["user_id"], "another house"
            )
        with served(app) as url:
            yield OtherHouse(app, url.removesuffix("/api/v1"), issued.secret)
