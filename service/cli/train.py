"""``homespun train``: fit a model to a corpus."""

import json
from pathlib import Path

import click

from service.cli.options import json_option
from service.cli.progress import shown_progress

_folder = click.Path(file_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Train a model."""


@command.command()
@click.option(
    "--corpus", type=_folder, required=True, help="The two parquet tables, or a folder of MIDI files."
)
@click.option(
    "--work", type=_folder, required=True, help="Checkpoints; training goes on from what lies there."
)
@click.option("--out", type=_folder, required=True, help="Where the finished weights go.")
@click.option("--codec-steps", type=click.IntRange(min=1), default=2300, show_default=True)
@click.option("--decoder-steps", type=click.IntRange(min=1), default=600, show_default=True)
@click.option("--denoiser-steps", type=click.IntRange(min=1), default=2000, show_default=True)
@click.option("--anchors", type=click.IntRange(min=25), default=1100, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--shards", type=click.IntRange(1, 64), default=1, help="Processes that share every step.")
@click.option(
    "--threads", type=click.IntRange(min=1), help="Of the processor; by default those that are free."
)
@click.option("--grade", help="Keep only corpus pieces of this grade.")
@click.option("--licence", help="Keep only corpus pieces whose licence contains this text.")
@json_option
def generator(
    corpus: Path,
    work: Path,
    out: Path,
    threads: int | None,
    shards: int,
    *,
    as_json: bool,
    **recipe: int | str | None,
) -> None:
    """Train the generator: codec, anchors, style, denoiser. Stopped, it resumes with the same command."""
    from service.jobs.train_generator import TrainingRequest, train
    from service.settings import load_settings

    settings = load_settings(data_dir=work)
    request = TrainingRequest(
        corpus=corpus,
        work_dir=work,
        weights_dir=out,
        models_dir=settings.models_dir,
        threads=threads or settings.threads,
        shards=shards,
        recipe=recipe,
    )
    with shown_progress("Training the generator") as report:
        measured = train(request, report)
    if as_json:
        click.echo(json.dumps(measured))
        return
    click.echo(f"Weights written to {out}.")
    for noise, by_row in measured["codec_onset_f1"].items():
        words = ", ".join(f"{row} {value:.3f}" for row, value in by_row.items())
        click.echo(f"codec onset F1 on test works, {noise}: {words}")
