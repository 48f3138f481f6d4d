"""``homespun bench import``: how long a history takes to be read in."""

import json
import tempfile
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--rows", type=click.IntRange(min=1), default=100_000, show_default=True)
def command(*, as_json: bool, rows: int) -> None:
    """Read a made-up Spotify history in, twice. No data folder of yours is touched."""
    from service.bench.history_import_bench import measure_import
    from service.jobs import import_history
    from service.operations.job_queue import run_inline
    from service.operations.job_requests import JobRequest
    from service.settings import load_settings
    from service.store.database import open_database

    with tempfile.TemporaryDirectory(prefix="homespun-bench-") as folder:
        data_dir = Path(folder) / "data"
        settings = load_settings(data_dir=data_dir, database_url=f"sqlite:///{data_dir / 'homespun.sqlite3'}")
        database = open_database(settings)

        def do(wanted: JobRequest, user_id: str) -> dict[str, Any]:
            return run_inline(
                database, settings, import_history, wanted.payload, lambda _share, _words: None, user_id
            )

        measured = measure_import(database, settings, Path(folder), rows, do)
        database.close()
    click.echo(json.dumps(measured.to_json(), indent=None if as_json else 1))
