"""The demo's stages: what is still to be done, as ordinary jobs, in the order in which a visitor wants them."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session

from service.accounts.people import find_user
from service.demo import invent_histories, lay_out_music, missing
from service.demo.folder import music_folder, scores_folder
from service.demo.listeners import LISTENERS
from service.demo.pieces import piece
from service.operations import job_requests
from service.operations.job_requests import SOON, JobRequest
from service.settings import Settings
from service.store.database import Database

DOING = {
    "compose_music": "Composing",
    "embed_tracks": "Listening to tracks",
    "hear_held": "Listening for the desk",
    "invent_histories": "Reading in what the listeners heard",
    "lay_out_music": "Laying out the music",
    "rebuild_index": "Indexing",
    "render_scores": "Rendering scores",
    "scan_library": "Scanning",
    "update_taste": "Finding tastes",
}
"""What is being done by each kind of job."""

DESK_NUMBER = 50
"""Of the piece that is composed for the review desk: beyond those of the tastes."""


@dataclass(frozen=True)
class Stage:
    """Jobs that are begun in this order; the next stage is asked for when all of them are over.

    `are_long`: each would pay for a process of its own, and none needs another.
    """

    requests: Sequence[JobRequest]
    are_long: bool = False


def remaining_stages(
    database: Database, settings: Settings, now: datetime, *, desk: bool = False
) -> Iterator[Stage]:
    """What no former run has done; each stage is worked out when those before it are over.

    `desk`: one more piece is composed that waits for the owner, so that there is something to review.

    First of all one piece for one listener, which is what a visitor came to hear: it follows from the jobs of the first
    stage. The listeners' accounts are there already; their histories end before `now`.
    """
    plan = _Plan(database, settings, now)
    for part in (
        plan.first_piece,
        plan.scores,
        plan.scores_scanned,
        plan.hear_catalogue,
        plan.tastes,
        plan.pieces,
        plan.hear_composed,
        plan.index,
        *((plan.piece_for_the_desk,) if desk else ()),
    ):
        requests = part()
        if requests:
            are_long = part in (plan.scores, plan.pieces)
            # People who ask for a piece of their own meanwhile come first.
            yield Stage([replace(request, priority=SOON) for request in requests], are_long)


class _Plan:
    """What is still to be done, by parts."""

    def __init__(self, database: Database, settings: Settings, now: datetime) -> None:
        self._database, self._settings, self._now = database, settings, now
        with self._reading() as db_session:
            self._users = [find_user(db_session, listener.name) for listener in LISTENERS]

    def first_piece(self) -> list[JobRequest]:
        """What is left of the package's tracks and the first listener's history, from which their first piece follows."""
        requests = []
        if lay_out_music.missing_tracks(self._settings):
            requests.append(lay_out_music.request())
        with self._reading() as db_session:
            if requests or missing.has_unscanned_files(db_session, self._settings):
                requests.append(job_requests.scan_library(music_folder(self._settings)))
            if not missing.has_history(db_session, self._users[0]):
                requests.append(invent_histories.request(LISTENERS[:1], self._now, is_first=True))
        return requests

    def scores(self) -> list[JobRequest]:
        """The scores that have no file."""
        folder, unrendered = scores_folder(self._settings), missing.unrendered_scores(self._settings)
        # Excerpts of one score go together: a long score takes seconds to read.
        return [
            job_requests.render_scores(folder, map(asdict, excerpts))
            for _, excerpts in groupby(unrendered, key=lambda score: score.corpus_path)
        ]

    def scores_scanned(self) -> list[JobRequest]:
        """The files that are no tracks yet, and the histories again, for the thumbs on them."""
        histories = invent_histories.request(LISTENERS, self._now)
        with self._reading() as db_session:
            if missing.has_unscanned_files(db_session, self._settings):
                return [job_requests.scan_library(music_folder(self._settings)), histories]
            have_history = all(missing.has_history(db_session, user) for user in self._users)
        return [] if have_history else [histories]

    def hear_catalogue(self) -> list[JobRequest]:
        """What was not listened to."""
        with self._reading() as db_session:
            unheard = missing.unheard_tracks(db_session, "catalogue")
        return [job_requests.embed_tracks()] if unheard else []

    def hear_composed(self) -> list[JobRequest]:
        """What was composed, and not listened to, and the index with it."""
        with self._reading() as db_session:
            unheard = missing.unheard_tracks(db_session, "composed")
        return [job_requests.embed_tracks(unheard), job_requests.rebuild_index()] if unheard else []

    def tastes(self) -> list[JobRequest]:
        """The tastes that do not know all that was listened to."""
        with self._reading() as db_session:
            behind = [user for user in self._users if missing.is_taste_behind(db_session, user)]
        return [job_requests.update_taste(user.id) for user in behind]

    def pieces(self) -> list[JobRequest]:
        """A piece for each taste that has none."""
        with self._reading() as db_session:
            clusters = [
                cluster
                for user in self._users
                for cluster in missing.clusters_without_piece(db_session, user)
            ]
        return [piece(cluster.user_id, cluster.id, number) for number, cluster in enumerate(clusters, 1)]

    def index(self) -> list[JobRequest]:
        """The index, with all that is there."""
        return [job_requests.rebuild_index()]

    def piece_for_the_desk(self) -> list[JobRequest]:
        """A piece that waits for its review, if none ever did."""
        with self._reading() as db_session:
            if missing.was_anything_reviewed(db_session):
                return []
        return [piece(self._users[-1].id, number=DESK_NUMBER, review_first=True)]

    def _reading(self) -> AbstractContextManager[Session]:
        return self._database.session(read_only=True)
