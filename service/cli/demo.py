"""``homespun demo``: the whole loop on a small library of its own."""

import json
import shlex
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from service.cli.data_dir import chosen_data_dir, data_dir_option
from service.cli.options import json_option
from service.cli.progress import shown_progress

if TYPE_CHECKING:
    from service.demo.run import DemoResult
    from service.settings import Settings


@click.command()
@click.option("--serve", "is_served", is_flag=True, help="Serve it, and make it meanwhile.")
@json_option
@data_dir_option
@click.pass_context
def command(ctx: click.Context, *, is_served: bool, as_json: bool) -> None:
    """Show the whole loop: a small library, two listeners, music composed for each, and their lists.

    Everything is kept in a folder of its own (by default homespun-demo in the user's data folder). Run again, it uses
    what is there.
    """
    from service.demo.folder import claim_demo_folder
    from service.demo.music import require_demo_packages
    from service.operations.encoder_weights import load_encoder_weights

    require_demo_packages()
    settings = claim_demo_folder(chosen_data_dir(ctx))
    # Before anything is rendered: what is missing is said at once.
    load_encoder_weights(settings.models_dir)
    if is_served:
        _serve(settings)
        return
    result = _run(settings)
    if as_json:
        click.echo(json.dumps(vars(result), ensure_ascii=False, indent=1))
    else:
        _print(result, settings)


def _run(settings: "Settings") -> "DemoResult":
    begun = time.perf_counter()
    # Imported here because it brings torch and music21.
    from service.demo.run import run_demo
    from service.store.database import open_database

    imported_seconds = round(time.perf_counter() - begun, 2)
    database = open_database(settings)
    try:
        result = run_demo(database, settings, now=datetime.now(UTC), show=_announced)
    finally:
        database.close()
    total = round(time.perf_counter() - begun, 2)
    return replace(result, stage_seconds={"import": imported_seconds, **result.stage_seconds, "total": total})


def _serve(settings: "Settings") -> None:
    from service.demo.following import follow_stages
    from service.demo.sign_in import prepare_listeners
    from service.serving.supervisor import serve
    from service.store.database import open_database

    if "log_level" not in settings.model_fields_set:
        # What the demo is at is told here; requests would bury it.
        settings = settings.model_copy(update={"log_level": "warning"})
    database = open_database(settings)
    passwords = prepare_listeners(database, settings)

    def when_ready(url: str) -> None:
        (owner, password), *others = passwords.items()
        click.echo(
            f"\nHomespun's demo: {url}\nSign in as {owner} with the password {password} (owns the house),"
        )
        for name, other_password in others:
            click.echo(f"or as {name} with the password {other_password}")
        click.echo("Ctrl-C stops it; run again, it goes on where it was.\n")

    def meanwhile() -> Iterator[None]:
        yield from follow_stages(database, settings, datetime.now(UTC), click.echo)
        click.echo("The demo is complete.")

    try:
        serve(settings, when_ready=when_ready, meanwhile=meanwhile())
    finally:
        database.close()


def _announced(doing: str) -> Any:
    click.echo(f"{doing} ...", err=True)
    return shown_progress(doing)


def _print(result: "DemoResult", settings: "Settings") -> None:
    click.echo(f"{result.tracks} tracks, {result.listens} listens.")
    for name, listed in result.recommendations.items():
        click.echo(f"\nWhat {name} listens to:")
        for cluster in result.clusters:
            if cluster["user"] == name:
                click.echo(_cluster_line(cluster))
        click.echo(f"Composed for {name}:")
        for piece in result.compositions:
            if piece["user"] == name:
                click.echo(_composition_line(piece))
        click.echo(f"The list of {name}:")
        for place, track in enumerate(listed, start=1):
            mark = " [composed]" if track["origin"] == "composed" else ""
            by = f" by {track['artist']}" if track["artist"] else ""
            click.echo(f"{place:3}. {track['title']}{by}{mark}\n     {track['reason']}")
    click.echo(f"\nDone in {result.stage_seconds['total']:.0f} s. Everything lies in {settings.data_dir}")
    click.echo(
        f"Ask on: {shlex.quote(sys.argv[0])} --data-dir {shlex.quote(str(settings.data_dir))} recommend evening"
    )


def _cluster_line(cluster: dict[str, Any]) -> str:
    return (
        f"  {cluster['position'] + 1}. {cluster['words']} ({cluster['share']:.0%}; valence {cluster['valence']:+.2f}, "
        f"arousal {cluster['arousal']:+.2f}), such as {cluster['medoid']['title']} by {cluster['medoid']['artist']}"
    )


def _composition_line(piece: dict[str, Any]) -> str:
    held = "" if piece["state"] == "listed" else f" ({piece['state']} for review)"
    return (
        f"  {piece['title']}, {piece['seconds']:.0f} s, for taste {piece['cluster'] + 1}{held}\n"
        f"     {piece['files']['flac']}"
    )
