"""Plays of what the library has not: listed, and of use where the library has other tracks of the same artist."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from recommender.interactions import PlayCounts, interaction_weights
from service.library.visibility import visible_to
from service.store.search_text import folded
from service.store.tables import Listen, Track

# What is known of an artist says less of each of their tracks than a play of that track: all of them together weigh half
# of what one track would that was played as often.
WEIGHT_OF_AN_ARTIST = 0.5
_NAMES_IN_A_QUERY = 500


class UnmatchedTrack(NamedTuple):
    """What was played and is not in the library, with how often and when last."""

    title: str
    artist: str
    plays: int
    skips: int
    last_listened_at: datetime


def unmatched_tracks(
    db_session: Session, user_id: str, *, after: int = 0, limit: int = 50
) -> list[UnmatchedTrack]:
    """The most played first, leaving out the first ``after``."""
    rows = db_session.execute(
        _counted(user_id, Listen.title, Listen.artist)
        .order_by(func.count().desc(), Listen.artist, Listen.title)
        .offset(after)
        .limit(limit)
    )
    return [UnmatchedTrack(row.title, row.artist, row.rows - row.skips, row.skips, row.last) for row in rows]


def weights_by_artist(db_session: Session, user_id: str, now_seconds: int) -> dict[str, float]:
    """Track id -> weight, of tracks of artists of whom other tracks were played, which the library has not."""
    played: dict[str, list[Row[tuple[str, int, int, datetime]]]] = {}
    for row in db_session.execute(_counted(user_id, Listen.artist)):
        played.setdefault(folded(row.artist), []).append(row)
    played.pop("", None)
    tracks = _tracks_of(db_session, user_id, sorted(played))
    weights: dict[str, float] = {}
    for artist, track_ids in tracks.items():
        rows = played[artist]
        skips = float(sum(row.skips for row in rows))
        counts = PlayCounts(
            plays=np.array([sum(row.rows for row in rows) - skips]),
            skips=np.array([skips]),
            last_listened_at=np.array([max(int(row.last.timestamp()) for row in rows)]),
        )
        weight = WEIGHT_OF_AN_ARTIST * float(interaction_weights(counts, now_seconds)[0])
        weights |= dict.fromkeys(track_ids, weight / len(track_ids)) if weight else {}
    return weights


def _counted(user_id: str, *names):  # type: ignore[no-untyped-def]  # SQLAlchemy's own type for this is a page long
    skips = func.sum(case((Listen.skipped, 1), else_=0))
    return (
        select(
            *names,
            func.count().label("rows"),
            skips.label("skips"),
            func.max(Listen.listened_at).label("last"),
        )
        .where(Listen.user_id == user_id, Listen.track_id.is_(None))
        .group_by(*names)
    )


def _tracks_of(db_session: Session, user_id: str, artists: list[str]) -> dict[str, list[str]]:
    """Folded artist -> their catalogue tracks."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(artists), _NAMES_IN_A_QUERY):
        some = artists[start : start + _NAMES_IN_A_QUERY]
        rows = db_session.execute(
            select(Track.artist_text, Track.id).where(
                Track.artist_text.in_(some), Track.origin == "catalogue", visible_to(user_id)
            )
        )
        for artist, track_id in rows:
            found.setdefault(artist, []).append(track_id)
    return found
