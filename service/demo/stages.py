"""The demo's stages: what is still to be done, as ordinary jobs, in the order in which a visitor wants them."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.demo import invent_histories, lay_out_music, missing
from service.demo.folder import COMPOSED_SECONDS, music_folder, scores_folder
from service.demo.listeners import LISTENERS
from service.operations import job_requests
from service.operations.job_requests import SOON, JobRequest
from service.settings import Settings
from service.store.database import Database
from service.store.tables import User

SEED = 1

FIRST_TRACKS = 10
"""How much of what the first listener plays most is listened to before their first piece is composed."""


@dataclass(frozen=True)
class Stage:
    """Jobs that need not wait for each other; the next stage is asked for when all of them are over.

    `are_long`: each would pay for a process of its own.
    """

    name: str
    doing: str
    requests: Sequence[JobRequest]
    are_long: bool = False


def remaining_stages(database: Database, settings: Settings, now: datetime) -> Iterator[Stage]:
    """What no former run has done; each stage is worked out when those before it are over.

    First of all one piece for one listener, which is what a visitor came to hear. The listeners' accounts are there
    already; their histories end before `now`.
    """
    plan = _Plan(database, settings, now)
    yield from plan.first_piece()
    yield from plan.all_else()


class _Plan:
    def __init__(self, database: Database, settings: Settings, now: datetime) -> None:
        self._database, self._settings, self._now = database, settings, now
        with self._reading() as db_session:
            found = db_session.scalars(select(User).where(User.name.in_([each.name for each in LISTENERS])))
            by_name = {user.name: user for user in found}
        self._users = [by_name[listener.name] for listener in LISTENERS]

    def first_piece(self) -> Iterator[Stage]:
        first = self._users[0]
        if lay_out_music.missing_tracks(self._settings):
            yield Stage("music", "Laying out the music", [lay_out_music.request()])
        if self._has_unscanned_files():
            yield self._scan()
        with self._reading() as db_session:
            has_history = missing.has_history(db_session, self._users)
        if not has_history:
            yield self._histories()
        with self._reading() as db_session:
            if missing.has_taste(db_session, first):
                return
            most_played = missing.most_played_unheard(db_session, first, FIRST_TRACKS)
        if most_played:
            doing = f"Listening to what {first.name} plays most"
            yield Stage("embed", doing, [job_requests.embed_tracks(most_played)])
        yield from self._find_tastes([first])
        yield from self._compose([first], at_most=1)
        yield from self._hear_composed()
        yield self._index()

    def all_else(self) -> Iterator[Stage]:
        yield from self._render_scores()
        if self._has_unscanned_files():
            yield self._scan()
            # Once more, for the thumbs on these tracks.
            yield self._histories()
        yield from self._hear_new()
        yield from self._find_tastes(self._users)
        yield from self._compose(self._users)
        yield from self._hear_composed()
        yield self._index()

    def _has_unscanned_files(self) -> bool:
        with self._reading() as db_session:
            return missing.has_unscanned_files(db_session, self._settings)

    def _scan(self) -> Stage:
        return Stage("scan", "Scanning", [job_requests.scan_library(music_folder(self._settings))])

    def _histories(self) -> Stage:
        return Stage(
            "histories", "Reading in what the listeners heard", [invent_histories.request(self._now)]
        )

    def _render_scores(self) -> Iterator[Stage]:
        folder, unrendered = scores_folder(self._settings), missing.unrendered_scores(self._settings)
        # Excerpts of one score go together: a long score takes seconds to read.
        requests = [
            job_requests.render_scores(folder, map(asdict, excerpts))
            for _, excerpts in groupby(unrendered, key=lambda score: score.corpus_path)
        ]
        if requests:
            yield Stage("scores", "Rendering scores", [_soon(request) for request in requests], are_long=True)

    def _hear_composed(self) -> Iterator[Stage]:
        with self._reading() as db_session:
            unheard = missing.unheard_tracks(db_session, "composed")
        if unheard:
            requests = [_soon(job_requests.embed_tracks(unheard))]
            yield Stage("embed", "Listening to what was composed", requests)

    def _hear_new(self) -> Iterator[Stage]:
        with self._reading() as db_session:
            unheard = missing.unheard_tracks(db_session, "catalogue")
        if unheard:
            yield Stage("embed", f"Listening to {len(unheard)} tracks", [_soon(job_requests.embed_tracks())])

    def _find_tastes(self, users: Sequence[User]) -> Iterator[Stage]:
        with self._reading() as db_session:
            behind = [user for user in users if missing.is_taste_behind(db_session, user)]
        if behind:
            yield Stage("taste", "Finding tastes", [job_requests.update_taste(user.id) for user in behind])

    def _compose(self, users: Sequence[User], at_most: int | None = None) -> Iterator[Stage]:
        with self._reading() as db_session:
            clusters = [
                cluster for user in users for cluster in missing.clusters_without_piece(db_session, user)
            ][:at_most]
        if clusters:
            requests = [
                job_requests.compose_music(
                    cluster.user_id,
                    cluster_id=cluster.id,
                    seconds=COMPOSED_SECONDS,
                    seed=SEED + cluster.position,
                    occasion="standing",
                )
                for cluster in clusters
            ]
            # People who ask for a piece of their own meanwhile come first, but for the very first piece.
            if at_most is None:
                requests = [_soon(request) for request in requests]
            yield Stage("compose", "Composing", requests, are_long=True)

    def _index(self) -> Stage:
        return Stage("index", "Indexing", [_soon(job_requests.rebuild_index())])

    def _reading(self) -> AbstractContextManager[Session]:
        return self._database.session(read_only=True)


def _soon(request: JobRequest) -> JobRequest:
    return replace(request, priority=SOON)
