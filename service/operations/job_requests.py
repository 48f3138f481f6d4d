"""What may be asked of the job queue: ids and wishes, never paths of this machine's own. Light, for the web process."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from service.store.tables import utc_now

PERSON_WAITS, SOON, BULK = 100, 50, 0

LARGEST_SEED = 2**31 - 1

TASTE_WAITS = timedelta(minutes=2)
"""Listens and thumbs come in rows; the taste is worked out once for those of these minutes."""

FIRST_TRACKS, TRACKS_BETWEEN_INDEXES = 200, 300
"""A library is listened to so many tracks at a time, so that what was heard can be found and liked meanwhile."""


@dataclass(frozen=True)
class JobRequest:
    """One piece of work that is wanted.

    ``payload`` is plain JSON and is what the job is done by. Of the queued jobs with one ``singleton_key`` there is at
    most one. A job with ``repeat_seconds`` is queued again that long after each end.
    """

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    user_id: str | None = None
    priority: int = BULK
    max_attempts: int = 3
    singleton_key: str | None = None
    run_after: datetime | None = None
    repeat_seconds: int | None = None
    parent_id: str | None = None


def compose_music(
    user_id: str,
    *,
    cluster_id: str | None = None,
    seconds: float = 60.0,
    seed: int | None = None,
    occasion: str = "asked",
    review_first: bool = False,
    wish: Mapping[str, Any] | None = None,
) -> JobRequest:
    """Compose for a listener's taste, the largest that is not muted if none is named.

    A seed that is not given is drawn here, so that a job run twice gives one piece. `review_first`: the piece waits for
    the owner's ear whatever the house's policy is. `wish`: what it should be like, see `service.compositions.wishes`.
    """
    return JobRequest(
        "compose_music",
        {
            "user_id": user_id,
            "cluster_id": cluster_id,
            "seconds": seconds,
            "seed": secrets.randbelow(LARGEST_SEED) if seed is None else seed,
            "occasion": occasion,
            "review_first": review_first,
            "wish": None if wish is None else dict(wish),
        },
        user_id,
        priority=PERSON_WAITS,
        max_attempts=5,
    )


def edit_composition(
    user_id: str, composition_id: str, edit: Mapping[str, Any], *, seed: int | None = None
) -> JobRequest:
    """Edit a listener's composition; `edit` is its "kind" and what that takes (see `service.compositions.edits`).

    A seed that is not given is drawn here, so that a job run twice gives one piece.
    """
    return JobRequest(
        "edit_composition",
        {
            "user_id": user_id,
            "composition_id": composition_id,
            "edit": dict(edit),
            "seed": secrets.randbelow(LARGEST_SEED) if seed is None else seed,
            "occasion": "asked",
        },
        user_id,
        priority=PERSON_WAITS,
        max_attempts=5,
    )


def scan_library(folder: str | bytes | Path, *, accept_missing: bool = False) -> JobRequest:
    """Read a folder of music. It is kept as the system's bytes, in hexadecimal digits: its name need not be text."""
    root = os.path.realpath(os.fsencode(folder))
    key = hashlib.sha256(root).hexdigest()[:32]
    return JobRequest(
        "scan_library",
        {"folder_hex": root.hex(), "accept_missing": accept_missing},
        priority=SOON,
        singleton_key=f"scan_library:{key}:{accept_missing:d}",
    )


def embed_tracks(
    track_ids: Sequence[str] | None = None,
    *,
    at_most: int | None = None,
    retry_failed_before: datetime | None = None,
) -> JobRequest:
    """Listen to these tracks, or to all that were not listened to, the most played first.

    With `at_most` the job asks for its own continuation. What could not be listened to is tried again when its file has
    changed, or here if that was before `retry_failed_before`; what is asked for by name is tried in any case.
    """
    if track_ids is not None and retry_failed_before is None:
        retry_failed_before = utc_now()
    payload = {
        "track_ids": None if track_ids is None else list(track_ids),
        "at_most": at_most,
        "retry_failed_before": retry_failed_before and retry_failed_before.isoformat(),
    }
    return JobRequest("embed_tracks", payload, singleton_key="embed_tracks" if track_ids is None else None)


def hear_held(composition_id: str, user_id: str) -> JobRequest:
    """Find what a held piece sounds like, for whoever reviews it."""
    return JobRequest("hear_held", {"composition_id": composition_id}, user_id, priority=SOON)


def rebuild_index() -> JobRequest:
    """Make the search index anew."""
    return JobRequest("rebuild_index", singleton_key="rebuild_index")


def find_twins() -> JobRequest:
    """Look for tracks of the catalogue that sound the same under other names."""
    return JobRequest("find_twins", priority=SOON, singleton_key="find_twins")


def embed_further(encoder: str, *, at_most: int | None = TRACKS_BETWEEN_INDEXES) -> JobRequest:
    """Listen with a further encoder to what it has not heard, the most played first; the job asks for its continuation."""
    payload = {"encoder": encoder, "at_most": at_most}
    return JobRequest("embed_further", payload, singleton_key=f"embed_further:{encoder}")


def index_further(encoder_id: str) -> JobRequest:
    """Make the search index of a further encoder anew."""
    return JobRequest(
        "index_further", {"encoder_id": encoder_id}, singleton_key=f"index_further:{encoder_id}"
    )


def update_taste(user_id: str) -> JobRequest:
    """Work a listener's taste out afresh."""
    return JobRequest(
        "update_taste", {"user_id": user_id}, user_id, priority=SOON, singleton_key=f"update_taste:{user_id}"
    )


def taste_soon(user_id: str) -> JobRequest:
    """As `update_taste`, in a few minutes: what is told until then takes part."""
    return JobRequest(
        "update_taste",
        {"user_id": user_id},
        user_id,
        singleton_key=f"update_taste:{user_id}",
        run_after=utc_now() + TASTE_WAITS,
    )


def import_history(user_id: str, import_id: str, step: str) -> JobRequest:
    """Read a history file that was handed in: `step` is "preview", which only counts, or "commit"."""
    return JobRequest(
        "import_history",
        {"user_id": user_id, "import_id": import_id, "step": step},
        user_id,
        priority=PERSON_WAITS,
        singleton_key=f"import_history:{import_id}:{step}",
    )


def sync_elsewhere(user_id: str, *, priority: int = PERSON_WAITS) -> JobRequest:
    """Bring a listener's account on the other server and their part of this house together."""
    return JobRequest(
        "sync_elsewhere",
        {"user_id": user_id},
        user_id,
        priority=priority,
        singleton_key=f"sync_elsewhere:{user_id}",
    )


def elsewhere_rounds() -> JobRequest:
    """See that everybody's account on the other server is synced, where there is one."""
    return JobRequest("elsewhere_rounds", singleton_key="elsewhere_rounds")


def render_scores(folder: Path, excerpts: Iterable[Mapping[str, Any]]) -> JobRequest:
    """Write excerpts of scores, each the fields of a `ScoreExcerpt`, to a folder."""
    return JobRequest("render_scores", {"folder": str(folder), "excerpts": [dict(each) for each in excerpts]})


def train_ranker() -> JobRequest:
    """Fit the ranker to what was played, and keep it if it is better."""
    return JobRequest("train_ranker", singleton_key="train_ranker")


def backup() -> JobRequest:
    """Copy the store to the backups folder."""
    return JobRequest("backup", priority=SOON, singleton_key="backup")


def check_backup(name: str) -> JobRequest:
    """Read the copy of the store of this name from end to end."""
    key = hashlib.sha256(name.encode()).hexdigest()[:32]
    return JobRequest(
        "check_backup", {"name": name}, priority=SOON, max_attempts=1, singleton_key=f"check_backup:{key}"
    )


def standing_orders() -> JobRequest:
    """See that every listener has fresh pieces, and let go of old ones that nobody heard."""
    return JobRequest("standing_orders", singleton_key="standing_orders")


def tidy() -> JobRequest:
    """Remove what nothing refers to: media files of no composition, jobs that ended long ago."""
    return JobRequest("tidy", singleton_key="tidy")
