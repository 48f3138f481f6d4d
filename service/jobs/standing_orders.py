"""Job: see that every taste has its fresh pieces, and let go of pieces that nobody heard."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from service.compositions.retention import (
    UnheardPiece,
    choose_expired,
    expire,
    measure_files,
    remove_files,
    unheard_pieces,
)
from service.compositions.standing_orders import missing_pieces
from service.operations.fence import Fence
from service.operations.job_queue import Report, enqueue
from service.settings import Settings
from service.store.database import Database
from service.store.tables import utc_now

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Inputs:
    """The pieces that may go."""

    settings: Settings
    unheard: list[UnheardPiece]


@dataclass(frozen=True)
class Output:
    """The pieces that go, and how many bytes are left then."""

    settings: Settings
    expired_ids: list[str]
    left_bytes: int


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:  # noqa: ARG001  # it is for all listeners
    """Reads which pieces nobody heard."""
    with db.session(read_only=True) as db_session:
        return Inputs(settings, unheard_pieces(db_session))


def compute(inputs: Inputs, report: Report) -> Generator[Output, None, None]:
    """Measures the files and chooses what goes."""
    settings = inputs.settings
    report(0.0, "measuring what was composed")
    sizes = measure_files(settings.media_dir)
    expired = choose_expired(
        inputs.unheard,
        sizes,
        now=utc_now(),
        keep_days=settings.keep_unheard_days,
        cap_bytes=settings.composed_megabytes * MEGABYTE,
    )
    left_bytes = sum(sizes.values()) - sum(sizes.get(composition_id, 0) for composition_id in expired)
    yield Output(settings, expired, left_bytes)


def store_result(db: Database, output: Output, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the store is fenced
    """Marks what goes, asks for what is missing, and removes the files."""
    settings = output.settings
    has_room = output.left_bytes < settings.composed_megabytes * MEGABYTE
    now = utc_now()
    with db.session() as db_session:
        gone = expire(db_session, output.expired_ids, now) if output.expired_ids else []
        requests = missing_pieces(db_session, settings, now) if has_room else []
        for request in requests:
            enqueue(db_session, request)
    remove_files(settings.media_dir, gone)
    return {"asked_for": len(requests), "expired": len(gone), "composed_bytes": output.left_bytes}
