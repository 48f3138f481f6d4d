"""``homespun cluster``: what a listener says of the clusters of their taste."""

import json
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy.orm import Session

from service.accounts.people import find_user
from service.app import App
from service.cli.options import json_option, with_app
from service.errors import NotFound
from service.listening.drift import read_drift
from service.listening.merging import merge_clusters, merges_of, split_again
from service.listening.taste import UNSET, edit_cluster, read_taste
from service.store.tables import TasteCluster

_number = click.IntRange(min=1)


@click.group()
def command() -> None:
    """Correct a listener's taste; NUMBER is a cluster's as `homespun taste` shows it."""


@command.command("edit")
@click.argument("name")
@click.argument("number", type=_number)
@click.option("--name", "new_name", help="What it is called from now on; nothing takes the name back.")
@click.option("--weight", type=float, help="How much of it is wanted; 1 is as much as is played.")
@click.option("--mute/--unmute", "muted", default=None, help="Leave it out, or let it in again.")
@click.option("--valence", type=float, help="How pleasant it feels, -1 to 1.")
@click.option("--arousal", type=float, help="How excited it feels, -1 to 1.")
@json_option
@with_app
def edit_command(
    app: App,
    name: str,
    number: int,
    *,
    new_name: str | None,
    weight: float | None,
    muted: bool | None,
    valence: float | None,
    arousal: float | None,
    as_json: bool,
) -> None:
    """Rename, weigh, mute or correct the emotion of cluster NUMBER of the listener NAME."""
    with app.database.session() as db_session:
        cluster = _cluster(db_session, name, number)
        edited = edit_cluster(
            db_session,
            cluster.user_id,
            cluster.id,
            name=UNSET if new_name is None else new_name or None,
            weight=UNSET if weight is None else weight,
            muted=UNSET if muted is None else muted,
            valence=UNSET if valence is None else valence,
            arousal=UNSET if arousal is None else arousal,
        )
        facts = _facts(edited)
    _say(facts, f"{facts['name'] or facts['words']} is changed.", as_json=as_json)


@command.command("merge")
@click.argument("name")
@click.argument("number", type=_number)
@click.argument("other", type=_number)
@json_option
@with_app
def merge_command(app: App, name: str, number: int, other: int, *, as_json: bool) -> None:
    """Make cluster OTHER of the listener NAME part of cluster NUMBER, for good."""
    with app.database.session() as db_session:
        kept, gone = _cluster(db_session, name, number), _cluster(db_session, name, other)
        facts = _facts(merge_clusters(db_session, kept.user_id, kept.id, gone.id))
    _say(
        facts,
        f"{facts['name'] or facts['words']} now has {facts['share']:.0%} of what is played.",
        as_json=as_json,
    )


@command.command("merges")
@click.argument("name")
@json_option
@with_app
def merges_command(app: App, name: str, *, as_json: bool) -> None:
    """List what the listener NAME has merged."""
    with app.database.session(read_only=True) as db_session:
        rows = merges_of(db_session, find_user(db_session, name).id)
        merges = [{"id": row.id, "created_at": row.created_at.isoformat()} for row in rows]
    words = (
        "\n".join(f"{each['id']}  {each['created_at']}" for each in merges) or f"{name} has merged nothing."
    )
    _say({"user": name, "merges": merges}, words, as_json=as_json)


@command.command("split")
@click.argument("name")
@click.argument("merge_id")
@json_option
@with_app
def split_command(app: App, name: str, merge_id: str, *, as_json: bool) -> None:
    """Take the merge MERGE_ID of the listener NAME back; the two are told apart when the taste is next worked out."""
    with app.database.session() as db_session:
        split_again(db_session, find_user(db_session, name).id, merge_id)
    _say(
        {"user": name, "split": merge_id},
        "They are told apart when the taste is next worked out.",
        as_json=as_json,
    )


@command.command("drift")
@click.argument("name")
@click.option("--days", type=int, default=30, show_default=True, help="How far back to look.")
@json_option
@with_app
def drift_command(app: App, name: str, *, days: int, as_json: bool) -> None:
    """Show how the taste of the listener NAME drifted."""
    with app.database.session(read_only=True) as db_session:
        drifted = read_drift(db_session, find_user(db_session, name).id, days)
    since = drifted.since.isoformat() if drifted.since else None
    lines = [f"since {since}:" if since else "No earlier taste is remembered yet."]
    lines += [
        f"{each.called}: {_share(each.share_before)} -> {_share(each.share_now)}"
        + (f", moved {each.moved:.2f}" if each.moved is not None else f", {each.change}")
        for each in drifted.tastes
    ]
    facts = {"user": name, "since": since, "tastes": [asdict(each) for each in drifted.tastes]}
    _say(facts, "\n".join(lines), as_json=as_json)


def _cluster(db_session: Session, name: str, number: int) -> TasteCluster:
    for cluster in read_taste(db_session, find_user(db_session, name).id):
        if cluster.position == number - 1:
            return cluster
    raise NotFound(f"{name} has no cluster {number}: `homespun taste` shows them.", code="no_such_cluster")


def _facts(cluster: TasteCluster) -> dict[str, Any]:
    names = ("id", "position", "name", "words", "share", "weight", "muted", "own_valence", "own_arousal")
    return {name: getattr(cluster, name) for name in names}


def _share(share: float | None) -> str:
    return "nothing" if share is None else f"{share:.0%}"


def _say(facts: dict[str, Any], words: str, *, as_json: bool) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else words)
