"""``homespun thumb``: say that a track is liked or not, or take it back."""

import json

import click

from service.accounts.people import find_user
from service.app import App
from service.cli.options import json_option, with_app
from service.listening.naming import find_track
from service.listening.thumbs import set_thumb


@click.command()
@click.argument("name")
@click.argument("track")
@click.argument("value", type=click.Choice(["up", "down", "clear"]))
@json_option
@with_app
def command(app: App, name: str, track: str, value: str, *, as_json: bool) -> None:
    """Put the thumb of the listener NAME on TRACK, an id or a title; `clear` takes it back."""
    with app.database.session() as db_session:
        user = find_user(db_session, name)
        found = find_track(db_session, user.id, track)
        changed = set_thumb(db_session, user.id, found.id, value)
        facts = {"user": name, "track_id": found.id, "title": found.title, "value": value, "changed": changed}
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    elif not changed:
        click.echo(f"Nothing changed: the thumb of {name} on {found.title or found.id} was so already.")
    elif value == "clear":
        click.echo(f"The thumb of {name} on {found.title or found.id} is taken back.")
    else:
        click.echo(f"{name} gives {found.title or found.id} a thumb {value}.")
