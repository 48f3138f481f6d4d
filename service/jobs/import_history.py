"""Job: count what a history file holds, or read it in.

Rows are stored some hundreds at a time, each time with the counts of all that were taken so far. A job that was ended in
any way goes on after the last rows that were stored, and the report comes out the same.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import Cancelled, NotFound
from service.listening.history_files.formats import open_history_file
from service.listening.history_files.rows import ReadingOptions
from service.listening.history_import import finish_import, preview_of, store_batch
from service.listening.import_batches import Batch, BatchMaker
from service.listening.imports import find_import, reading_options, remove_upload, report_of, upload_path
from service.listening.known_plays import KnownPlays
from service.listening.matching import LibraryMatcher
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.settings import Settings
from service.store.database import Database
from service.store.tables import HistoryImport, utc_now


@dataclass(frozen=True)
class Counting:
    """A file of which only a preview is wanted."""

    settings: Settings
    import_id: str
    path: Path
    file_name: str
    options: ReadingOptions


@dataclass(frozen=True)
class Reading(Counting):
    """A file that is read in: all that its rows are held against, and how many were taken before."""

    maker: BatchMaker
    taken: int


@dataclass(frozen=True)
class Previewed:
    """What the file holds, as JSON."""

    import_id: str
    preview: dict[str, Any]


@dataclass(frozen=True)
class SomeRows:
    """Rows to be stored."""

    import_id: str
    batch: Batch


@dataclass(frozen=True)
class AllRows:
    """There are no more rows."""

    settings: Settings
    import_id: str


Output = Previewed | SomeRows | AllRows


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Counting:
    """Raises NotFound when the import was undone (``unknown_import``) or its file is gone (``upload_gone``)."""
    user_id, import_id = payload["user_id"], payload["import_id"]
    path = upload_path(settings, import_id)
    with db.session(read_only=True) as db_session:
        row = find_import(db_session, user_id, import_id)
        options = reading_options(row.options)
        if not path.is_file() and row.state != "done":
            raise NotFound("The file is not kept any more: hand it in again.", code="upload_gone")
        if payload["step"] == "preview":
            return Counting(settings, import_id, path, row.file_name, options)
        return Reading(
            settings,
            import_id,
            path,
            row.file_name,
            options,
            BatchMaker(
                LibraryMatcher(db_session, user_id), KnownPlays(db_session, user_id), row.source, utc_now()
            ),
            taken=row.counts.get("rows", 0),
        )


def compute(inputs: Counting, report: Report) -> Generator[Output, None, None]:
    """Reads the file from its beginning to its end."""
    report(0.0, f"reading {inputs.file_name}")
    if inputs.path.is_file():
        with open_history_file(inputs.path, inputs.file_name) as file:
            if not isinstance(inputs, Reading):
                preview = preview_of(
                    file, inputs.options, lambda rows: report(file.share_read(), f"{rows:,} rows")
                )
                yield Previewed(inputs.import_id, preview.to_json())
                return
            taken = inputs.taken
            for batch in inputs.maker.batches(file.read(inputs.options), inputs.taken):
                taken += batch.report.rows
                yield SomeRows(inputs.import_id, batch)
                report(file.share_read(), f"{taken:,} rows")
    yield AllRows(inputs.settings, inputs.import_id)


def store_result(db: Database, output: Output, fence: Fence) -> dict[str, Any]:
    """The preview, some rows, or the end."""
    with db.session() as db_session:
        row = db_session.get(HistoryImport, output.import_id, with_for_update=True)
        if row is None:
            raise Cancelled("This import was undone.")
        row.job_id = fence.job_id
        match output:
            case Previewed():
                row.preview = output.preview
                row.state = "ready" if row.state == "reading" else row.state
                result = {"import_id": row.id}
            case SomeRows():
                store_batch(db_session, row, output.batch)
                result = {}
            case AllRows():
                result = (finish_import(db_session, row) if row.state != "done" else report_of(row)).to_json()
    if isinstance(output, AllRows):
        # Only now: until the report is committed, the file may be needed again.
        remove_upload(output.settings, output.import_id)
    return result
