"""The demo: a small library, two histories, and the whole loop over them by the real jobs."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from service.accounts.people import add_user
from service.demo.facts import cluster_facts, composition_facts, count_listens, count_tracks
from service.demo.folder import histories_folder, music_folder
from service.demo.histories import KnownTrack, draw_history, export_bytes
from service.demo.listeners import LISTENERS, Listener
from service.demo.music import lay_out_package_tracks
from service.demo.scores import SCORES
from service.demo.side_by_side import Work, run_side_by_side
from service.errors import CorruptArtifact
from service.jobs import embed_tracks, rebuild_index, scan_library, update_taste
from service.listening.history_import import import_history
from service.operations import job_requests
from service.operations.job_queue import JobModule, Report, run_inline
from service.operations.job_requests import JobRequest
from service.radio.recommend import recommend
from service.settings import Settings
from service.store.database import Database
from service.store.media import write_atomically
from service.store.tables import Composition, TasteCluster, Track, User

COMPOSED_SECONDS = 45.0
PLACES = 20
SEED = 1

ShowStage = Callable[[str], AbstractContextManager[Report]]
"""Given what is being done, opens something that shows how far it is."""


@dataclass(frozen=True)
class DemoResult:
    """What the demo made, in plain JSON types."""

    tracks: int
    listens: int
    clusters: list[dict[str, Any]]
    compositions: list[dict[str, Any]]
    recommendations: dict[str, list[dict[str, Any]]]
    stage_seconds: dict[str, float]


def run_demo(database: Database, settings: Settings, *, now: datetime, show: ShowStage) -> DemoResult:
    """Do what has not been done by an earlier run, and return how everything stands.

    Histories end before `now`. Raises what the jobs raise.
    """
    demo = _Demo(database, settings, show)
    demo.prepare_music()
    users = [demo.prepare_listener(listener, number, now) for number, listener in enumerate(LISTENERS)]
    demo.embed("embed", "Listening to the tracks")
    demo.find_taste(users)
    demo.compose(users)
    demo.embed("embed_composed", "Listening to what was composed")
    with demo.stage("index", "Indexing") as report:
        demo.run(rebuild_index, job_requests.rebuild_index(), report)
    with demo.stage("recommend", "Making the lists"):
        lists = {user.name: recommend(database, settings, user, PLACES) for user in users}
    with database.session(read_only=True) as db_session:
        return DemoResult(
            tracks=count_tracks(db_session),
            listens=count_listens(db_session),
            clusters=cluster_facts(db_session, users),
            compositions=composition_facts(db_session, settings, users),
            recommendations={name: [track.to_json() for track in tracks] for name, tracks in lists.items()},
            stage_seconds=demo.stage_seconds,
        )


class _Demo:
    """The steps, each timed."""

    def __init__(self, database: Database, settings: Settings, show: ShowStage) -> None:
        self.database, self.settings, self._show = database, settings, show
        self.stage_seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, doing: str) -> Iterator[Report]:
        begun = time.perf_counter()
        with self._show(doing) as report:
            yield report
        taken = time.perf_counter() - begun
        self.stage_seconds[name] = round(self.stage_seconds.get(name, 0.0) + taken, 2)

    def run(self, job: JobModule, request: JobRequest, report: Report) -> None:
        run_inline(self.database, self.settings, job, request.payload, report, request.user_id)

    def prepare_music(self) -> None:
        """The package's tracks and the rendered scores, scanned."""
        folder = music_folder(self.settings)
        with self.stage("music", "Laying out the package's tracks"):
            lay_out_package_tracks(folder / "immich-memories")
        scores = folder / "scores"
        with self.stage("scores", "Rendering scores") as report:
            missing = [score for score in SCORES if not (scores / score.file_name).exists()]
            # Excerpts of one score go together: a long score takes seconds to read.
            works = [
                Work(job_requests.render_scores(scores, map(asdict, excerpts)), corpus_path)
                for corpus_path, excerpts in groupby(missing, key=lambda score: score.corpus_path)
            ]
            run_side_by_side(self.settings, works, report)
        with self.stage("scan", "Scanning") as report:
            self.run(scan_library, job_requests.scan_library(folder), report)

    def prepare_listener(self, listener: Listener, number: int, now: datetime) -> User:
        """The user, with the history of a former run or a new one that ends before `now`."""
        with self.stage("histories", f"Importing the history of {listener.name}"):
            path = histories_folder(self.settings) / f"{listener.name}.zip"
            if not path.exists():
                rng = np.random.default_rng([SEED, number])
                history = draw_history(listener, self._known_tracks(), now=now, rng=rng)
                write_atomically(path, export_bytes(listener.name, history))
            with self.database.session() as db_session:
                user = db_session.scalar(select(User).where(User.name == listener.name))
                user = user or add_user(db_session, listener.name)
                import_history(db_session, user.id, path, now)
                return user

    def embed(self, name: str, doing: str) -> None:
        """Every track that has not been listened to."""
        with self.stage(name, doing) as report:
            self.run(embed_tracks, job_requests.embed_tracks(), report)

    def find_taste(self, users: list[User]) -> None:
        with self.stage("taste", "Finding tastes") as report:
            for user in users:
                self.run(update_taste, job_requests.update_taste(user.id), report)

    def compose(self, users: list[User]) -> None:
        """One piece for each cluster that has none."""
        with self.stage("compose", "Composing") as report:
            wanted = [
                (user, cluster_id, words)
                for user in users
                for cluster_id, words in self._without_composition(user)
            ]
            works = [
                Work(
                    job_requests.compose_music(
                        user.id, cluster_id=cluster_id, seconds=COMPOSED_SECONDS, seed=SEED + number
                    ),
                    f"for {user.name}: {words}",
                )
                for number, (user, cluster_id, words) in enumerate(wanted)
            ]
            run_side_by_side(self.settings, works, report)

    def _without_composition(self, user: User) -> list[tuple[str, str]]:
        with self.database.session(read_only=True) as db_session:
            composed = select(Composition.cluster_id).where(Composition.cluster_id.is_not(None))
            rows = db_session.execute(
                select(TasteCluster.id, TasteCluster.words)
                .where(TasteCluster.user_id == user.id, TasteCluster.id.not_in(composed))
                .order_by(TasteCluster.position)
            )
            return [(cluster_id, words) for cluster_id, words in rows]

    def _known_tracks(self) -> dict[str, KnownTrack]:
        with self.database.session(read_only=True) as db_session:
            tracks = db_session.scalars(select(Track).where(Track.origin == "catalogue")).all()
            known = {
                Path(track.display_path).stem: KnownTrack(
                    track.title or "", track.artist or "", track.album or "", track.duration_seconds
                )
                for track in tracks
            }
        heard = {slug for listener in LISTENERS for mood in listener.moods for slug in mood.slugs}
        if heard - known.keys():
            raise CorruptArtifact(f"The demo's library lacks {', '.join(sorted(heard - known.keys()))}.")
        return known
