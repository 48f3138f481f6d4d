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
@click.option("--codec-steps", type=click.IntRange(min=0), default=11_000, show_default=True)
@click.option("--decoder-steps", type=click.IntRange(min=0), default=600, show_default=True)
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
@click.option(
    "--start-from",
    type=click.Path(exists=True, file_okay=False),
    help="Weights to go on from, anchors included; with --codec-steps 0 --decoder-steps 0 their codec stays as it is.",
)
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


@command.command("copy-guard")
@click.option(
    "--corpus", type=_folder, required=True, help="The two parquet tables, or a folder of MIDI files."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The copied_passages.safetensors that is written.",
)
@click.option("--grade", help="Keep only corpus pieces of this grade.")
@click.option("--licence", help="Keep only corpus pieces whose licence contains this text.")
@json_option
def copy_guard(corpus: Path, out: Path, grade: str | None, licence: str | None, *, as_json: bool) -> None:
    """Learn the passages of a corpus by heart, so that no composition repeats them. Takes some minutes."""
    from service.jobs.train_copy_guard import train

    with shown_progress("Making the copy guard") as report:
        made = train(corpus, out, report, grade=grade, licence=licence)
    if as_json:
        click.echo(json.dumps(made))
        return
    counts = made["provenance"]
    click.echo(
        f"{counts['tune_passages']} passages of tunes and {counts['chords_passages']} of chords "
        f"written to {out}, {made['bytes'] / 1e6:.1f} MB."
    )


@command.command()
@click.option("--work", type=_folder, required=True, help="The folder in which the generator was trained.")
@click.option("--out", type=_folder, required=True, help="Where the finished weights go.")
@click.option("--steps", type=click.IntRange(min=1), default=3000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option(
    "--threads", type=click.IntRange(min=1), help="Of the processor; by default those that are free."
)
@json_option
def transformer(
    work: Path, out: Path, threads: int | None, *, as_json: bool, **recipe: int | str | None
) -> None:
    """Train the engine that writes note by note, a peer of the generator. Resumes with the same command."""
    from service.jobs.train_transformer import TransformerTrainingRequest, train
    from service.settings import load_settings

    request = TransformerTrainingRequest(work, out, threads or load_settings(data_dir=work).threads, recipe)
    with shown_progress("Training the Transformer") as report:
        measured = train(request, report)
    if as_json:
        click.echo(json.dumps(measured))
        return
    low, middle, high = measured["bits_a_note"]["test"]
    click.echo(f"Weights written to {out}.")
    click.echo(f"Bits a note on test works: {middle:.2f}; nine in ten between {low:.2f} and {high:.2f}.")


@command.command("domain-shift")
@click.option("--library", type=_folder, required=True, help="Real music, one folder a source.")
@click.option(
    "--corpus", type=_folder, required=True, help="The two parquet tables, or a folder of MIDI files."
)
@click.option(
    "--anchors",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The anchors.safetensors that gets the correction.",
)
@json_option
def domain_shift(library: Path, corpus: Path, anchors: Path, *, as_json: bool) -> None:
    """Fit how recordings differ from renders of their own notes. Needs Basic Pitch, and says how to install it."""
    from service.bench.ear.shift_fitting import fit_anchors_shift
    from service.settings import load_settings

    settings = load_settings(data_dir=Path.cwd())
    with shown_progress("Pairing recordings with renders") as report:
        measured = fit_anchors_shift(library, corpus, anchors, settings.models_dir, settings.threads, report)
    if as_json:
        click.echo(json.dumps(measured))
        return
    transcribed = measured["figures"]["transcribed"]
    before, after = (transcribed[measured[when]]["recall_at_10"]["value"] for when in ("before", "after"))
    click.echo(f"The correction is written into {anchors}.")
    click.echo(f"Recordings that find their own render among ten: {before:.2f} before, {after:.2f} after.")


@command.command("index-offset")
@click.option(
    "--library", type=_folder, required=True, help="Music whose sub-folders or genres are composed for."
)
@click.option(
    "--work", type=_folder, required=True, help="Pieces and what was heard are kept there, as by the bench."
)
@click.option("--out", type=_folder, required=True, help="The weights that compose; the offset goes there.")
@click.option("--seed", type=click.IntRange(0, 1000), default=0, show_default=True)
@json_option
def index_offset(library: Path, work: Path, out: Path, seed: int, *, as_json: bool) -> None:
    """Fit what compositions share and recordings lack, so that each lies among those it is composed for."""
    from service.bench.generator.offset_fitting import ship_index_offset
    from service.settings import load_settings

    with shown_progress("Fitting the offset") as report:
        told = ship_index_offset(library, work, out, load_settings(), report, seed)
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"Offset of {told['pieces']} pieces for {len(told['library'])} clusters written to {out}.")
    click.echo(
        f"More alike than recordings by {told['gap']:.2f} as heard, by {told['gap_left_out']:.2f} with the other clusters' offset."
    )


@command.command()
@click.option(
    "--library", type=_folder, required=True, help="A folder of music, with albums told by tags or folders."
)
@click.option(
    "--renders",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="anchors_heard.npz of the folder that the generator was trained in.",
)
@click.option("--work", type=_folder, required=True, help="What was heard is kept there.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where the metric is written.",
)
@click.option(
    "--styles",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV (path, style): measures the fit on sources left out of it. No style is fitted to.",
)
@json_option
def metric(
    library: Path, renders: Path, work: Path, out: Path, styles: Path | None, *, as_json: bool
) -> None:
    """Fit how near two tracks are. Stopped, it resumes with the same command."""
    from service.bench.ear.labels import by_path, read_table
    from service.bench.ear.metric_fitting import train_metric
    from service.settings import load_settings

    settings = load_settings(data_dir=work)
    table = None if styles is None else by_path(read_table(styles, ("path", "style")), "style")
    with shown_progress("Fitting the metric") as report:
        told = train_metric(library, renders, work, out, settings.models_dir, settings.threads, report, table)
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"Metric of {told['tracks']} tracks and {told['albums']} albums written to {out}.")


@command.command()
@click.option("--corpus", type=_folder, required=True, help="The two parquet tables, with mood words.")
@click.option("--library", type=_folder, required=True, help="Music whose titles and genres tell moods.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where the weights are written.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@json_option
def emotion(corpus: Path, library: Path, out: Path, seed: int, *, as_json: bool) -> None:
    """Fit how music is felt to what people say of it. Takes some minutes a hundred tracks."""
    from service.jobs.train_emotion import EmotionTrainingRequest, train
    from service.settings import load_settings

    request = EmotionTrainingRequest(corpus, library, out, load_settings().models_dir, seed)
    with shown_progress("Training the ear for emotion") as report:
        measured = train(request, report)
    if as_json:
        click.echo(json.dumps(measured))
        return
    click.echo(f"Weights written to {out}.")
    for axis, metrics in measured["metrics"].items():
        for collection, scores in metrics["collections"].items():
            click.echo(
                f"{axis}, {collection}: rank correlation {scores['rank_correlation_unseen']:.2f} on "
                f"{scores['pieces']} pieces not fitted to"
            )
