"""What is wrong in the catalogue: files that cannot be used, tracks that are there twice, and what the ear is in doubt about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session

from service.store.tables import EmbeddingFailure, Job, ModelVersion, ScanFailure, Track, TrackEmbedding

SAME_LENGTH_SECONDS = 2.0
"""Two masters of one recording differ by less; a live version rarely does."""


@dataclass(frozen=True)
class BrokenFile:
    """A file that could not be read, or whose track could not be listened to, and why; ``track_id`` where it is a track."""

    id: str
    path: str
    reason: str
    code: str
    failed_at: datetime
    folder_id: str | None
    track_id: str | None


@dataclass(frozen=True)
class Flagged:
    """A track and why somebody should look at it; ``codes`` are stable."""

    track: Track
    codes: tuple[str, ...]


@dataclass(frozen=True)
class SoundingAlike:
    """What the last comparison by sound found: when, of how many tracks, and the pairs that are there still, closest first."""

    compared_at: datetime
    tracks: int
    pairs: list[tuple[Track, Track]]


def broken_files(db_session: Session, limit: int, offset: int = 0) -> list[BrokenFile]:
    """Files that could not be read first, then tracks that could not be listened to, each by path."""
    unread = db_session.scalars(
        select(ScanFailure).order_by(ScanFailure.path).limit(limit).offset(offset)
    ).all()
    found = [
        BrokenFile(
            row.id,
            row.path.decode("utf-8", "replace"),
            row.reason,
            row.code,
            row.failed_at,
            row.folder_id,
            None,
        )
        for row in unread
    ]
    if len(found) == limit:
        return found
    before = db_session.scalar(select(func.count()).select_from(ScanFailure)) or 0
    unheard = db_session.execute(
        select(EmbeddingFailure, Track)
        .join(Track, Track.id == EmbeddingFailure.track_id)
        .where(Track.origin == "catalogue")
        .order_by(Track.path, EmbeddingFailure.encoder_id)
        .limit(limit - len(found))
        .offset(max(offset - before, 0))
    )
    return found + [
        BrokenFile(track.id, track.display_path, row.reason, row.code, row.failed_at, None, track.id)
        for row, track in unheard
    ]


def duplicates(db_session: Session, limit: int, offset: int = 0) -> tuple[list[list[Track]], bool]:
    """Groups of tracks of one name and one artist that last as long as each other, and whether there are further names.

    The very same recording is one track already, however many files hold it. ``limit`` and ``offset`` count names; those
    whose tracks differ in length give no group.
    """
    name = func.lower(Track.title)
    is_there = (Track.origin == "catalogue", Track.missing_since.is_(None), Track.title.is_not(None))
    named = db_session.execute(
        select(name.label("title"), Track.artist_text)
        .where(*is_there, Track.artist_text != "")
        .group_by(name, Track.artist_text)
        .having(func.count() > 1)
        .order_by(Track.artist_text, name)
        .limit(limit + 1)
        .offset(offset)
    ).all()
    groups: list[list[Track]] = []
    for row in named[:limit]:
        tracks = db_session.scalars(
            select(Track)
            .where(*is_there, name == row.title, Track.artist_text == row.artist_text)
            .order_by(Track.duration_seconds, Track.id)
        ).all()
        groups.extend(_of_one_length(tracks))
    return groups, len(named) > limit


def sounding_alike(db_session: Session, limit: int) -> SoundingAlike | None:
    """At most ``limit`` pairs that sound the same under other names, as `find_twins` found them; None: nobody compared yet."""
    job = db_session.scalar(
        select(Job).where(Job.kind == "find_twins", Job.state == "done").order_by(Job.id.desc()).limit(1)
    )
    if job is None or job.result is None or job.finished_at is None:
        return None
    pairs = job.result["pairs"][:limit]
    tracks = {
        track.id: track
        for track in db_session.scalars(
            select(Track).where(
                Track.id.in_({track_id for first, second, _ in pairs for track_id in (first, second)}),
                Track.missing_since.is_(None),
            )
        )
    }
    return SoundingAlike(
        job.finished_at,
        job.result["compared"],
        [(tracks[first], tracks[second]) for first, second, _ in pairs if {first, second} <= tracks.keys()],
    )


def flagged_tracks(db_session: Session, limit: int, offset: int = 0) -> list[Flagged]:
    """Tracks whose files are gone, in which somebody speaks, or that the ear warned about, by name."""
    rows = db_session.execute(
        select(Track, TrackEmbedding)
        .select_from(Track)
        .outerjoin(ModelVersion, (ModelVersion.kind == "encoder") & ModelVersion.promoted)
        .outerjoin(
            TrackEmbedding,
            (TrackEmbedding.track_id == Track.id) & (TrackEmbedding.encoder_id == ModelVersion.id),
        )
        .where(Track.origin == "catalogue", _is_flagged())
        .order_by(Track.track_text, Track.id)
        .limit(limit)
        .offset(offset)
    )
    return [Flagged(track, tuple(_codes(track, heard))) for track, heard in rows]


def _is_flagged() -> ColumnElement[bool]:
    warned = cast(TrackEmbedding.warnings, String) != "[]"
    return or_(Track.missing_since.is_not(None), TrackEmbedding.is_music.is_(False), warned)


def _codes(track: Track, heard: TrackEmbedding | None) -> list[str]:
    codes = ["missing"] if track.missing_since is not None else []
    if heard is not None:
        is_told = heard.is_music or "speech" in heard.warnings
        codes += ([] if is_told else ["no_music"]) + list(heard.warnings)
    return codes


def _of_one_length(tracks: Sequence[Track]) -> list[list[Track]]:
    """Runs of tracks, shortest first, in which each lasts about as long as the one before."""
    runs: list[list[Track]] = []
    for track in tracks:
        if runs and track.duration_seconds - runs[-1][-1].duration_seconds <= SAME_LENGTH_SECONDS:
            runs[-1].append(track)
        else:
            runs.append([track])
    return [run for run in runs if len(run) > 1]
