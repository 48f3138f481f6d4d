"""``homespun bench service``: lists, streams, memory and start."""

import json
import tempfile
from pathlib import Path

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put the raw latencies and the servers' logs into this folder.",
)
@click.option("--tracks", type=click.IntRange(min=100), default=100_000, show_default=True)
@click.option("--listeners", type=click.IntRange(min=60), default=10_000, show_default=True)
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=40.0, show_default=True, help="Of steady load."
)
def command(*, as_json: bool, out: Path | None, tracks: int, listeners: int, seconds: float) -> None:
    """Measure lists, streams, memory and start of the service.

    The load generator runs beside the service and shares its cores. Takes some minutes at full size; no data folder
    of yours is touched.
    """
    from service.bench.bench_house import make_bench_house
    from service.bench.service_load import Lengths, measure_service
    from service.bench.synthetic_store import StoreSizes
    from service.settings import load_settings
    from service.store.database import open_database

    with tempfile.TemporaryDirectory(prefix="homespun-bench-") as folder:
        logs = out or Path(folder)
        logs.mkdir(parents=True, exist_ok=True)
        data_dir = Path(folder) / "data"
        settings = load_settings(
            data_dir=data_dir,
            database_url=f"sqlite:///{data_dir / 'homespun.sqlite3'}",
            backup_hours=0,
            # The made-up pieces are old and unheard: letting go of 10,000 at once would change every list.
            keep_unheard_days=10_000,
        )
        database = open_database(settings)
        _say(f"making a store of {tracks} tracks and {listeners} listeners")
        sizes = StoreSizes(tracks, listeners, listens=50 * listeners)
        house = make_bench_house(database, settings, sizes)
        lengths = Lengths(open_seconds=seconds, closed_seconds=max(seconds / 4, 1.0))
        measured = measure_service(house, logs, lengths, _say)
        database.close()
        if out is not None:
            (out / "latencies_ms.json").write_text(json.dumps(measured.raw), encoding="utf-8")
            (out / "report.json").write_text(json.dumps(measured.to_json(), indent=1), encoding="utf-8")
    click.echo(json.dumps(measured.to_json(), indent=None if as_json else 1))


def _say(doing: str) -> None:
    click.echo(doing, err=True)
