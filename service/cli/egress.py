"""``homespun egress``: what left the house."""

import json

import click

from service.app import App
from service.cli.options import json_option, with_app
from service.egress.log import list_requests


@click.command()
@click.option("-n", "count", type=click.IntRange(1, 100_000), default=50, show_default=True)
@json_option
@with_app
def command(app: App, count: int, *, as_json: bool) -> None:
    """Print the requests that were sent to other machines, newest first. There are none unless something was turned on."""
    with app.database.session(read_only=True) as db_session:
        told = [
            {
                "created_at": row.created_at.isoformat(timespec="seconds"),
                "feature": row.feature,
                "user_id": row.user_id,
                "host": row.host,
                "method": row.method,
                "path": row.path,
                "sent_bytes": row.sent_bytes,
                "received_bytes": row.received_bytes,
                "status": row.status,
            }
            for row in list_requests(db_session, limit=count)
        ]
    lines = [
        f"{each['created_at']}  {each['feature']}  {each['method']} {each['host']}{each['path']}  "
        f"{each['sent_bytes']} bytes out, {each['received_bytes']} in: {each['status'] or 'no answer'}"
        for each in told
    ]
    click.echo(json.dumps(told, indent=1) if as_json else "\n".join(lines) or "Nothing left the house.")
