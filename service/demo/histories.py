"""Listening histories as ListenBrainz exports, drawn from a listener's habits."""

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from service.demo.listeners import Listener, Mood

DAYS = 56
SITTING_CHANCE = 0.85
"""That a listener listens at all on a given day."""

FEWEST_TRACKS, MOST_TRACKS = 4, 9
"""In one sitting."""

FAVOUR = 0.8
"""Each track of a mood is put on this many times as often as the one before it."""


@dataclass(frozen=True)
class KnownTrack:
    """What a music app knows of a track it plays."""

    title: str
    artist: str
    album: str
    seconds: float

    @property
    def recording_msid(self) -> str:
        """The exporter's key of the recording."""
        return str(uuid5(NAMESPACE_URL, f"{self.artist}\n{self.title}"))


@dataclass(frozen=True)
class History:
    """The rows of an export: listens by time, and thumbs."""

    listens: list[dict[str, Any]]
    feedback: list[dict[str, Any]]


def draw_history(
    listener: Listener, tracks: Mapping[str, KnownTrack], *, now: datetime, rng: np.random.Generator
) -> History:
    """Return eight weeks of listening that end before `now`; `tracks` by slug. Raises KeyError for an unknown slug."""
    listens = []
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for days_ago in range(DAYS, 0, -1):
        if rng.random() > SITTING_CHANCE:
            continue
        mood = listener.moods[rng.choice(len(listener.moods), p=[mood.share for mood in listener.moods])]
        start = midnight - timedelta(days=days_ago)
        start += timedelta(hours=int(rng.choice(mood.hours)), seconds=int(rng.integers(3600)))
        listens += _sitting(listener.name, mood, tracks, start, rng)
    feedback = [
        _thumb(listener.name, tracks[slug], score, now - timedelta(days=float(rng.uniform(1, DAYS / 2))))
        for score, slugs in ((1, listener.thumbs_up), (-1, listener.thumbs_down))
        for slug in slugs
    ]
    return History(sorted(listens, key=lambda row: row["listened_at"]), feedback)


def export_bytes(listener_name: str, history: History) -> bytes:
    """Return the zip that ListenBrainz would give for `history`; the same bytes for the same history."""
    by_month: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for row in history.listens:
        moment = datetime.fromtimestamp(row["listened_at"], UTC)
        by_month[moment.year, moment.month].append(row)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        write = _writer(archive)
        write("user.json", [{"user_id": 1, "username": listener_name}])
        for (year, month), rows in sorted(by_month.items()):
            write(f"listens/{year}/{month}.jsonl", rows)
        write("feedback.jsonl", history.feedback)
    return buffer.getvalue()


def _writer(archive: zipfile.ZipFile) -> Callable[[str, Iterable[dict[str, Any]]], None]:
    def write(name: str, rows: Iterable[dict[str, Any]]) -> None:
        # ZipInfo's own date is fixed, unlike the one writestr takes from the clock.
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, "".join(json.dumps(row) + "\n" for row in rows))

    return write


def _sitting(
    user_name: str,
    mood: Mood,
    tracks: Mapping[str, KnownTrack],
    start: datetime,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    favour = FAVOUR ** np.arange(len(mood.slugs))
    count = min(int(rng.integers(FEWEST_TRACKS, MOST_TRACKS + 1)), len(mood.slugs))
    chosen = rng.choice(len(mood.slugs), size=count, replace=False, p=favour / favour.sum())
    rows = []
    for position in chosen:
        track = tracks[mood.slugs[position]]
        skipped = rng.random() < mood.skip_chance
        played = rng.uniform(0.1, 0.4) * track.seconds if skipped else track.seconds
        rows.append(_listen(user_name, track, start, float(played)))
        start += timedelta(seconds=float(played) + float(rng.uniform(1, 4)))
    return rows


def _listen(user_name: str, track: KnownTrack, start: datetime, played_seconds: float) -> dict[str, Any]:
    seconds = int(start.timestamp())
    return {
        "inserted_at": seconds + round(played_seconds),
        "listened_at": seconds,
        "recording_msid": track.recording_msid,
        "track_metadata": {
            "artist_name": track.artist,
            "track_name": track.title,
            "release_name": track.album,
            "additional_info": {
                "duration_ms": round(1000 * track.seconds),
                "duration_played": round(played_seconds),
                "submission_client": "homespun demo",
            },
        },
        "user_name": user_name,
    }


def _thumb(user_name: str, track: KnownTrack, score: int, moment: datetime) -> dict[str, Any]:
    return {
        "created": int(moment.timestamp()),
        "recording_mbid": None,
        "recording_msid": track.recording_msid,
        "score": score,
        "user_id": user_name,
    }
