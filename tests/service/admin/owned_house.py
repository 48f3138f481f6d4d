"""A house with something on every page of its owner: pieces that wait, tracks, plays, jobs and models."""

import json
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from generator.conditioning import Conditioning
from generator.notes import DRUM_PROGRAM, Notes, NoteTrack
from generator.sound.rendering import notes_to_midi
from service.accounts.people import set_password
from service.audio import flac_bytes
from service.compositions.covers import draw_cover
from service.compositions.keeping import ComposedPiece, store_composition
from service.compositions.nearest import keep_nearest
from service.http.parts import WebParts
from service.operations.job_queue import enqueue
from service.operations.job_requests import backup, compose_music, scan_library
from service.operations.model_versions import promote, register
from service.store.ids import new_id
from service.store.tables import (
    Composition,
    Job,
    LibraryFolder,
    Listen,
    ScanFailure,
    Thumb,
    Track,
    TrackEmbedding,
    User,
    utc_now,
)
from tests.service.clients import listener
from tests.service.small_library import add_sounding_tracks, add_track, embed

ROOMS = (
    "/admin",
    "/admin/catalogue",
    "/admin/catalogue/duplicates",
    "/admin/catalogue/flagged",
    "/admin/listeners",
    "/admin/jobs",
    "/admin/models",
    "/admin/outside",
    "/admin/outside/server",
    "/admin/log",
    "/review",
    "/review/several",
)

# Of one piece, which tests open by its id.
FURTHER_ROOMS = ("/review/<id:composition_id>",)

PASSWORD = "a seam that holds"
RATE = 16_000
SECONDS = 12.0
SCRIPT_TITLE = "<script>alert(1)</script> Harbour"
RIGHT_TO_LEFT_TITLE = "\u202e\u05e9\u05e7\u05d8 \u05d1\u05e0\u05de\u05dc\u202c"
TITLES = ("Slow Harbour", SCRIPT_TITLE, RIGHT_TO_LEFT_TITLE, "Lantern Street", "A Title That Goes On " * 40)


@dataclass(frozen=True)
class OwnedHouse:
    """Ids of what is in it: pieces that wait, oldest first; the two rankers, the one in use last."""

    held: list[str]
    rankers: tuple[str, str]
    ben_id: str
    failed_job_id: str


def furnish(parts: WebParts, rng: np.random.Generator) -> OwnedHouse:
    """Ada owns it and can sign in; Ben listens, and five pieces of his wait."""
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada", owner=True)
        set_password(db_session, ada, PASSWORD)
        ben = listener(db_session, "ben")
        tracks = add_sounding_tracks(db_session, "piano", 4, rng)
        near = [(track.id, 0.9 - place / 20) for place, track in enumerate(tracks)]
        _fill_catalogue(db_session, rng)
        _fill_history(db_session, ben, tracks)
        rankers = _rankers(db_session)
        failed_job_id = _jobs(db_session, ben)
    held = [_hold(parts, ben.id, title, place) for place, title in enumerate(TITLES)]
    with parts.database.session() as db_session:
        for composition_id in held:
            keep_nearest(db_session.get_one(Composition, composition_id), near)
    return OwnedHouse(held, rankers, ben.id, failed_job_id)


def written(rng: np.random.Generator) -> Notes:
    """Six bars of four rows, which mean nothing."""

    def row(name: str, program: int, every: int, lasts: int, low: int, high: int) -> NoteTrack:
        onsets = np.arange(0, 6 * 48, every, dtype=np.int32)
        return NoteTrack(
            name,
            program,
            onsets,
            np.full(onsets.size, lasts, np.int32),
            rng.integers(low, high, onsets.size).astype(np.int16),
            np.full(onsets.size, 80, np.int16),
        )

    rows = (
        row("lead", 73, 12, 10, 66, 82),
        row("comp", 0, 24, 20, 54, 66),
        row("bass", 33, 24, 22, 36, 46),
        row("drums", DRUM_PROGRAM, 12, 3, 36, 46),
    )
    return Notes(rows, 120.0, 4, 6)


def _hold(parts: WebParts, user_id: str, title: str, place: int) -> str:
    notes = written(np.random.default_rng(place))
    programs = {track.row: track.program for track in notes.tracks}
    asked = Conditioning(
        seconds=SECONDS, tempo_bpm=120.0, key=3, mode="minor", style=(0.1,) * 24, programs=programs
    )
    time = np.arange(round(RATE * SECONDS)) / RATE
    tone = np.sin(2 * np.pi * (220 + 40 * place) * time * (1 + time / 30)) * (0.3 + 0.2 * np.sin(time))
    samples = np.stack([tone, tone]).astype(np.float32)
    piece = ComposedPiece(
        user_id=user_id,
        cluster_id=None,
        title=title,
        seconds=SECONDS,
        seed=place,
        engine="latent-diffusion",
        model_name="homespun-1",
        model_sha256="ab" * 32,
        dtype="float32",
        threads=1,
        passed=False,
        files={
            "flac": flac_bytes(samples, RATE),
            "midi": notes_to_midi(notes, "A piece"),
            "cover": draw_cover(np.ones((2, 5)), 0.0, 0.0),
        },
        sound_sha256=new_id(),
        duration_seconds=SECONDS,
        sample_rate=RATE,
        conditioning={**json.loads(asked.to_json()), "credits": ["A tune, by nobody"]},
        measurements={
            "duration_seconds": SECONDS,
            "tempo_bpm": 119.6,
            "key": "E flat",
            "mode": "minor",
            "loudness_lufs": -14.2,
            "true_peak_db": -1.1,
            "repeated_tune_beats": 14.0,
            "repeated_tune_share": 0.12,
            "repeated_chords_beats": 4.0,
            "repeated_chords_share": 0.02,
            "failures": ["repeats a tune of the training music for 14 beats where 9 are usual"][
                : 1 - place % 2
            ],
        },
    )
    return store_composition(
        parts.database, parts.settings.media_dir, piece, review_policy="all"
    ).composition_id


def _fill_catalogue(db_session: Session, rng: np.random.Generator) -> None:
    """Two tracks that are one, one that is gone, one in which somebody speaks, and a file that cannot be read."""
    folder = LibraryFolder(path=b"/music", last_scanned_at=utc_now())
    db_session.add(folder)
    db_session.flush()
    for album in ("First Pressing", "Second Pressing"):
        add_track(db_session, "Same Song", "The Twins", album=album, folder_id=folder.id)
    add_track(db_session, "Gone Since", "The Lost", missing_since=utc_now(), folder_id=folder.id)
    spoken = add_track(db_session, "A Chapter Read Aloud", "A Reader", folder_id=folder.id)
    embed(db_session, spoken, "choir", rng)
    db_session.flush()
    _embedding_of(db_session, spoken).is_music = False
    db_session.add(
        ScanFailure(
            folder_id=folder.id,
            path=b"/music/broken \xff.flac",
            code="truncated_audio",
            reason="The file ends before its sound does.",
            size_bytes=10,
            modified_ns=1,
        )
    )


def _embedding_of(db_session: Session, track: Track) -> TrackEmbedding:
    return db_session.scalars(select(TrackEmbedding).where(TrackEmbedding.track_id == track.id)).one()


def _fill_history(db_session: Session, ben: User, tracks: list[Track]) -> None:
    for day in range(20):
        for nth in range(day % 4 + 1):
            db_session.add(
                Listen(
                    user_id=ben.id,
                    track_id=tracks[nth % len(tracks)].id,
                    listened_at=utc_now() - timedelta(days=day),
                    source="homespun",
                    title="piano",
                    artist="A",
                    played_seconds=200.0,
                    dedupe_key=new_id(),
                )
            )
        thumb = Thumb(user_id=ben.id, track_id=tracks[day % 4].id, value="up" if day % 3 else "down")
        thumb.created_at = utc_now() - timedelta(days=day)
        db_session.add(thumb)


def _rankers(db_session: Session) -> tuple[str, str]:
    first = register(db_session, "ranker", "blend", "1" * 64, {"taste": 1.0}, {})
    metrics = {
        "held_out": 120,
        "recall_at_20": 0.231,
        "recall_at_20_in_use": 0.214,
        "chance_not_worse": 0.94,
        "listeners": 2,
    }
    second = register(db_session, "ranker", "blend", "2" * 64, {"taste": 0.8}, metrics)
    promote(db_session, second)
    return first.id, second.id


def _jobs(db_session: Session, ben: User) -> str:
    running = enqueue(db_session, scan_library("/music"))
    _run(running, progress=0.4, progress_text="reading 412 of 1,030 files")
    private = enqueue(db_session, compose_music(ben.id))
    _run(private, progress=0.2, progress_text="Composing for Ben")
    failed = Job(
        kind="rebuild_index", state="failed", error_code="nothing_embedded", attempt=3, max_attempts=3
    )
    failed.error, failed.finished_at = "No track has been listened to yet: scan a folder first.", utc_now()
    db_session.add(failed)
    enqueue(db_session, backup())
    db_session.flush()
    return failed.id


def _run(job: Job, *, progress: float, progress_text: str) -> None:
    now = utc_now()
    job.state, job.started_at, job.attempt, job.fence = "running", now - timedelta(seconds=40), 1, 1
    job.worker, job.lease_until = "another machine:1:1", now + timedelta(days=1)
    job.progress, job.progress_text = progress, progress_text
