"""``homespun taste``: what a listener listens to, in clusters."""

import json
from typing import Any

import click
from sqlalchemy import select

from service.accounts.people import find_user
from service.app import App
from service.cli.options import json_option, with_app
from service.jobs import update_taste
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.store.tables import TasteCluster, Track

_HOUR_BARS = " ▁▂▃▄▅▆▇█"


@click.command()
@click.argument("name")
@json_option
@with_app
def command(app: App, name: str, *, as_json: bool) -> None:
    """Show the taste of the listener NAME, found afresh from what was played and liked."""
    with app.database.session(read_only=True) as db_session:
        user_id = find_user(db_session, name).id
    run_inline(
        app.database,
        app.settings,
        update_taste,
        job_requests.update_taste(user_id).payload,
        lambda *_: None,
        user_id,
    )
    clusters = clusters_of(app, user_id)
    if as_json:
        click.echo(json.dumps({"user": name, "clusters": clusters}, ensure_ascii=False, indent=1))
    elif not clusters:
        click.echo(f"{name} has played nothing of this library yet.")
    else:
        for cluster in clusters:
            _print(cluster)


def clusters_of(app: App, user_id: str) -> list[dict[str, Any]]:
    """The stored clusters as plain JSON, largest share first."""
    with app.database.session(read_only=True) as db_session:
        rows = db_session.execute(
            select(TasteCluster, Track)
            .join(Track, Track.id == TasteCluster.medoid_track_id)
            .where(TasteCluster.user_id == user_id)
            .order_by(TasteCluster.position)
        )
        return [
            {
                "cluster_id": cluster.id,
                "position": cluster.position,
                "name": cluster.name,
                "words": cluster.words,
                "medoid": {"track_id": track.id, "title": track.title, "artist": track.artist},
                "share": round(cluster.share, 4),
                "valence": round(cluster.valence, 3),
                "valence_spread": round(cluster.valence_spread, 3),
                "arousal": round(cluster.arousal, 3),
                "arousal_spread": round(cluster.arousal_spread, 3),
                "own_valence": cluster.own_valence,
                "own_arousal": cluster.own_arousal,
                "hour_profile": [round(share, 4) for share in cluster.hour_profile],
                "muted": cluster.muted,
            }
            for cluster, track in rows
        ]


def _print(cluster: dict[str, Any]) -> None:
    medoid = cluster["medoid"]
    by = f" by {medoid['artist']}" if medoid["artist"] else ""
    muted = " (muted)" if cluster["muted"] else ""
    click.echo(
        f"{cluster['position'] + 1}. {cluster['name'] or cluster['words']}: {cluster['share']:.0%}{muted}"
    )
    click.echo(f"   most typical: {medoid['title'] or medoid['track_id']}{by}")
    click.echo(
        f"   valence {cluster['valence']:+.2f} (spread {cluster['valence_spread']:.2f}), "
        f"arousal {cluster['arousal']:+.2f} (spread {cluster['arousal_spread']:.2f})"
    )
    own = [
        f"{axis} {cluster[f'own_{axis}']:+.2f}"
        for axis in ("valence", "arousal")
        if cluster[f"own_{axis}"] is not None
    ]
    if own:
        click.echo(f"   by their own word: {', '.join(own)}")
    click.echo(f"   heard at 0h [{_bars(cluster['hour_profile'])}] 23h UTC")


def _bars(profile: list[float]) -> str:
    highest = max(profile) or 1.0
    return "".join(_HOUR_BARS[round(share / highest * (len(_HOUR_BARS) - 1))] for share in profile)
