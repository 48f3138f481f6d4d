"""``homespun bench generator``: what is composed, against real music and against what was asked for."""

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path

import click

from service.cli.progress import shown_progress

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
PARTS = ("codec", "speed", "stable-audio", "emotion", "quality", "typicality", "copying", "style", "index")


@click.command()
@click.option(
    "--corpus",
    type=_FOLDER,
    required=True,
    help="Written music: the works that compositions are held against.",
)
@click.option(
    "--library",
    type=_FOLDER,
    required=True,
    help="A folder of music whose sub-folders or genres are composed for; it is never written to.",
)
@click.option(
    "--requests",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON lines of conditioning, seed and cluster, instead of requests made of the library.",
)
@click.option(
    "--split",
    type=click.Choice(("train", "valid", "test")),
    default="test",
    show_default=True,
    help="The works of the corpus that stand for real music.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep pieces (MIDI, FLAC, request, seed), the report and a row a piece here, and go on where a run was stopped.",
)
@click.option(
    "--heard",
    type=_FOLDER,
    help="The `hearing` folder of an earlier bench: what it heard is not heard again.",
)
@click.option(
    "--only",
    help=f"Parts to measure (anew), with commas between: {', '.join(PARTS)}. All by itself.",
)
@click.option("--quick", is_flag=True, help="Only show that every part runs; the figures mean nothing.")
@click.option("--seed", type=click.IntRange(min=0, max=1_000), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def command(
    *,
    corpus: Path,
    library: Path,
    requests: Path | None,
    split: str,
    out: Path | None,
    heard: Path | None,
    only: str | None,
    quick: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Compose 240 pieces for the clusters of a library, and measure them, the codec, and the speed.

    Takes one to three hours at full size on two cores, and two minutes with --quick. Can be stopped and run again with the
    same --out.
    """
    from service.bench.generator.generator_bench import measure_generator
    from service.bench.generator.request_house import make_request_house
    from service.bench.generator.tables import in_words
    from service.bench.generator.workbench import GeneratorPlan
    from service.jobs import compose_music
    from service.jobs.index_offsets import weights_dir_of
    from service.operations import job_requests
    from service.operations.job_queue import run_inline
    from service.settings import load_settings
    from service.store.database import open_database

    plan = GeneratorPlan(corpus, library, requests, split, heard, _parts(only), seed, quick)
    settings = load_settings()
    weights_dir = weights_dir_of(settings)
    kept = tempfile.TemporaryDirectory(prefix="homespun-bench-") if out is None else nullcontext(str(out))
    with kept as folder, tempfile.TemporaryDirectory(prefix="homespun-bench-") as scratch:
        data_dir = Path(scratch) / "data"

        def request(seconds: float, seed_of_piece: int) -> None:
            run_inline(
                house.database,
                house.settings,
                compose_music,
                job_requests.compose_music(house.user_id, seconds=seconds, seed=seed_of_piece).payload,
                lambda _share, _words: None,
                house.user_id,
            )

        house_settings = load_settings(
            data_dir=data_dir, database_url=f"sqlite:///{data_dir / 'homespun.sqlite3'}", backup_hours=0
        )
        database = open_database(house_settings)
        house = make_request_house(database, house_settings, weights_dir)
        with shown_progress("Measuring") as report:
            outcome = measure_generator(plan, settings, weights_dir, Path(folder), request, report)
        database.close()
        if out is not None:
            outcome.write(out)
    click.echo(json.dumps(outcome.report) if as_json else in_words(outcome.report))


def _parts(only: str | None) -> frozenset[str]:
    names = frozenset(name.strip() for name in (only or "").split(",") if name.strip())
    unknown = sorted(names - set(PARTS))
    if unknown:
        raise click.BadParameter(f"There is no part {unknown[0]!r}; there are {', '.join(PARTS)}.")
    return names
