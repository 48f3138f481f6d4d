"""``homespun user``: the people of the house."""

import json

import click

from service.accounts.people import add_user
from service.app import App
from service.cli.options import json_option, with_app


@click.group()
def command() -> None:
    """Add people."""


@command.command()
@click.argument("name")
@json_option
@with_app
def add(app: App, name: str, *, as_json: bool) -> None:
    """Add a listener called NAME; the first one owns the house."""
    with app.database.session() as db_session:
        user = add_user(db_session, name)
        facts = {"id": user.id, "name": user.name, "is_owner": user.is_owner}
    click.echo(json.dumps(facts) if as_json else f"Added {user.name}.")
