"""What a listener may like next, in the words of ListenBrainz: those of their list that have a recording's MBID."""

import json
from typing import Any

from flask import Blueprint, Response, request

from service.compat.listenbrainz.asking import app_by_token, check_name
from service.compat.listenbrainz.query import read_count, read_offset
from service.errors import InvalidRequest, NotPrepared
from service.http.authentication import requires_app
from service.http.parts import parts
from service.library.songs import songs_of
from service.radio.lists import LISTED_PLACES, listed_json
from service.store.tables import User
from service.store.tables.base import utc_now

_TYPES = ("top", "similar", "raw")


def add_recommendations(blueprint: Blueprint) -> None:
    """One address."""

    @blueprint.get("/cf/recommendation/user/<name>/recording", endpoint="recommended_recordings")
    @requires_app(app_by_token, "library:read")
    def recommended_recordings(name: str) -> dict[str, Any] | Response:
        who, kind = check_name(name), request.args.get("artist_type", "top")
        if kind not in _TYPES:
            raise InvalidRequest(f"artist_type is one of {', '.join(_TYPES)}.", code="bad_query")
        offset, count = read_offset(), read_count(25, most=100)
        found = _recommended(who.user_id)
        if not found:
            # As ListenBrainz says that there is nothing to tell.
            return Response(status=204)
        page = found[offset : offset + count]
        return {
            "payload": {
                "mbids": page,
                "entity": "recording",
                "type": kind,
                "user_name": who.name,
                "count": len(page),
                "total_mbid_count": len(found),
                "offset": offset,
                "last_updated": int(utc_now().timestamp()),
            }
        }


def _recommended(user_id: str) -> list[dict[str, Any]]:
    with parts().database.session(read_only=True) as db_session:
        revision = db_session.get_one(User, user_id).list_revision
    try:
        listed = listed_json(parts().database, parts().settings, user_id, revision, LISTED_PLACES)
    except NotPrepared:
        return []
    scores = {entry["track"]["id"]: entry["score"] for entry in map(json.loads, listed)}
    with parts().database.session(read_only=True) as db_session:
        tracks = songs_of(db_session, user_id, list(scores))
    return [
        {"recording_mbid": track.recording_mbid, "score": scores[track.id], "latest_listened_at": None}
        for track in tracks
        if track.recording_mbid
    ]
