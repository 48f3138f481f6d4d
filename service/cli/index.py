"""``homespun index``: what was heard in the tracks, and the search among it."""

import json

import click

from service.app import App
from service.cli.options import json_option, with_app


@click.group()
def command() -> None:
    """Listen to new tracks, and rebuild the search index."""


@command.command()
@click.option("--retry-failed", is_flag=True, help="Try what could not be listened to once more.")
@json_option
@with_app
def update(app: App, *, retry_failed: bool, as_json: bool) -> None:
    """Listen to the tracks that were not listened to yet, the most played first, and rebuild the index.

    Can be stopped at any time and run again: what was heard is not heard twice.
    """
    from service.cli.progress import shown_progress
    from service.jobs.listen_to_library import listen_to_library
    from service.store.tables import utc_now

    with shown_progress("Listening") as report:
        heard = listen_to_library(
            app.database,
            app.settings,
            report,
            retry_failed_before=utc_now() if retry_failed else None,
        )
    if as_json:
        click.echo(json.dumps(heard))
        return
    click.echo(f"Listened to {heard['embedded']} tracks; the index holds {heard['index']['tracks']}.")
    for failure in heard["failed"]:
        click.echo(
            f"Could not listen to {failure['track_id']}: {failure['reason']} ({failure['code']})", err=True
        )


@command.command()
@json_option
@with_app
def rebuild(app: App, *, as_json: bool) -> None:
    """Make the search index anew from the store; the same tracks give the same files."""
    index = _rebuild(app)
    click.echo(json.dumps(index) if as_json else f"Indexed {index['tracks']} tracks: {index['vectors_file']}")


def _rebuild(app: App) -> dict[str, object]:
    from service.jobs import rebuild_index
    from service.operations import job_requests
    from service.operations.job_queue import run_inline

    payload = job_requests.rebuild_index().payload
    return run_inline(
        app.database, app.settings, rebuild_index, payload, report=lambda _fraction, _text: None
    )
