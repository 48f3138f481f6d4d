"""``homespun scan``: a folder of music into the library."""

import json
from collections import Counter
from typing import Any

import click

from service.app import App
from service.cli.options import json_option, with_app
from service.cli.progress import shown_progress

MOST_LISTED = 20
KINDS = ("added", "moved", "retagged", "unchanged", "missing")


@click.command()
@click.argument("folder", type=click.Path(path_type=bytes))
@click.option("--accept-missing", is_flag=True, help="Mark tracks missing even when more than 20 % are gone.")
@json_option
@with_app
def command(app: App, *, folder: bytes, accept_missing: bool, as_json: bool) -> None:
    """Read a folder of music into the library. The folder is never written to.

    Can be stopped at any time and run again: what was read is not read twice.
    """
    from service.jobs import scan_library
    from service.operations import job_requests
    from service.operations.job_queue import run_inline

    request = job_requests.scan_library(folder, accept_missing=accept_missing)
    with shown_progress("Scanning") as report:
        result = run_inline(app.database, app.settings, scan_library, request.payload, report)
    click.echo(json.dumps(result) if as_json else _in_words(result))
    if result["vanished"] > result["missing"]:
        click.echo(
            f"{result['vanished']} of {result['tracks_before']} tracks are gone from {result['folder']} at once, as if "
            "a disk were not there, so none was marked missing; --accept-missing marks them.",
            err=True,
        )
        raise click.exceptions.Exit(1)


def _in_words(result: dict[str, Any]) -> str:
    tracks = ", ".join(f"{result[kind]} {kind}" for kind in KINDS)
    speed, memory = result["tracks_per_second"], result["peak_memory_mb"]
    lines = [
        f"{result['folder']}: {result['found']} files found; tracks: {tracks}.",
        f"{result['seconds']:.1f} s, {speed:.1f} tracks a second, at most {memory:.0f} MB of memory.",
    ]
    if result["added"]:
        lines.append("Next: `homespun index update` listens to what is new.")
    failed = result["failed"]
    if failed:
        codes = Counter(entry["code"] for entry in failed).most_common()
        lines.append(
            f"{len(failed)} not used: " + ", ".join(f"{count} {code}" for code, count in codes) + "."
        )
        lines.extend(f"  {entry['path']}: {entry['reason']}" for entry in failed[:MOST_LISTED])
        if len(failed) > MOST_LISTED:
            lines.append(f"  and {len(failed) - MOST_LISTED} more; --json lists them all.")
    return "\n".join(lines)
