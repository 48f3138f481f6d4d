"""``homespun app-password``: passwords for the apps that people have already."""

import json

import click

from service.accounts.app_addresses import app_addresses
from service.accounts.app_password_keys import load_app_password_keys
from service.accounts.app_passwords import issue_app_password, list_app_passwords, revoke_app_password
from service.accounts.people import find_user
from service.accounts.scopes import APP_SCOPES
from service.app import App
from service.cli.options import json_option, with_app
from service.serving.listening_socket import FIRST_PORT


@click.group()
def command() -> None:
    """Give apps passwords of their own, and take them away."""


@command.command()
@click.argument("name")
@click.option("--label", required=True, help="Which app it is for.")
@click.option(
    "--scopes",
    default=",".join(sorted(APP_SCOPES)),
    show_default=True,
    metavar="SCOPE,...",
    help="What the app may do.",
)
@json_option
@with_app
def add(app: App, name: str, label: str, scopes: str, *, as_json: bool) -> None:
    """Make a password for one of NAME's apps. It is shown this once."""
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    keys = load_app_password_keys(app.settings)
    with app.database.session() as db_session:
        issued = issue_app_password(db_session, keys, find_user(db_session, name).id, label, wanted)
        facts = {"id": issued.row.id, "label": label, "scopes": issued.row.scopes, "secret": issued.secret}
    # Where no address is configured it is the one of this machine, which has to be put right for other machines.
    server_url = app.settings.public_url or f"http://{app.settings.host}:{app.settings.port or FIRST_PORT}"
    addresses = app_addresses(server_url)
    if as_json:
        click.echo(json.dumps(facts | {"addresses": [each._asdict() for each in addresses]}))
        return
    click.echo(issued.secret)
    # Beside it and not with it, so that the secret can be taken from here by a program.
    for address in addresses:
        click.echo(f"{address.url}  {address.paste_where}", err=True)


@command.command("list")
@click.argument("name")
@json_option
@with_app
def list_command(app: App, name: str, *, as_json: bool) -> None:
    """List the passwords of NAME's apps, with when each was last used."""
    with app.database.session(read_only=True) as db_session:
        rows = list_app_passwords(db_session, find_user(db_session, name).id)
    if as_json:
        listed = [
            {
                "id": row.id,
                "label": row.label,
                "scopes": row.scopes,
                "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
            }
            for row in rows
        ]
        click.echo(json.dumps(listed))
        return
    for row in rows:
        used = f"last used {row.last_used_at.isoformat()}" if row.last_used_at else "not used yet"
        click.echo(f"{row.id}  {row.label}  ({', '.join(row.scopes)}), {used}")


@command.command()
@click.argument("name")
@click.argument("app_password_id")
@with_app
def revoke(app: App, name: str, app_password_id: str) -> None:
    """Take an app's password away; `homespun app-password list` shows the ids."""
    with app.database.session() as db_session:
        revoke_app_password(db_session, find_user(db_session, name).id, app_password_id)
    click.echo("It is good for nothing any more.")
