"""All of a library is listened to here and now, part by part as the service does it, with an index after each part."""

from datetime import datetime
from typing import Any

from service.jobs import embed_tracks, rebuild_index
from service.operations import job_requests
from service.operations.job_queue import Report, run_inline
from service.settings import Settings
from service.store.database import Database


def listen_to_library(
    db: Database, settings: Settings, report: Report, *, retry_failed_before: datetime | None = None
) -> dict[str, Any]:
    """What `embed_tracks.store_result` says, summed over the parts, and the last index as ``index``.

    `report` is given the share of all the tracks that wait now. Stopped at any time and begun again, it goes on where it
    was. Raises what the jobs raise.
    """
    at_most = job_requests.FIRST_TRACKS
    heard: dict[str, Any] = {"embedded": 0, "failed": [], "cpu_seconds": {}}
    waiting = 0

    def report_of_all(share: float, words: str) -> None:
        done = heard["embedded"] + len(heard["failed"])
        report((done + share * min(at_most, waiting - done)) / waiting, words)

    while True:
        request = job_requests.embed_tracks(at_most=at_most, retry_failed_before=retry_failed_before)
        if not waiting:
            inputs = embed_tracks.load_inputs(db, settings, dict(request.payload))
            waiting = len(inputs.tracks) + inputs.left
        result = run_inline(db, settings, embed_tracks, request.payload, report_of_all)
        heard["embedded"] += result["embedded"]
        heard["failed"] += result["failed"]
        for stage, seconds in result["cpu_seconds"].items():
            heard["cpu_seconds"][stage] = round(heard["cpu_seconds"].get(stage, 0.0) + seconds, 3)
        index = run_inline(
            db, settings, rebuild_index, job_requests.rebuild_index().payload, lambda _share, _words: None
        )
        if not result["left"]:
            return {**heard, "index": index}
        at_most = job_requests.TRACKS_BETWEEN_INDEXES
