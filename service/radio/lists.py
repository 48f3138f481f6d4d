"""A listener's list as it is served: kept as it was last made, and made anew when what it rests on has changed."""

import json
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from service.errors import InvalidRequest, NotFound, StorageFull
from service.library.published_index import open_index
from service.radio.recommend import ListedTrack, recommend
from service.settings import Settings
from service.store.database import Database
from service.store.tables import RecommendationList, User, utc_now

LISTED_PLACES = 60
"""How long a list is made, whatever part of it is asked for: a part is then always the beginning of the whole."""

STANDS_FOR = timedelta(hours=3)
"""A list is made as of a moment, which stands so long: until then only what the listener does changes the list, and
what they take back is taken back exactly."""

_KEPT_LIST = (
    select(
        User.id,
        User.composed_policy,
        User.familiar_share,
        RecommendationList.list_revision,
        RecommendationList.index_sha256,
        RecommendationList.made_at,
        RecommendationList.entries,
    )
    .outerjoin(RecommendationList, RecommendationList.user_id == User.id)
    .where(User.id == bindparam("user_id"))
)


def listed_json(
    database: Database, settings: Settings, user_id: str, list_revision: int, places: int = 20
) -> list[str]:
    """The first ``places`` of the listener's list, best first, each the text of one JSON object.

    An object is {"track": {...}, "score": number, "reason": sentence, "parts": {name: number}, "because": null}. ``list_revision`` is
    the listener's of this request: the list is at least as new. Raises InvalidRequest (``places_out_of_range``),
    NotFound (``no_such_listener``) and NotPrepared (``index_missing``).
    """
    if not 1 <= places <= LISTED_PLACES:
        raise InvalidRequest(f"A list has 1 to {LISTED_PLACES} tracks.", code="places_out_of_range")
    fingerprint = open_index(settings.index_dir)[0].fingerprint
    with database.reading() as connection:
        kept = connection.execute(_KEPT_LIST, {"user_id": user_id}).first()
    if kept is None:
        raise NotFound("There is no such listener.", code="no_such_listener")
    now = utc_now()
    as_of = kept.made_at if kept.made_at and timedelta(0) <= now - kept.made_at < STANDS_FOR else now
    if as_of is now or kept.list_revision < list_revision or kept.index_sha256 != fingerprint:
        listed = recommend(database, settings, kept, LISTED_PLACES, as_of)
        entries = "\n".join(_line(each) for each in listed)
        with suppress(StorageFull):  # what cannot be kept can still be listened to
            _keep(database, user_id, list_revision, fingerprint, as_of, entries)
    else:
        entries = kept.entries
    return entries.split("\n", places)[:places] if entries else []


def asked_json(
    database: Database,
    settings: Settings,
    user_id: str,
    places: int = 20,
    *,
    context: str | None = None,
    explain: bool = False,
) -> list[str]:
    """As `listed_json`, made for this request: for a context, or with everything that the places follow from.

    Explained, the parts are exact and "because" is {"kind", "cluster_id", "anchor_id", "plays"}; without a context it is the
    list that stands. Raises what `listed_json` raises, and InvalidRequest (``unknown_context``).
    """
    if not 1 <= places <= LISTED_PLACES:
        raise InvalidRequest(f"A list has 1 to {LISTED_PLACES} tracks.", code="places_out_of_range")
    with database.reading() as connection:
        kept = connection.execute(_KEPT_LIST, {"user_id": user_id}).first()
    if kept is None:
        raise NotFound("There is no such listener.", code="no_such_listener")
    now = utc_now()
    as_of = kept.made_at if kept.made_at and timedelta(0) <= now - kept.made_at < STANDS_FOR else now
    listed = recommend(database, settings, kept, LISTED_PLACES, as_of, context)[:places]
    return [_explained(each) if explain else _line(each) for each in listed]


def _explained(listed: ListedTrack) -> str:
    place = json.loads(_line(listed))
    exact = {"score": listed.score, "parts": listed.parts, "because": asdict(listed.because)}
    return json.dumps(place | exact, ensure_ascii=False)


def _line(listed: ListedTrack) -> str:
    """One place of the list; what belongs to a moment or a request, such as addresses and thumbs, is left out."""
    return json.dumps(
        {
            "track": {
                "id": listed.track_id,
                "title": listed.title,
                "artist": listed.artist,
                "album": listed.album,
                "duration_seconds": listed.duration_seconds,
                "origin": listed.origin,
                "gain_db": listed.gain_db,
            },
            "score": round(listed.score, 4),
            "reason": listed.reason,
            "parts": {name: round(part, 4) for name, part in listed.parts.items()},
            "because": None,
        },
        ensure_ascii=False,
    )


def _keep(
    database: Database, user_id: str, list_revision: int, fingerprint: str, made_at: datetime, entries: str
) -> None:
    """Stores the list, unless a newer one was stored meanwhile."""
    with database.session() as db_session:
        insert = postgresql.insert if database.engine.dialect.name == "postgresql" else sqlite.insert
        row = insert(RecommendationList).values(
            user_id=user_id,
            list_revision=list_revision,
            index_sha256=fingerprint,
            made_at=made_at,
            entries=entries,
        )
        columns = ("list_revision", "index_sha256", "made_at", "entries")
        db_session.execute(
            row.on_conflict_do_update(
                index_elements=["user_id"],
                set_={name: row.excluded[name] for name in columns},
                where=RecommendationList.list_revision <= row.excluded.list_revision,
            )
        )
