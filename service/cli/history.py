"""``homespun history``: bring in what was heard elsewhere."""

import json
from pathlib import Path
from typing import Any

import click

from service.accounts.people import find_user
from service.app import App
from service.cli.options import json_option, with_app
from service.cli.progress import shown_progress
from service.jobs import import_history, update_taste
from service.listening.history_import import preview_history_file
from service.listening.import_report import ImportReport
from service.listening.imports import (
    Upload,
    begin_reading_in,
    keep_copy,
    list_imports,
    options_to_keep,
    reading_options,
    remove_upload,
    undo_import,
)
from service.listening.unmatched import unmatched_tracks
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.operations.model_versions import in_use

MOST_LISTED = 200

user_option = click.option("--user", "name", required=True, help="Whose history it is.")


@click.group()
def command() -> None:
    """Bring in what was heard elsewhere."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@user_option
@click.option("--preview", is_flag=True, help="Only count what the file holds.")
@click.option("--time-zone", help="Where times were written that name no zone, such as Europe/Berlin.")
@click.option("--include-private", is_flag=True, help="Take what was heard in private sessions, too.")
@json_option
@with_app
def import_command(
    app: App,
    file: Path,
    name: str,
    *,
    preview: bool,
    time_zone: str | None,
    include_private: bool,
    as_json: bool,
) -> None:
    """Read FILE into a listener's history: what Spotify, Last.fm, ListenBrainz, Apple Music, YouTube Music, Deezer,
    Maloja or a portable player wrote, as it came.
    """
    with app.database.session(read_only=True) as db_session:
        user_id = find_user(db_session, name).id
    said = options_to_keep(time_zone=time_zone, include_private=include_private)
    if preview:
        counts = preview_history_file(file, reading_options(said)).to_json()
        click.echo(json.dumps(counts, indent=1) if as_json else _preview_text(counts))
        return
    report = _read_in(app, user_id, keep_copy(app.settings, file), said)
    with app.database.session(read_only=True) as db_session:
        can_find_taste = in_use(db_session, "encoder") is not None
    if report.imported and can_find_taste:
        payload = job_requests.update_taste(user_id).payload
        run_inline(app.database, app.settings, update_taste, payload, lambda *_: None, user_id)
    click.echo(json.dumps(report.to_json(), indent=1) if as_json else _report_text(report))


@command.command("list")
@user_option
@json_option
@with_app
def list_command(app: App, name: str, *, as_json: bool) -> None:
    """Print what was brought in, newest first."""
    with app.database.session(read_only=True) as db_session:
        rows = list_imports(db_session, find_user(db_session, name).id, limit=MOST_LISTED)
    told = [
        {
            "id": row.id,
            "file_name": row.file_name,
            "source": row.source,
            "state": row.state,
            "created_at": row.created_at.isoformat(),
            "imported": row.counts.get("imported", 0),
        }
        for row in rows
    ]
    lines = [
        f"{each['id']}  {each['source']}  {each['file_name']}: {each['imported']} imported ({each['state']})"
        for each in told
    ]
    click.echo(json.dumps(told, indent=1) if as_json else "\n".join(lines) or "Nothing was brought in yet.")


@command.command("undo")
@click.argument("import_id")
@user_option
@with_app
def undo_command(app: App, import_id: str, name: str) -> None:
    """Take back all that came in with the file of IMPORT_ID."""
    with app.database.session() as db_session:
        undo_import(db_session, find_user(db_session, name).id, import_id)
    remove_upload(app.settings, import_id)
    click.echo("All that came in with it is gone again.")


@command.command("unmatched")
@user_option
@click.option("-n", "count", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@with_app
def unmatched_command(app: App, name: str, *, count: int, as_json: bool) -> None:
    """Print what was played and the library has not, the most played first."""
    with app.database.session(read_only=True) as db_session:
        rows = unmatched_tracks(db_session, find_user(db_session, name).id, limit=count)
    told = [row._asdict() | {"last_listened_at": row.last_listened_at.isoformat()} for row in rows]
    lines = [f"{row.plays:6d}  {row.artist or '(no artist)'}: {row.title}" for row in rows]
    click.echo(json.dumps(told, indent=1) if as_json else "\n".join(lines) or "The library has all of it.")


def _read_in(app: App, user_id: str, upload: Upload, said: dict[str, Any]) -> ImportReport:
    """All of the file or, where that does not work out, nothing."""
    try:
        with app.database.session() as db_session:
            begin_reading_in(db_session, user_id, upload, **said)
    except BaseException:
        remove_upload(app.settings, upload.import_id)
        raise
    payload = job_requests.import_history(user_id, upload.import_id, "commit").payload
    try:
        with shown_progress("Importing") as report:
            result = run_inline(app.database, app.settings, import_history, payload, report, user_id)
    except BaseException:
        with app.database.session() as db_session:
            undo_import(db_session, user_id, upload.import_id)
        remove_upload(app.settings, upload.import_id)
        raise
    return ImportReport.from_json(result)


def _report_text(report: ImportReport) -> str:
    came_in = f"{report.listens} listens ({report.skips} of them skips) and {report.thumbs} thumbs came in"
    waiting = f"{report.listens - report.matched} are kept until their track arrives"
    not_wanted = f"{report.duplicate} duplicate, {report.skipped.total()} skipped, {report.failed} failed"
    lines = [f"{report.rows} rows: {report.imported} imported, {not_wanted}."]
    lines.append(f"{came_in}; {report.matched} listens are of tracks in the library, {waiting}.")
    lines += [
        f"skipped {count}: {reason.replace('_', ' ')}" for reason, count in sorted(report.skipped.items())
    ]
    lines += [f"failed: {failure}" for failure in report.failures]
    if report.failed > len(report.failures):
        lines.append(f"and {report.failed - len(report.failures)} more failed.")
    return "\n".join(lines)


def _preview_text(counts: dict[str, Any]) -> str:
    heard = f"{counts['listens']} listens ({counts['skips']} of them skips), {counts['thumbs']} thumbs"
    not_wanted = f"{sum(counts['skipped'].values())} to be skipped, {counts['failed']} unreadable"
    lines = [f"{counts['rows']} rows: {heard}, {not_wanted}."]
    lines += [f"{year}: {count} listens" for year, count in counts["by_year"].items()]
    lines += [f"skipped {count}: {reason.replace('_', ' ')}" for reason, count in counts["skipped"].items()]
    lines += counts["warnings"]
    if counts["needs_time_zone"]:
        lines.append("Its times name no zone: say with --time-zone where they were written.")
    return "\n".join(lines)
