"""A small house to make lists in."""

from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from service.jobs import update_taste
from service.listening.listens import ListenEvent, record_listen
from service.listening.thumbs import set_thumb
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.radio.recommend import ListedTrack, recommend
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Track, User
from tests.service.small_library import add_composed, add_listener, add_sounding_tracks, publish

NOW = datetime(2026, 6, 10, 12, 34, tzinfo=UTC)


class House:
    """Two listeners, 30 tracks of each of three sounds; ada plays piano and some metal; each has composed tracks."""

    def __init__(self, database: Database, settings: Settings, rng: np.random.Generator) -> None:
        self.database, self.settings = database, settings
        self.ada, self.bob = add_listener(database, "ada"), add_listener(database, "bob")
        with database.session() as db_session:
            self.tracks = {
                sound: add_sounding_tracks(db_session, sound, 30, rng)
                for sound in ("piano", "metal", "choir")
            }
            self.adas = [add_composed(db_session, self.ada, f"for ada {n}", "piano", rng) for n in range(8)]
            self.bobs = [add_composed(db_session, self.bob, f"for bob {n}", "piano", rng) for n in range(8)]
        publish(database, settings)

    def listened(self) -> "House":
        with self.database.session() as db_session:
            for track in [*self.tracks["piano"][:12], *self.tracks["metal"][:6]]:
                self.play(db_session, track)
        run_inline(
            self.database,
            self.settings,
            update_taste,
            job_requests.update_taste(self.ada.id).payload,
            lambda *_: None,
        )
        return self

    def play(self, db_session: Session, track: Track, times: int = 1) -> None:
        start = NOW - timedelta(days=20)
        for index in range(times):
            record_listen(
                db_session,
                self.ada.id,
                ListenEvent(
                    start + timedelta(seconds=index),
                    track.title or "",
                    track.artist or "",
                    "t",
                    track_id=track.id,
                ),
            )

    def thumb(self, track_id: str, value: str) -> None:
        with self.database.session() as db_session:
            set_thumb(db_session, self.ada.id, track_id, value)

    def list(self, user: User | None = None, places: int = 20, now: datetime = NOW) -> list[ListedTrack]:
        return recommend(self.database, self.settings, user or self.ada, places, now)

    def ids_of_list(self, places: int = 20) -> set[str]:
        return {item.track_id for item in self.list(places=places)}

    def compose_another(self, sound: str, rng: np.random.Generator) -> Track:
        """A piece for ada that no index knows yet."""
        with self.database.session() as db_session:
            return add_composed(db_session, self.ada, "just composed", sound, rng)
