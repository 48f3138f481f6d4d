"""``homespun elsewhere``: work beside another music server."""

import json
import sys
from typing import Any

import click

from service.accounts.app_password_keys import load_app_password_keys
from service.accounts.people import find_user
from service.app import App
from service.cli.options import json_option, with_app
from service.cli.progress import shown_progress
from service.elsewhere.accounts import account_in_use, connect, disconnect, find_account
from service.elsewhere.server import address_of, find_server, forget_server, name_server
from service.errors import Conflict
from service.jobs import sync_elsewhere
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.store.tables import ElsewhereServer

user_option = click.option("--user", "name", required=True, help="Whose account it is.")


@click.group()
def command() -> None:
    """Work beside Navidrome or another OpenSubsonic server. Off until it is connected."""


@command.command("connect")
@click.argument("url")
@user_option
@click.option("--name", "their_name", help="The name there; the same as here if it is not given.")
@click.option("--folder", help="Where composed pieces are put: a folder that the other server watches.")
@click.option("--pieces", "with_pieces", is_flag=True, help="Put this listener's composed pieces there.")
@click.option("--send-password", is_flag=True, help="For an older server that takes no salted token.")
@json_option
@with_app
def connect_command(
    app: App,
    url: str,
    name: str,
    their_name: str | None,
    folder: str | None,
    *,
    with_pieces: bool,
    send_password: bool,
    as_json: bool,
) -> None:
    """Work beside the server at URL, with a listener's account there, and sync for the first time.

    The password is asked for, or read from a pipe; never an argument, which others on this machine could read. It is kept
    encrypted. What leaves the house is in `homespun egress`.
    """
    keys = load_app_password_keys(app.settings)
    with app.database.session(read_only=True) as db_session:
        user_id = find_user(db_session, name).id
        known = find_server(db_session)
    if known is not None and known.url != address_of(url):
        raise Conflict(
            f"The house works beside {known.url} already: `homespun elsewhere disconnect --all` ends that.",
            code="elsewhere_other_server",
        )
    password = _ask_for_password()
    with app.database.session() as db_session:
        name_server(db_session, url, folder if folder is not None else _folder_of(known))
        connect(
            db_session,
            keys,
            user_id,
            their_name or name,
            password,
            with_pieces=with_pieces,
            sends_password=send_password,
        )
    _sync(app, user_id, as_json=as_json)


@command.command("sync")
@user_option
@json_option
@with_app
def sync_command(app: App, name: str, *, as_json: bool) -> None:
    """Bring the two servers together now; `homespun serve` does it every six hours."""
    with app.database.session(read_only=True) as db_session:
        user_id = find_user(db_session, name).id
        account_in_use(db_session, user_id)
    _sync(app, user_id, as_json=as_json)


@command.command("status")
@user_option
@json_option
@with_app
def status_command(app: App, name: str, *, as_json: bool) -> None:
    """Print which server the house works beside, and how a listener's account there is."""
    with app.database.session(read_only=True) as db_session:
        account = find_account(db_session, find_user(db_session, name).id)
        server = find_server(db_session)
    told = {
        "server": None if server is None else server.url,
        "folder": _folder_of(server),
        "name": None if account is None else account.name,
        "with_pieces": account is not None and account.with_pieces,
        "sends_password": account is not None and account.sends_password,
        "refused": account is not None and account.refused_at is not None,
        "synced_at": None if account is None or account.synced_at is None else account.synced_at.isoformat(),
        "report": None if account is None else account.report,
    }
    click.echo(json.dumps(told, indent=1) if as_json else _status_text(told))


@command.command("disconnect")
@click.option("--user", "name", help="Whose account is forgotten.")
@click.option("--all", "everybody", is_flag=True, help="Work beside no server: forget it and all accounts.")
@click.option("--undo", is_flag=True, help="Take back the listens and thumbs that came from there.")
@with_app
def disconnect_command(app: App, name: str | None, *, everybody: bool, undo: bool) -> None:
    """Forget a listener's account on the other server, or the server. Nothing is changed there."""
    if (name is None) == (not everybody) or (everybody and undo):
        raise click.UsageError("Say either --user NAME, with --undo if you like, or --all.")
    with app.database.session() as db_session:
        if name is None:
            forget_server(db_session)
        else:
            disconnect(db_session, find_user(db_session, name).id, undo=undo)
    click.echo("It is forgotten.")


def _sync(app: App, user_id: str, *, as_json: bool) -> None:
    payload = job_requests.sync_elsewhere(user_id).payload
    with shown_progress("Syncing") as report:
        result = run_inline(app.database, app.settings, sync_elsewhere, payload, report, user_id)
    click.echo(json.dumps(result, indent=1) if as_json else _report_text(result))


def _folder_of(server: ElsewhereServer | None) -> str | None:
    return None if server is None or server.folder is None else server.folder.decode("utf-8", "replace")


def _report_text(report: dict[str, Any]) -> str:
    lines = [
        f"{report['songs']} songs there, {report['matched_songs']} of them in this library.",
        f"{report['listens']} listens and {report['thumbs']} thumbs came in, {report['duplicate']} were known.",
        f"{report['playlists']} playlists were written, {report['pieces_put']} pieces put there.",
    ]
    if report["songs"] and report.get("played_songs") == 0:
        lines.append("It told of no song when it was played: not every server does.")
    lines += [
        f"skipped {count}: {reason.replace('_', ' ')}" for reason, count in sorted(report["skipped"].items())
    ]
    lines += [f"failed: {failure}" for failure in report["failures"]]
    return "\n".join(lines)


def _status_text(told: dict[str, Any]) -> str:
    if told["server"] is None:
        return "The house works beside no other server."
    beside = f"Beside {told['server']}" + (f", pieces in {told['folder']}" if told["folder"] else "")
    if told["name"] is None:
        return f"{beside}. This listener gave no account there."
    if told["refused"]:
        return f"{beside}, which does not take {told['name']}'s password any more."
    if told["report"] is None:
        return f"{beside} as {told['name']}, not synced yet."
    return f"{beside} as {told['name']}, last synced {told['synced_at']}.\n{_report_text(told['report'])}"


def _ask_for_password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password there", hide_input=True))
    return sys.stdin.readline().rstrip("\n")
