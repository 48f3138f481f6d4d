"""Jobs in words, as owners read them: of a listener's own job no more than that it is there and how it stands."""

from dataclasses import dataclass
from datetime import datetime

from service.operations.job_listing import ShownState, seconds_left, shown_state
from service.sentences import marked
from service.store.tables import Job

KINDS = {
    "backup": marked("Backing up"),
    "check_backup": marked("Checking a backup"),
    "compose_music": marked("Composing"),
    "edit_composition": marked("Changing a piece"),
    "elsewhere_rounds": marked("Seeing to the other server"),
    "embed_further": marked("Listening in another way"),
    "embed_tracks": marked("Listening to new music"),
    "find_twins": marked("Comparing tracks by their sound"),
    "hear_held": marked("Listening to a piece that waits"),
    "import_history": marked("Reading a listening history"),
    "index_further": marked("Another search index"),
    "rebuild_index": marked("Making the search index"),
    "render_scores": marked("Preparing the demo's music"),
    "scan_library": marked("Reading the music folder"),
    "standing_orders": marked("Seeing to fresh pieces"),
    "sync_elsewhere": marked("Comparing with the other server"),
    "tidy": marked("Tidying up"),
    "train_ranker": marked("Learning from what was played"),
    "update_taste": marked("Finding a taste"),
}

_ACTIONS = {
    "queued": ("pause", "cancel"),
    "running": ("pause", "cancel"),
    "paused": ("resume", "cancel"),
    "failed": ("retry",),
    "cancelled": ("retry",),
    "done": (),
}


@dataclass(frozen=True)
class ToldJob:
    """A job as a row of the list. ``whose`` is None for the house's; ``error`` a sentence where something went wrong.

    ``is_silent``: it should run, and its worker says nothing any more.
    """

    id: str
    words: str
    state: ShownState
    whose: str | None
    progress: float
    doing: str
    error: str | None
    attempt: int
    max_attempts: int
    seconds_left: float | None
    since: datetime
    run_after: datetime | None
    is_silent: bool
    actions: tuple[str, ...]


def told(job: Job, *, whose: str | None, is_own: bool, now: datetime) -> ToldJob:
    """The row of a job; what it says in detail is shown for the house's and one's own."""
    state = shown_state(job)
    may_be_read = job.user_id is None or is_own
    error = job.error if may_be_read or job.error_code in ("worker_died", "cancelled") else None
    if error is None and job.error_code is not None:
        error = marked(f"Its listener is told why ({job.error_code}).")
    return ToldJob(
        id=job.id,
        words=KINDS.get(job.kind, job.kind.replace("_", " ").capitalize()),
        state=state,
        whose=whose,
        progress=min(max(job.progress, 0.0), 1.0),
        doing=job.progress_text if may_be_read else "",
        error=error,
        attempt=job.attempt,
        max_attempts=job.max_attempts,
        seconds_left=seconds_left(job, now),
        since=job.finished_at or job.started_at or job.created_at,
        run_after=job.run_after if job.run_after and job.run_after > now else None,
        is_silent=state == "running" and (job.lease_until is None or job.lease_until < now),
        actions=() if job.cancel_requested and state == "running" else _ACTIONS[state],
    )
