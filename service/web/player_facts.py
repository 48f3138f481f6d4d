"""What the player page shows of a listener: the list, what was composed, the tastes, and what is going on."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.viewers import Viewer
from service.errors import NotPrepared
from service.http.track_json import track_json
from service.listening.taste import emotion_of, read_taste
from service.listening.thumbs import thumb_of
from service.radio.lists import listed_json
from service.sentences import marked
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Composition, Job, TasteCluster, Track, utc_now

LIST_PLACES = 30
PIECES_SHOWN = 7
_PLANE = 64
_DAY_HEIGHT = 34.0
_MOODS = {
    (True, True): marked("bright and lively"),
    (True, False): marked("bright and calm"),
    (False, True): marked("dark and lively"),
    (False, False): marked("dark and calm"),
}
_DOINGS = {
    "scan_library": marked("Reading the music folder"),
    "embed_tracks": marked("Listening to new music"),
    "embed_further": marked("Listening in another way too"),
    "rebuild_index": marked("Bringing the search index up to date"),
    "update_taste": marked("Finding your tastes"),
    "compose_music": marked("Composing something fresh for you"),
    "edit_composition": marked("Changing a piece of yours"),
    "train_ranker": marked("Learning from what was played"),
    "render_scores": marked("Preparing the demo's music"),
    "backup": marked("Backing up"),
}


@dataclass(frozen=True)
class Piece:
    """A composed track with the words of the taste it was made for."""

    track: dict[str, Any]
    words: str
    why: str


@dataclass(frozen=True)
class Taste:
    """A taste as its card shows it; ``hours`` are 24 heights of the day's little chart, empty when nothing is known.

    ``across`` and ``down`` place its mood on a square of 64 by 64. ``job_id`` composes for it just now.
    """

    id: str
    name: str
    percent: int
    mood: str
    across: float
    down: float
    hours: list[float]
    busiest: int
    muted: bool
    job_id: str | None


@dataclass(frozen=True)
class Doing:
    """A job that runs: what it does, and how far it is (0 to 1). ``detail`` may be empty; ``is_of_house``: nobody's own."""

    words: str
    detail: str
    share: float
    is_of_house: bool


def your_list(database: Database, settings: Settings, viewer: Viewer) -> list[dict[str, Any]]:
    """Places of the listener's list, best first: ``track`` with its thumb, and ``reason``; none without an index."""
    try:
        texts = listed_json(database, settings, viewer.user_id, viewer.list_revision, LIST_PLACES)
    except NotPrepared:
        return []
    places = [json.loads(text) for text in texts]
    with database.session(read_only=True) as db_session:
        thumbs = thumb_of(db_session, viewer.user_id, [place["track"]["id"] for place in places])
    return [
        place | {"track": place["track"] | {"thumb": thumbs.get(place["track"]["id"])}} for place in places
    ]


def composed_for(db_session: Session, viewer: Viewer) -> list[Piece]:
    """The newest pieces composed for the listener, without those they put a thumb down for."""
    if viewer.composed_policy == "never":
        return []
    rows = db_session.execute(
        select(Track, TasteCluster)
        .join(Composition, Composition.track_id == Track.id)
        .outerjoin(TasteCluster, TasteCluster.id == Composition.cluster_id)
        .where(
            Track.owner_id == viewer.user_id, Composition.state == "listed", Composition.expired_at.is_(None)
        )
        .order_by(Composition.id.desc())
        .limit(PIECES_SHOWN * 2)
    ).all()
    thumbs = thumb_of(db_session, viewer.user_id, [track.id for track, _ in rows])
    return [_piece(track, cluster, thumbs) for track, cluster in rows if thumbs.get(track.id) != "down"][
        :PIECES_SHOWN
    ]


def tastes_of(db_session: Session, user_id: str) -> list[Taste]:
    """The listener's tastes, the largest first."""
    composing = _composing_jobs(db_session, user_id)
    return [_taste(cluster, composing.get(cluster.id)) for cluster in read_taste(db_session, user_id)]


def doings(db_session: Session, viewer: Viewer) -> list[Doing]:
    """Jobs that run for the listener or the house; what the house's say in detail is for owners."""
    rows = db_session.scalars(
        select(Job)
        .where(Job.state == "running", (Job.user_id == viewer.user_id) | Job.user_id.is_(None))
        .order_by(Job.id)
    )
    return [
        Doing(
            _DOINGS[job.kind],
            job.progress_text if job.user_id is not None or viewer.is_owner else "",
            min(max(job.progress, 0.0), 1.0),
            job.user_id is None,
        )
        for job in rows
        # What was asked for is followed on its taste's own card.
        if job.kind in _DOINGS and job.payload.get("occasion") != "asked"
    ]


def taste_name(cluster: TasteCluster) -> str:
    """What the listener calls it, or the words found for it."""
    return cluster.name or cluster.words


def mood_words(valence: float, arousal: float) -> str:
    """Two words for a place on the plane of emotions (-1 to 1 each)."""
    return _MOODS[valence >= 0, arousal >= 0]


def _piece(track: Track, cluster: TasteCluster | None, thumbs: dict[str, str]) -> Piece:
    taste_words = taste_name(cluster) if cluster else marked("a taste of yours")
    age_words = _age(track.created_at)
    return Piece(
        track_json(track, thumbs.get(track.id)),
        taste_words,
        marked(f"For your listening to {taste_words}. {age_words}"),
    )


def _age(moment: datetime) -> str:
    days = (utc_now() - moment).days
    if days == 0:
        return marked("Composed today.")
    return marked("Composed yesterday.") if days == 1 else marked(f"Composed {days} days ago.")


def _taste(cluster: TasteCluster, job_id: str | None) -> Taste:
    valence, arousal = emotion_of(cluster)
    profile = list(cluster.hour_profile)
    most = max(profile, default=0.0)
    return Taste(
        id=cluster.id,
        name=taste_name(cluster),
        percent=round(cluster.share * 100),
        mood=mood_words(valence, arousal),
        across=_on_plane(valence),
        down=_on_plane(-arousal),
        hours=[round(1.0 + (_DAY_HEIGHT - 1.0) * hour / most, 1) for hour in profile] if most > 0 else [],
        busiest=profile.index(most) if profile else 0,
        muted=cluster.muted,
        job_id=job_id,
    )


def _on_plane(value: float) -> float:
    return round(_PLANE / 2 + min(max(value, -1.0), 1.0) * (_PLANE / 2 - 10), 1)


def _composing_jobs(db_session: Session, user_id: str) -> dict[str, str]:
    """Cluster id -> the job that composes for it because the listener asked."""
    jobs = db_session.scalars(
        select(Job)
        .where(Job.user_id == user_id, Job.kind == "compose_music", Job.state.in_(("queued", "running")))
        .order_by(Job.id)
    )
    return {
        job.payload["cluster_id"]: job.id
        for job in jobs
        if job.payload.get("cluster_id") and job.payload.get("occasion") == "asked"
    }
