"""``homespun history``: bring in what was heard elsewhere."""

import json
from pathlib import Path
from typing import Any

import click

from service.accounts.people import find_user
from service.app import App
from service.cli.options import json_option, with_app
from service.jobs import update_taste
from service.listening.history_import import ImportReport, import_history, preview_history_file
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.operations.model_versions import in_use


@click.group()
def command() -> None:
    """Bring in what was heard elsewhere."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--user", "name", required=True, help="Whose history it is.")
@click.option("--preview", is_flag=True, help="Only count what the file holds.")
@json_option
@with_app
def import_command(app: App, file: Path, name: str, *, preview: bool, as_json: bool) -> None:
    """Read FILE, a ListenBrainz export (.zip, .jsonl or .json), into a listener's history."""
    if preview:
        with app.database.session(read_only=True) as db_session:
            find_user(db_session, name)
        counts = preview_history_file(file).to_json()
        click.echo(json.dumps(counts, indent=1) if as_json else _preview_text(counts))
        return
    with app.database.session() as db_session:
        user_id = find_user(db_session, name).id
        report = import_history(db_session, user_id, file)
        can_find_taste = in_use(db_session, "encoder") is not None
    if report.imported and can_find_taste:
        run_inline(
            app.database,
            app.settings,
            update_taste,
            job_requests.update_taste(user_id).payload,
            lambda *_: None,
            user_id,
        )
    click.echo(json.dumps(report.to_json(), indent=1) if as_json else _report_text(report))


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
    return "\n".join(lines)
