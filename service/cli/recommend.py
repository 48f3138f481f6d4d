"""``homespun recommend``: what a listener may like next."""

import json

import click

from service.accounts.people import find_user
from service.app import App
from service.cli.options import json_option, with_app
from service.radio.recommend import recommend


@click.command()
@click.argument("name")
@click.option("-n", "--places", default=20, show_default=True, help="How many tracks.")
@click.option("--context", help="What it is wanted for: focus, calm, sleep, energy, cheer or melancholy.")
@click.option("--explain", is_flag=True, help="Say what each place is the sum of.")
@json_option
@with_app
def command(app: App, name: str, places: int, *, context: str | None, explain: bool, as_json: bool) -> None:
    """List what the listener NAME may like next: catalogue and composed tracks, each with its reason."""
    with app.database.session(read_only=True) as db_session:
        user = find_user(db_session, name)
    listed = recommend(app.database, app.settings, user, places, context=context)
    if as_json:
        recommendations = [track.to_json() for track in listed]
        click.echo(
            json.dumps({"user": name, "recommendations": recommendations}, ensure_ascii=False, indent=1)
        )
        return
    if not listed:
        click.echo("There is nothing to list: no track that may be played has been listened to.")
    for place, track in enumerate(listed, start=1):
        mark = " [composed]" if track.origin == "composed" else ""
        by = f" by {track.artist}" if track.artist else ""
        click.echo(f"{place:3}. {track.title}{by}{mark}")
        click.echo(f"     {track.reason}")
        if explain:
            click.echo("     " + ", ".join(f"{part} {value:+.2f}" for part, value in track.parts.items()))
