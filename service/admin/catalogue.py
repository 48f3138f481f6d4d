"""The catalogue under review: broken files, tracks that are there twice, and tracks that somebody should look at."""

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.admin.telling import do_and_tell
from service.http.authentication import owner_page, viewer
from service.http.parts import parts
from service.library.folders import find_folder
from service.library.hearing_warnings import WARNINGS
from service.library.troubles import broken_files, duplicates, flagged_tracks, sounding_alike
from service.library.visibility import find_track
from service.operations.house_acts import note_act
from service.operations.job_listing import is_at_work
from service.operations.job_queue import enqueue
from service.operations.job_requests import embed_tracks, find_twins, scan_library
from service.sentences import marked

blueprint = Blueprint("catalogue", __name__, template_folder="templates")

_PAIRS_SHOWN = 60
SHOWN = 40
_MOST_PAGES = 100_000
_MOST_DIGITS = 6

REASONS = {
    "missing": "Its file is gone.",
    "no_music": "It is no music to the ear, and is kept out of tastes and lists.",
} | WARNINGS


@blueprint.get("")
@owner_page
def broken() -> str:
    """Files that could not be read or listened to."""
    number = _page_number()
    with parts().database.session(read_only=True) as db_session:
        found = broken_files(db_session, SHOWN + 1, (number - 1) * SHOWN)
    return render_template(
        "house/catalogue_broken.html", files=found[:SHOWN], number=number, has_more=len(found) > SHOWN
    )


@blueprint.get("/duplicates")
@owner_page
def twice() -> str:
    """Tracks of one name, artist and length."""
    number = _page_number()
    with parts().database.session(read_only=True) as db_session:
        groups, has_more = duplicates(db_session, SHOWN, (number - 1) * SHOWN)
        alike = sounding_alike(db_session, _PAIRS_SHOWN) if number == 1 else None
        is_comparing = is_at_work(db_session, "find_twins")
    return render_template(
        "house/catalogue_twice.html",
        groups=groups,
        number=number,
        has_more=has_more,
        alike=alike,
        is_comparing=is_comparing,
    )


@blueprint.post("/duplicates/compare")
@owner_page
def compare() -> Response:
    """Look for tracks that sound the same under other names."""

    def act(db_session: Session) -> str:
        job = enqueue(db_session, find_twins())
        note_act(db_session, viewer().user_id, "compare_sounds", ("store", job.id))
        return marked("The tracks are compared by their sound. See it among the jobs.")

    return do_and_tell(url_for("catalogue.twice"), act)


@blueprint.get("/flagged")
@owner_page
def flagged() -> str:
    """Tracks whose files are gone, that are no music, or that the ear warned about."""
    number = _page_number()
    with parts().database.session(read_only=True) as db_session:
        found = flagged_tracks(db_session, SHOWN + 1, (number - 1) * SHOWN)
    return render_template(
        "house/catalogue_flagged.html",
        found=found[:SHOWN],
        reasons=REASONS,
        number=number,
        has_more=len(found) > SHOWN,
    )


@blueprint.post("/folders/<id:library_id>/read-again")
@owner_page
def read_again(library_id: str) -> Response:
    """Read the folder again in which a file was broken."""

    def act(db_session: Session) -> str:
        folder = find_folder(db_session, library_id)
        job = enqueue(db_session, scan_library(folder.path))
        note_act(
            db_session,
            viewer().user_id,
            "read_again",
            ("store", job.id),
            after={"name": folder.path.decode("utf-8", "replace")},
        )
        return marked("The folder is read again: what was mended comes in. See it among the jobs.")

    return do_and_tell(url_for("catalogue.broken"), act)


@blueprint.post("/tracks/<id:track_id>/listen-again")
@owner_page
def listen_again(track_id: str) -> Response:
    """Listen again to a track that could not be listened to."""

    def act(db_session: Session) -> str:
        track = find_track(db_session, viewer().user_id, track_id)
        job = enqueue(db_session, embed_tracks([track.id]))
        note_act(
            db_session,
            viewer().user_id,
            "listen_again",
            ("store", job.id),
            after={"name": track.title or track.display_path},
        )
        return marked("It is listened to again. See it among the jobs.")

    return do_and_tell(url_for("catalogue.broken"), act)


def _page_number() -> int:
    asked = request.args.get("page", "1")
    is_number = asked.isascii() and asked.isdigit() and len(asked) <= _MOST_DIGITS
    return min(max(int(asked), 1), _MOST_PAGES) if is_number else 1
