"""From an edit to a track in the lists: the edit, then embedding and index, one job after the other."""

from collections.abc import Mapping
from typing import Any

from service.compositions.own_pieces import find_composition
from service.jobs import edit_composition, embed_tracks, rebuild_index
from service.operations import job_requests
from service.operations.job_queue import Report, run_inline
from service.settings import Settings
from service.store.database import Database


def edit_and_index(
    db: Database,
    settings: Settings,
    composition_id: str,
    edit: Mapping[str, Any],
    *,
    seed: int | None = None,
    report: Report,
) -> dict[str, Any]:
    """Edit a composition of whoever's it is, and embed and index what came of it where that is a track.

    Gives what `edit_composition.store_result` says. Raises what the jobs raise.
    """
    with db.session(read_only=True) as db_session:
        user_id = find_composition(db_session, composition_id).user_id
    request = job_requests.edit_composition(user_id, composition_id, edit, seed=seed)
    result = run_inline(db, settings, edit_composition, request.payload, report, user_id)
    if result.get("track_id") is not None:
        heard = job_requests.embed_tracks([result["track_id"]])
        run_inline(db, settings, embed_tracks, heard.payload, report, user_id)
        run_inline(db, settings, rebuild_index, job_requests.rebuild_index().payload, report, user_id)
    return result
