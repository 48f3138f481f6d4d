"""``homespun edit``: a composition changed, its stems, its layers."""

import json
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import click

from service.app import App
from service.cli.options import json_option, with_app
from service.cli.progress import shown_progress
from service.errors import InvalidRequest

_ROWS = ("lead", "comp", "pad", "bass", "drums")
_BARS = re.compile(r"([1-9][0-9]{0,3})(?:-([1-9][0-9]{0,3}))?")

_seed = click.option("--seed", type=int, help="The same seed gives the same notes; drawn otherwise.")
_out = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the FLAC file here too."
)
_out_folder = click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Unpack the files into this folder too."
)


@click.group()
@click.argument("composition")
def command(composition: str) -> None:
    """Make another piece of a COMPOSITION, named by its id; the composition itself stays."""
    del composition  # read by the subcommands, from their context


@command.command()
@click.option(
    "--rows", help="Which rows, with commas between them: lead, comp, pad, bass, drums; all otherwise."
)
@click.option("--bars", help="Which bars, such as 9-16, counted from 1; all otherwise.")
@_seed
@_out
@json_option
@with_app
def regenerate(
    app: App, rows: str | None, bars: str | None, seed: int | None, out: Path | None, *, as_json: bool
) -> None:
    """Write rows or bars anew; all other notes stay."""
    wish = {"kind": "regenerate", "rows": _rows_of(rows), **_bars_of(bars)}
    _edit(app, wish, seed, out, as_json=as_json)


@command.command("continue")
@click.option("--bars", type=click.IntRange(1, 64), default=8, show_default=True, help="How many.")
@_seed
@_out
@json_option
@with_app
def continue_(app: App, bars: int, seed: int | None, out: Path | None, *, as_json: bool) -> None:
    """Add bars at the end."""
    _edit(app, {"kind": "continue", "bars": bars}, seed, out, as_json=as_json)


@command.command()
@click.option(
    "--amount", type=click.FloatRange(0.05, 1.0), default=0.3, show_default=True, help="How far it may go."
)
@_seed
@_out
@json_option
@with_app
def vary(app: App, amount: float, seed: int | None, out: Path | None, *, as_json: bool) -> None:
    """Play the same harmony otherwise."""
    _edit(app, {"kind": "vary", "amount": amount}, seed, out, as_json=as_json)


@command.command()
@_seed
@_out
@json_option
@with_app
def loop(app: App, seed: int | None, out: Path | None, *, as_json: bool) -> None:
    """Let the last bar lead back to the first, without a seam."""
    _edit(app, {"kind": "loop"}, seed, out, as_json=as_json)


@command.command()
@_seed
@_out
@json_option
@with_app
def reharmonise(app: App, seed: int | None, out: Path | None, *, as_json: bool) -> None:
    """Put other chords under the same tune."""
    _edit(app, {"kind": "reharmonise"}, seed, out, as_json=as_json)


@command.command(context_settings={"ignore_unknown_options": True})
@click.argument("semitones", type=click.IntRange(-24, 24))
@_out
@json_option
@with_app
def transpose(app: App, semitones: int, out: Path | None, *, as_json: bool) -> None:
    """Move every pitch by SEMITONES, up or (below 0) down; drums stay."""
    _edit(app, {"kind": "transpose", "semitones": semitones}, None, out, as_json=as_json)


@command.command()
@click.argument("bpm", type=click.FloatRange(50.0, 190.0))
@_out
@json_option
@with_app
def tempo(app: App, bpm: float, out: Path | None, *, as_json: bool) -> None:
    """Play the same notes at BPM quarter notes a minute."""
    _edit(app, {"kind": "tempo", "tempo_bpm": bpm}, None, out, as_json=as_json)


@command.command()
@_out_folder
@json_option
@with_app
def layers(app: App, out: Path | None, *, as_json: bool) -> None:
    """Make the piece calm, as it is and lively: three sounds of equal bars."""
    _edit(app, {"kind": "layers"}, None, out, as_json=as_json)


@command.command()
@_out_folder
@json_option
@with_app
def stems(app: App, out: Path | None, *, as_json: bool) -> None:
    """Make a sound for each row; together they are the piece."""
    _edit(app, {"kind": "stems"}, None, out, as_json=as_json)


def _rows_of(text: str | None) -> list[str]:
    rows = [] if text is None else [row.strip() for row in text.split(",")]
    for row in rows:
        if row not in _ROWS:
            raise InvalidRequest(f"There is no row {row!r}: they are {', '.join(_ROWS)}.", code="no_such_row")
    return rows


def _bars_of(text: str | None) -> dict[str, int]:
    if text is None:
        return {}
    found = _BARS.fullmatch(text)
    first, last = (found[1], found[2] or found[1]) if found else ("1", "0")
    if int(last) < int(first):
        raise InvalidRequest("Bars are told as 9-16, or as one bar, counted from 1.", code="no_such_bars")
    return {"first_bar": int(first), "last_bar": int(last)}


def _edit(app: App, edit: dict[str, Any], seed: int | None, out: Path | None, *, as_json: bool) -> None:
    begun = time.perf_counter()
    from service.jobs.edit_and_index import edit_and_index
    from service.store.media import write_atomically

    if out is not None and not out.absolute().parent.is_dir():
        raise InvalidRequest(f"There is no folder {out.absolute().parent}.", code="no_such_folder")
    context = click.get_current_context().parent
    composition_id = context.params["composition"] if context else ""
    with shown_progress("Editing") as report:
        result = edit_and_index(app.database, app.settings, composition_id, edit, seed=seed, report=report)
    if out is not None and edit["kind"] in result["files"]:
        with zipfile.ZipFile(result["files"][edit["kind"]]) as archive:
            for name in archive.namelist():
                write_atomically(out / name, archive.read(name))
        result["files"]["out"] = str(out)
    elif out is not None:
        write_atomically(out, Path(result["files"]["flac"]).read_bytes())
        result["files"]["out"] = str(out)
    result["wall_seconds"] = round(time.perf_counter() - begun, 3)
    click.echo(json.dumps(result) if as_json else _told(result))


def _told(result: dict[str, Any]) -> str:
    files = result["files"]
    if "title" not in result:
        return f"Made in {result['wall_seconds']:.1f} s.\n{files.get('out', files[result['kind']])}"
    made = f"“{result['title']}”, {result['seconds']:.0f} s, in {result['wall_seconds']:.1f} s"
    lines = [f"{made}, composition {result['composition_id']}.", files.get("out", files["flac"])]
    if not result["screening"]["passed"]:
        lines.append(f"Held for review: it {'; it '.join(result['screening']['failures'])}.")
    return "\n".join(lines)
