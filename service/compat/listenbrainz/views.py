"""The operations."""

from typing import Any, Literal, cast

from apiflask import APIBlueprint
from flask import request

from service.accounts.viewers import Viewer
from service.compat.listenbrainz.answers import (
    feedback_answer,
    listen_answer,
    playing_answer,
    unmatched_feedback_answer,
)
from service.compat.listenbrainz.asking import (
    app_by_token,
    app_with_token,
    check_name,
    install_manners,
    shown_token,
)
from service.compat.listenbrainz.query import read_count, read_moment, read_offset, read_score
from service.compat.listenbrainz.reading import (
    MOST_BYTES,
    SOURCE,
    read_json,
    read_seconds,
    read_submission,
    read_uuid,
)
from service.compat.listenbrainz.recommendations import add_recommendations
from service.compat.listenbrainz.statistics import add_statistics
from service.errors import InvalidRequest, Unauthenticated
from service.http.authentication import public_to_apps, requires_app, viewer
from service.http.body_limit import takes_bytes
from service.http.parts import parts
from service.listening.heard import bounds_of_heard, count_heard, heard_between, thumbed_tracks
from service.listening.heard_now import heard_now, import_mark, mark_import, tell_heard_now
from service.listening.scrobbles import Scrobble, delete_listens, record_scrobbles, recording_of_msid
from service.listening.unmatched_thumbs import Recording, set_thumb_on, unmatched_thumbs
from service.store.tables.base import utc_now
from service.store.texts import is_name

Answer = dict[str, Any]

_THUMBS: dict[int, Literal["up", "down", "clear"]] = {1: "up", -1: "down", 0: "clear"}
_SERVICE_MAX_CHARACTERS = 40
_DONE = {"status": "ok"}
_listens = requires_app(app_by_token, "listens:write")
_feedback = requires_app(app_by_token, "feedback:write")

# APIFlask's own kind: it asks every blueprint that has something done before a request whether it describes it.
blueprint = APIBlueprint("listenbrainz", __name__, enable_openapi=False)
install_manners(blueprint)
add_statistics(blueprint)
add_recommendations(blueprint)


@blueprint.get("/validate-token")
@public_to_apps
def validate_token() -> Answer:
    """Whose token it is."""
    token = shown_token() or request.args.get("token", "")
    if not token:
        raise InvalidRequest("An Authorization header is needed: Token and an app password.")
    try:
        who: Viewer = app_with_token(token)
    except Unauthenticated:
        return {"code": 200, "message": "Token invalid.", "valid": False}
    return {"code": 200, "message": "Token valid.", "valid": True, "user_name": who.name}


@blueprint.post("/submit-listens")
@takes_bytes(MOST_BYTES)
@_listens
def submit_listens() -> Answer:
    """Keep listens, or what is heard now."""
    submission = read_submission(request.get_data(), utc_now())
    with parts().database.session() as db_session:
        if submission.listen_type == "playing_now":
            tell_heard_now(db_session, viewer().user_id, submission.events[0])
        else:
            record_scrobbles(db_session, viewer().user_id, [Scrobble(event) for event in submission.events])
    return _DONE


@blueprint.get("/user/<name>/listens")
@_listens
def listens(name: str) -> Answer:
    """What was heard, latest first."""
    who = check_name(name)
    after, before = read_moment("min_ts"), read_moment("max_ts")
    with parts().database.session(read_only=True) as db_session:
        rows = heard_between(
            db_session, who.user_id, after=after, before=before, limit=read_count(25, most=1_000)
        )
        bounds = bounds_of_heard(db_session, who.user_id)
    return {
        "payload": {
            "count": len(rows),
            "user_id": who.name,
            "listens": [listen_answer(row, who.name) for row in rows],
            "latest_listen_ts": int(bounds.latest.timestamp()) if bounds.latest else 0,
            "oldest_listen_ts": int(bounds.first.timestamp()) if bounds.first else 0,
        }
    }


@blueprint.get("/user/<name>/listen-count")
@_listens
def listen_count(name: str) -> Answer:
    """How much was heard."""
    who = check_name(name)
    with parts().database.session(read_only=True) as db_session:
        return {"payload": {"count": count_heard(db_session, who.user_id)}}


@blueprint.get("/user/<name>/playing-now")
@_listens
def playing_now(name: str) -> Answer:
    """What is heard now, in a list of one or none."""
    who = check_name(name)
    with parts().database.session(read_only=True) as db_session:
        playing = heard_now(db_session, who.user_id)
    heard = [] if playing is None else [playing_answer(playing)]
    return {"payload": {"count": len(heard), "user_id": who.name, "playing_now": True, "listens": heard}}


@blueprint.get("/latest-import")
@_listens
def latest_import() -> Answer:
    """How far another service's listens were brought over."""
    who = check_name(request.args.get("user_name", viewer().name))
    with parts().database.session(read_only=True) as db_session:
        mark = import_mark(db_session, who.user_id, _service(request.args.get("service")))
    return {"musicbrainz_id": who.name, "latest_import": int(mark.timestamp()) if mark else 0}


@blueprint.post("/latest-import")
@_listens
def set_latest_import() -> Answer:
    """Note how far another service's listens were brought over."""
    told = read_json(request.get_data())
    service, moment = _service(told.get("service")), read_seconds(told.get("ts"), "ts")
    with parts().database.session() as db_session:
        mark_import(db_session, viewer().user_id, service, moment)
    return _DONE


@blueprint.post("/delete-listen")
@_listens
def delete_listen() -> Answer:
    """Delete a listen; one that is gone already stays gone."""
    told = read_json(request.get_data())
    listened_at = read_seconds(told.get("listened_at"), "listened_at")
    msid = read_uuid(told.get("recording_msid"), "recording_msid")
    if msid is None:
        raise InvalidRequest("A listen is named by listened_at and recording_msid.", code="bad_listen")
    with parts().database.session() as db_session:
        delete_listens(db_session, viewer().user_id, listened_at, msid)
    return _DONE


@blueprint.post("/feedback/recording-feedback")
@_feedback
def recording_feedback() -> Answer:
    """Love, hate, or neither: a thumb."""
    told = read_json(request.get_data())
    score = told.get("score")
    mbid = read_uuid(told.get("recording_mbid"), "recording_mbid")
    msid = read_uuid(told.get("recording_msid"), "recording_msid")
    if isinstance(score, bool) or not isinstance(score, int) or score not in _THUMBS:
        raise InvalidRequest("score is 1, 0 or -1.", code="bad_feedback")
    if mbid is None and msid is None:
        raise InvalidRequest("Feedback names a recording_mbid or a recording_msid.", code="bad_feedback")
    with parts().database.session() as db_session:
        user_id = viewer().user_id
        if msid is not None:
            recording = recording_of_msid(db_session, user_id, msid)
        else:
            recording = Recording(recording_mbid=mbid)
        set_thumb_on(db_session, user_id, recording, _THUMBS[score], context=SOURCE)
    return _DONE


@blueprint.get("/feedback/user/<name>/get-feedback")
@_feedback
def feedback(name: str) -> Answer:
    """The thumbs that are in force, latest first; those that wait for their track are among them."""
    who = check_name(name)
    score, offset, count = read_score(), read_offset(), read_count(100, most=1_000)
    value = cast("Literal['up', 'down'] | None", None if score is None else _THUMBS[score])
    with parts().database.session(read_only=True) as db_session:
        told = [
            feedback_answer(thumb, track, who.name)
            for thumb, track in thumbed_tracks(db_session, who.user_id, value)
        ]
        waiting = unmatched_thumbs(db_session, who.user_id)
    told += [unmatched_feedback_answer(each, who.name) for each in waiting if value in (None, each.value)]
    told.sort(key=lambda each: each["created"], reverse=True)
    page = told[offset : offset + count]
    return {"feedback": page, "count": len(page), "total_count": len(told), "offset": offset}


def _service(name: Any) -> str:
    """The service that listens are brought over from: ListenBrainz takes Last.fm where none is named."""
    name = "lastfm" if name is None else name
    if not isinstance(name, str) or not is_name(name, _SERVICE_MAX_CHARACTERS):
        raise InvalidRequest("service is a name of up to 40 characters.", code="bad_service")
    return name
