"""``homespun bench thumbs``: what is learnt from thumbs, and what one does to a list."""

import json
import tempfile
from pathlib import Path

import click

from service.cli.progress import shown_progress


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="A folder with data.txt of CM100k: listener, track and rating of tracks shown at random.",
)
@click.option("--seeds", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option(
    "--tracks",
    type=click.IntRange(min=2_000),
    default=100_000,
    show_default=True,
    help="Of the made-up library in which thumbs are pressed.",
)
@click.option("--thumbs", type=click.IntRange(min=1), default=200, show_default=True, help="To press in it.")
@click.option(
    "--draws",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="Places of lists to look through for what has a thumb down.",
)
@click.option("--markdown", is_flag=True, help="Tables in Markdown.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def command(
    *, data: Path, seeds: int, tracks: int, thumbs: int, draws: int, markdown: bool, as_json: bool
) -> None:
    """Replay thumbs of people whose likes are known, and press thumbs in a library of 100,000 tracks.

    Takes some minutes at full size; no data folder of yours is touched.
    """
    from service.bench.printed_tables import marked_down, printed
    from service.bench.thumbs.effect import EffectPlan
    from service.bench.thumbs.thumbs_bench import ThumbsPlan, measure_thumbs, tables_of
    from service.settings import load_settings
    from service.store.database import open_database

    with tempfile.TemporaryDirectory(prefix="homespun-bench-") as folder:
        data_dir = Path(folder) / "data"
        settings = load_settings(
            data_dir=data_dir, database_url=f"sqlite:///{data_dir / 'homespun.sqlite3'}", backup_hours=0
        )
        database = open_database(settings)
        with shown_progress("Measuring") as report:
            figures = measure_thumbs(
                ThumbsPlan(data, seeds, EffectPlan(tracks, thumbs, draws)), database, settings, report
            )
        database.close()
    if as_json:
        click.echo(json.dumps(figures))
    else:
        click.echo((marked_down if markdown else printed)(tables_of(figures).values()))
