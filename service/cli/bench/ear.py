"""``homespun bench ear``: what is heard, against what is known."""

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path

import click

from service.cli.progress import shown_progress

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PARTS = ("retrieval", "robustness", "descriptors", "emotion", "pairs")


@click.command()
@click.option("--library", type=_FOLDER, required=True, help="A folder of music, which is never written to.")
@click.option(
    "--corpus", type=_FOLDER, help="Written music whose tempo and key are known; rendered to be heard."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put the report, raw vectors and a row a track here. What lies here already is not heard again.",
)
@click.option("--styles", type=_FILE, help="CSV (path, style) that goes before genre tags and folders.")
@click.option(
    "--moods", type=_FILE, help="CSV (path, mood) or (path, valence, arousal) of tracks in the library."
)
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, help="Only this; can be repeated.")
@click.option("--limit", type=click.IntRange(min=2), help="Hear only so many tracks, drawn at random.")
@click.option(
    "--shortest",
    type=click.FloatRange(min=5),
    default=25.0,
    show_default=True,
    help="Seconds a track must last.",
)
@click.option(
    "--rendered",
    type=click.IntRange(min=1),
    default=80,
    show_default=True,
    help="Pieces of each kind to render.",
)
@click.option(
    "--changed",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="Tracks to re-encode and hear again.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def command(
    *,
    library: Path,
    corpus: Path | None,
    as_json: bool,
    out: Path | None,
    styles: Path | None,
    moods: Path | None,
    parts: tuple[str, ...],
    limit: int | None,
    shortest: float,
    rendered: int,
    changed: int,
    seed: int,
) -> None:
    """Measure what the ear hears: style, tempo, key, emotion, and whether it hears the same thing twice.

    Styles come from --styles, else from genre tags, else from the folders of the library. Without --corpus nothing is
    rendered. Can be stopped and run again with the same --out.
    """
    from service.bench.ear.ear_bench import EarPlan, measure_ear
    from service.bench.ear.tables import in_words
    from service.settings import load_settings

    plan = EarPlan(
        library=library,
        corpus=corpus,
        styles=styles,
        moods=moods,
        parts=frozenset(parts or PARTS),
        limit=limit,
        shortest_seconds=shortest,
        rendered=rendered,
        changed=changed,
        seed=seed,
    )
    kept = tempfile.TemporaryDirectory(prefix="homespun-bench-") if out is None else nullcontext(str(out))
    with kept as folder, shown_progress("Hearing") as report:
        outcome = measure_ear(plan, load_settings(), Path(folder), report)
        if out is not None:
            outcome.write(out)
    click.echo(json.dumps(outcome.report) if as_json else in_words(outcome.report))
