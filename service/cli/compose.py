"""``homespun compose``: a new track for a listener."""

import json
import time
from pathlib import Path
from typing import Any

import click

from service.app import App
from service.cli.options import json_option, with_app
from service.cli.progress import shown_progress
from service.errors import InvalidRequest


@click.command()
@click.option("--user", required=True, metavar="NAME", help="The listener to compose for.")
@click.option(
    "--cluster", type=int, help="Which taste, as `homespun taste` numbers them; the largest otherwise."
)
@click.option("--seconds", type=float, default=60.0, show_default=True, help="How long, 10 to 600.")
@click.option("--seed", type=int, help="The same seed gives the same notes; drawn otherwise.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the FLAC file here too.")
@json_option
@with_app
def command(
    app: App,
    user: str,
    cluster: int | None,
    seconds: float,
    seed: int | None,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Compose a track for a listener's taste and put it among their tracks."""
    begun = time.perf_counter()
    from service.jobs.compose_and_index import compose_and_index
    from service.store.media import write_atomically

    imported_seconds = time.perf_counter() - begun
    if out is not None and not out.absolute().parent.is_dir():
        raise InvalidRequest(f"There is no folder {out.absolute().parent}.", code="no_such_folder")
    with shown_progress("Composing") as report:
        result = compose_and_index(
            app.database, app.settings, user, cluster=cluster, seconds=seconds, seed=seed, report=report
        )
    if out is not None:
        write_atomically(out, Path(result["files"]["flac"]).read_bytes())
        result["files"]["out"] = str(out)
    result["stage_seconds"] = {"import": round(imported_seconds, 3), **result["stage_seconds"]}
    result["wall_seconds"] = round(time.perf_counter() - begun, 3)
    click.echo(json.dumps(result) if as_json else _told(result))


def _told(result: dict[str, Any]) -> str:
    made = f"“{result['title']}”, {result['seconds']:.0f} s, in {result['wall_seconds']:.1f} s"
    asked = f"for {result['user']}, taste {result['cluster']}, seed {result['seed']}"
    lines = [f"{made}, {asked}.", result["files"].get("out", result["files"]["flac"])]
    if not result["screening"]["passed"]:
        lines.append(f"Held for review: it {'; it '.join(result['screening']['failures'])}.")
    return "\n".join(lines)
