"""``homespun user``: the people of the house."""

import json
import sys

import click

from service.accounts.people import add_user, find_user, set_password
from service.app import App
from service.cli.options import json_option, with_app


@click.group()
def command() -> None:
    """Add people, and let them sign in."""


@command.command()
@click.argument("name")
@click.option("--password", "asks_password", is_flag=True, help="Ask for a password, or read it from a pipe.")
@json_option
@with_app
def add(app: App, name: str, *, asks_password: bool, as_json: bool) -> None:
    """Add a listener called NAME; the first one owns the house."""
    new_password = _ask_for_password() if asks_password else None
    with app.database.session() as db_session:
        user = add_user(db_session, name)
        if new_password is not None:
            set_password(db_session, user, new_password)
        facts = {"id": user.id, "name": user.name, "is_owner": user.is_owner}
    click.echo(json.dumps(facts) if as_json else f"Added {user.name}.")


@command.command()
@click.argument("name")
@with_app
def password(app: App, name: str) -> None:
    """Give NAME a new password, and sign their browsers out.

    It is asked for, or read from a pipe; never an argument, which others on this machine could read.
    """
    with app.database.session(read_only=True) as db_session:
        find_user(db_session, name)
    new_password = _ask_for_password()
    with app.database.session() as db_session:
        set_password(db_session, find_user(db_session, name), new_password)
    click.echo(f"{name} signs in with the new password from now on.")


def _ask_for_password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
