"""The review desk: one composition at a time, with what was asked, what was measured and what it is near to."""

import hashlib
import os
from pathlib import Path

from flask import Blueprint, Response, render_template, request

from service.admin import bulk_review
from service.admin.asked_and_measured import compared
from service.admin.copy_report import repeats_of
from service.admin.sound_lanes import outline, roll_of
from service.audio import AudioError
from service.compositions.review import REASONS, ReviewItem, audit, desk_queue, find_item
from service.compositions.written_notes import read_written
from service.errors import NotFound
from service.http.authentication import owner_page, viewer
from service.http.parts import parts
from service.library.spectrograms import spectrogram_png
from service.library.waveforms import peaks_of_file

DECISIONS_SHOWN = 12
QUEUE_SHOWN = 200

blueprint = Blueprint("review_desk", __name__, template_folder="templates")
bulk_review.add_routes(blueprint)


@blueprint.get("")
@owner_page
def desk() -> str:
    """What waits longest and is nobody else's at the moment, and what was decided last."""
    with parts().database.session(read_only=True) as db_session:
        queue = desk_queue(db_session, QUEUE_SHOWN)
    return _desk(queue, next((item for item in queue if _is_free(item)), None))


@blueprint.get("/<id:composition_id>")
@owner_page
def one_item(composition_id: str) -> str:
    """One composition, whether it waits or was decided about."""
    with parts().database.session(read_only=True) as db_session:
        queue = desk_queue(db_session, QUEUE_SHOWN)
        item = find_item(db_session, composition_id)
    return _desk(queue, item)


@blueprint.get("/<id:composition_id>/standing")
@owner_page
def standing(composition_id: str) -> str:
    """Whether somebody else looks at it or has decided about it since; asked for again and again."""
    with parts().database.session(read_only=True) as db_session:
        item = find_item(db_session, composition_id)
    return render_template("house/_standing.html", item=item)


@blueprint.get("/<id:composition_id>/sound")
@owner_page
def sound(composition_id: str) -> str:
    """Its outline, tones and notes: a part of the desk for scripts, a page of its own without them."""
    with parts().database.session(read_only=True) as db_session:
        item = find_item(db_session, composition_id)
    settings = parts().settings
    seconds = float(item.measured.get("duration_seconds", item.seconds))
    try:
        peaks = peaks_of_file(settings, _file(item), _known_by(item))
    except (AudioError, NotFound):
        peaks = []
    written = read_written(settings.media_dir / item.media_paths.get("midi", ""))
    template = "house/_sound.html" if "HX-Request" in request.headers else "house/sound.html"
    return render_template(
        template,
        item=item,
        seconds=seconds,
        outline=outline(peaks),
        peaks=peaks,
        roll=roll_of(written, seconds) if written else None,
    )


@blueprint.get("/<id:composition_id>/tones.png")
@owner_page
def tones(composition_id: str) -> Response:
    """Its spectrogram."""
    with parts().database.session(read_only=True) as db_session:
        item = find_item(db_session, composition_id)
    content = spectrogram_png(parts().settings, _file(item), _known_by(item))
    return Response(content, mimetype="image/png", headers={"Cache-Control": "private, max-age=86400"})


def _desk(queue: list[ReviewItem], item: ReviewItem | None) -> str:
    with parts().database.session(read_only=True) as db_session:
        decisions = audit(db_session, DECISIONS_SHOWN)
    ids = [each.id for each in queue]
    place = ids.index(item.id) if item is not None and item.id in ids else None
    return render_template(
        "house/desk.html",
        item=item,
        rows=compared(item) if item else [],
        repeats=repeats_of(item) if item else [],
        is_mine=item is not None and item.state == "held" and _is_free(item),
        queue=queue,
        place=place,
        next_id=_next_free(queue, -1 if place is None else place),
        previous_id=ids[place - 1] if place else None,
        claimed_elsewhere=sum(not _is_free(each) for each in queue),
        decisions=decisions,
        reasons=REASONS,
    )


def _next_free(queue: list[ReviewItem], place: int) -> str | None:
    return next((each.id for each in queue[place + 1 :] if _is_free(each)), None)


def _is_free(item: ReviewItem) -> bool:
    return not item.is_claimed_by_another(viewer().user_id)


def _file(item: ReviewItem) -> bytes:
    return os.fsencode(parts().settings.media_dir / Path(item.media_paths["flac"]))


def _known_by(item: ReviewItem) -> str:
    """A composition's sound never changes."""
    return hashlib.sha256(f"composition {item.id}".encode()).hexdigest()
