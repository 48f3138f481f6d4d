"""``homespun mute``: what a listener never wants to be offered."""

import json
from typing import Any

import click

from service.accounts.people import find_user
from service.app import App
from service.cli.options import json_option, with_app
from service.listening.mutes import mute, mutes_of, unmute
from service.listening.naming import find_track
from service.store.tables import Mute


@click.group()
def command() -> None:
    """Say what is never to be offered: tracks, artists, albums, tags."""


@command.command("list")
@click.argument("name")
@json_option
@with_app
def list_command(app: App, name: str, *, as_json: bool) -> None:
    """List what the listener NAME has muted."""
    with app.database.session(read_only=True) as db_session:
        rows = [_facts(row) for row in mutes_of(db_session, find_user(db_session, name).id)]
    if as_json:
        click.echo(json.dumps({"user": name, "mutes": rows}, ensure_ascii=False, indent=1))
    elif not rows:
        click.echo(f"{name} has muted nothing.")
    else:
        for row in rows:
            click.echo(f"{row['id']}  {row['scope']:<6}  {row['shown']}")


@command.command("add")
@click.argument("name")
@click.argument("scope", type=click.Choice(["track", "artist", "album", "tag"]))
@click.argument("what")
@json_option
@with_app
def add_command(app: App, name: str, scope: str, what: str, *, as_json: bool) -> None:
    """Mute WHAT for the listener NAME: a tag or an artist by name, a track or the album of a track by its title or id."""
    with app.database.session() as db_session:
        user_id = find_user(db_session, name).id
        named = (
            {"name": what}
            if scope in ("artist", "tag")
            else {"track_id": find_track(db_session, user_id, what).id}
        )
        facts = _facts(mute(db_session, user_id, scope, **named))
    if as_json:
        click.echo(json.dumps({"user": name, **facts}, ensure_ascii=False))
    else:
        click.echo(f"{name} is not offered the {scope} {facts['shown']} any more ({facts['id']}).")


@command.command("remove")
@click.argument("name")
@click.argument("mute_id")
@json_option
@with_app
def remove_command(app: App, name: str, mute_id: str, *, as_json: bool) -> None:
    """Take back the mute MUTE_ID of the listener NAME; `homespun mute list` shows them."""
    with app.database.session() as db_session:
        unmute(db_session, find_user(db_session, name).id, mute_id)
    click.echo(json.dumps({"user": name, "removed": mute_id}) if as_json else "It is offered again.")


def _facts(row: Mute) -> dict[str, Any]:
    return {"id": row.id, "scope": row.scope, "shown": row.shown, "track_id": row.track_id}
