"""``homespun bench recommender``: the shipped ranker beside others, on public data."""

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path

import click

from service.cli.progress import shown_progress


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with a public data set, as it is published.",
)
@click.option(
    "--layout",
    type=click.Choice(("lightgcn", "hetrec", "s3rec", "cm100k")),
    help="How its files are laid out; found out by their names where it is not told.",
)
@click.option(
    "--split",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Lines of listener, track and train, valid or test, with tabs between, instead of the layout's own split.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep ranked lists by model and seed and the report here, and go on where a run was stopped.",
)
@click.option("--only", help="Models to try, with commas between. All by itself.")
@click.option(
    "--seeds",
    type=click.IntRange(1, 20),
    default=5,
    show_default=True,
    help="Of models that begin at random.",
)
@click.option(
    "--seed", type=click.IntRange(0, 1_000), default=0, show_default=True, help="The first of them."
)
@click.option(
    "--synthetic", is_flag=True, help="Measure retraining too: 20,000 made-up listeners, 1,000,000 plays."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def command(
    *,
    data: Path | None,
    layout: str | None,
    split: Path | None,
    out: Path | None,
    only: str | None,
    seeds: int,
    seed: int,
    synthetic: bool,
    as_json: bool,
) -> None:
    """Rank all tracks for every listener of a data set by the shipped ranker and by well-known others.

    Everything is tuned within the training data. Tells recall and nDCG, what taste clusters add, and what the rules of
    a list cost. Layouts: LightGCN's Last.fm split, HetRec 2011, S3-Rec's sequences, CM100k.
    """
    from service.bench.recommender.recommender_bench import (
        MODELS,
        RecommenderPlan,
        measure_recommender,
    )
    from service.bench.recommender.retraining import HouseSize
    from service.bench.recommender.tables import in_words
    from service.settings import load_settings
    from service.store.media import write_atomically

    if data is None and not synthetic:
        raise click.UsageError("There is nothing to measure: give --data, --synthetic, or both.")
    wanted = [name.strip() for name in (only or "").split(",") if name.strip()] or list(MODELS)
    unknown = [name for name in wanted if name not in MODELS]
    if unknown:
        raise click.BadParameter(f"There is no model {unknown[0]!r}; there are {', '.join(MODELS)}.")
    plan = RecommenderPlan(
        data,
        layout,
        split,
        tuple(name for name in MODELS if name in wanted),
        seeds,
        seed,
        HouseSize() if synthetic else None,
        load_settings(data_dir=Path.cwd()).threads,
    )
    kept = tempfile.TemporaryDirectory(prefix="homespun-bench-") if out is None else nullcontext(str(out))
    with kept as folder, shown_progress("Ranking") as report:
        told = measure_recommender(plan, Path(folder), report)
    if out is not None:
        write_atomically(
            out / "report.json", (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()
        )
    click.echo(json.dumps(told) if as_json else in_words(told))
