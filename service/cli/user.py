"""``homespun user``: the people of the house."""

import json
import sys
from pathlib import Path

import click

from service.accounts.people import add_user, find_user, set_password
from service.accounts.preferences import COMPOSED_POLICIES, change_preferences
from service.app import App
from service.cli.options import json_option, with_app
from service.errors import Conflict


@click.group()
def command() -> None:
    """Add people, and let them sign in."""


@command.command()
@click.argument("name")
@click.option("--password", "asks_password", is_flag=True, help="Ask for a password, or read it from a pipe.")
@json_option
@with_app
def add(app: App, name: str, *, asks_password: bool, as_json: bool) -> None:
    """Add a listener called NAME; the first one owns the house.

    Other listeners choose a password of their own when they first sign in.
    """
    new_password = _ask_for_password() if asks_password else None
    with app.database.session() as db_session:
        user = add_user(db_session, name)
        if new_password is not None:
            set_password(db_session, user, new_password, is_given=not user.is_owner)
        facts = {"id": user.id, "name": user.name, "is_owner": user.is_owner}
    click.echo(json.dumps(facts) if as_json else f"Added {user.name}.")


@command.command()
@click.argument("name")
@with_app
def password(app: App, name: str) -> None:
    """Give NAME a new password, and sign their browsers out.

    It is asked for, or read from a pipe; never an argument, which others on this machine could read. Who does not own the house
    chooses another one when they sign in.
    """
    with app.database.session(read_only=True) as db_session:
        find_user(db_session, name)
    new_password = _ask_for_password()
    with app.database.session() as db_session:
        user = find_user(db_session, name)
        set_password(db_session, user, new_password, is_given=not user.is_owner)
    click.echo(f"{name} signs in with the new password from now on.")


@command.command()
@click.argument("name")
@click.option(
    "--composed", type=click.Choice(COMPOSED_POLICIES), help="Mix it in, on a shelf of its own, or never."
)
@click.option("--familiar", type=float, help="How much of a list is known already, 0 to 1.")
@click.option("--fresh", type=int, help="How many unheard pieces are kept ready for each taste.")
@json_option
@with_app
def prefer(
    app: App, name: str, *, composed: str | None, familiar: float | None, fresh: int | None, as_json: bool
) -> None:
    """Show or change what NAME settles for their lists."""
    with app.database.session() as db_session:
        user = change_preferences(
            db_session,
            find_user(db_session, name).id,
            composed_policy=composed,
            fresh_per_taste=fresh,
            familiar_share=familiar,
        )
        facts = {
            "composed_policy": user.composed_policy,
            "familiar_share": user.familiar_share,
            "fresh_per_taste": user.fresh_per_taste,
        }
    click.echo(
        json.dumps(facts)
        if as_json
        else f"Composed music: {facts['composed_policy']}; {facts['familiar_share']:.0%} of a list is known already; "
        f"{facts['fresh_per_taste']} fresh for each taste."
    )


@command.command()
@click.argument("name")
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@with_app
def export(app: App, name: str, archive: Path) -> None:
    """Write all that is kept of NAME to ARCHIVE, a zip."""
    from service.accounts.exporting import export_of

    with app.database.session(read_only=True) as db_session:
        user_id = find_user(db_session, name).id
    if archive.exists():
        raise Conflict(f"There is a file {archive} already.", code="file_exists")
    with archive.open("xb") as file:
        for part in export_of(app.database, app.settings, user_id):
            file.write(part)
    click.echo(f"All that is kept of {name} lies in {archive}.")


@command.command()
@click.argument("name")
@click.option("--typed", "typed_name", help="The name once more; asked for where it is not given.")
@with_app
def erase(app: App, name: str, typed_name: str | None) -> None:
    """Delete NAME and everything of theirs: listens, thumbs, tastes, what was composed. It cannot be undone."""
    from service.accounts.erasing import erase as erase_person
    from service.accounts.erasing import remove_erased

    with app.database.session(read_only=True) as db_session:
        user_id = find_user(db_session, name).id
    typed = click.prompt(f"Type {name!r} to erase everything of theirs") if typed_name is None else typed_name
    with app.database.session() as db_session:
        files = erase_person(db_session, app.settings, user_id, typed_name=typed)
    remove_erased(files)
    click.echo(f"Nothing of {name} is kept any more; copies made before hold it until they are replaced.")


def _ask_for_password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
