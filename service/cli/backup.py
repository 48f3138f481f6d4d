"""``homespun backup``: a copy of the store."""

import json

import click

from service.app import App
from service.cli.options import json_option, with_app
from service.cli.progress import shown_progress


@click.command()
@json_option
@with_app
def command(app: App, *, as_json: bool) -> None:
    """Copy the store to the backups folder, also while the service runs.

    Beside the copy lies a list of the media files it names; copy the media folder to keep those too.
    """
    from service.jobs import backup
    from service.operations import job_requests
    from service.operations.job_queue import run_inline

    with shown_progress("Backing up") as report:
        result = run_inline(app.database, app.settings, backup, job_requests.backup().payload, report)
    path = app.settings.backups_dir / result["name"]
    click.echo(json.dumps(result) if as_json else f"{path} ({result['size_bytes'] / 1e6:.1f} MB)")
