"""``homespun token``: keys for programs."""

import json

import click

from service.accounts.api_tokens import issue, list_tokens, revoke_token
from service.accounts.people import find_user
from service.accounts.scopes import ALL_SCOPES
from service.app import App
from service.cli.options import json_option, with_app


@click.group()
def command() -> None:
    """Give programs keys, and take them away."""


@command.command()
@click.argument("name")
@click.option("--label", required=True, help="What the key is for.")
@click.option(
    "--scopes", required=True, metavar="SCOPE,...", help=f"What it may do: {', '.join(sorted(ALL_SCOPES))}."
)
@json_option
@with_app
def add(app: App, name: str, label: str, scopes: str, *, as_json: bool) -> None:
    """Make a key to the part of the service that is NAME's. It is shown this once."""
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    with app.database.session() as db_session:
        issued = issue(db_session, find_user(db_session, name).id, label, wanted)
        facts = {"id": issued.row.id, "label": label, "scopes": issued.row.scopes, "token": issued.secret}
    click.echo(json.dumps(facts) if as_json else issued.secret)


@command.command("list")
@click.argument("name")
@json_option
@with_app
def list_command(app: App, name: str, *, as_json: bool) -> None:
    """List the keys that are good for NAME's part."""
    with app.database.session(read_only=True) as db_session:
        tokens = [
            {"id": token.id, "label": token.label, "scopes": token.scopes}
            for token in list_tokens(db_session, find_user(db_session, name).id)
        ]
    if as_json:
        click.echo(json.dumps(tokens))
        return
    for token in tokens:
        click.echo(f"{token['id']}  {token['label']}  ({', '.join(token['scopes'])})")


@command.command()
@click.argument("name")
@click.argument("token_id")
@with_app
def revoke(app: App, name: str, token_id: str) -> None:
    """Take a key away; `homespun token list` shows the ids."""
    with app.database.session() as db_session:
        revoke_token(db_session, find_user(db_session, name).id, token_id)
    click.echo("It is good for nothing any more.")
