"""``homespun bench library``: how fast a folder of music is listened to, and at what cost."""

import json
import tempfile
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option(
    "--library",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="A folder of music; nothing is written to it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put the report, what was heard in each track and the looks at the memory into this folder.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="Only so many tracks, spread over the folder, for a quick look.",
)
def command(*, folder: Path, as_json: bool, out: Path | None, limit: int | None) -> None:
    """Listen to a folder of music in a store of its own, and tell how fast that was and what it cost.

    Prints tracks per second, CPU-seconds a track by stage, the highest memory of all processes, and how long librosa
    takes for the same mel spectrograms where it is installed. No data folder of yours is touched.
    """
    from service.bench.library.library_listening import Jobs, measure_listening
    from service.bench.library.some_tracks import link_some_tracks
    from service.jobs import scan_library
    from service.jobs.listen_to_library import listen_to_library
    from service.operations import job_requests
    from service.operations.job_queue import run_inline
    from service.settings import load_settings
    from service.store.database import open_database

    with tempfile.TemporaryDirectory(prefix="homespun-bench-") as scratch:
        data_dir = Path(scratch) / "data"
        settings = load_settings(
            data_dir=data_dir, database_url=f"sqlite:///{data_dir / 'homespun.sqlite3'}", backup_hours=0
        )
        database = open_database(settings)
        music = folder
        if limit is not None:
            music = Path(scratch) / "music"
            link_some_tracks(folder, music, limit)
        request = job_requests.scan_library(music)
        jobs = Jobs(
            scan=lambda report: run_inline(database, settings, scan_library, request.payload, report),
            listen=lambda report: listen_to_library(database, settings, report),
        )
        measured = measure_listening(database, settings, jobs, _Saying().say)
        database.close()
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_text(json.dumps(measured.report, indent=1), encoding="utf-8")
        for name, lines in (("tracks", measured.tracks), ("memory", measured.memory_samples)):
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (out / f"{name}.jsonl").write_text(text, encoding="utf-8")
    click.echo(json.dumps(measured.report) if as_json else _told(measured.report))


class _Saying:
    """Says on standard error what is done, each thing once and numbers not too often."""

    def __init__(self) -> None:
        self._said = ""

    def say(self, doing: str) -> None:
        # "listened to 40 of 244 tracks": a line for each ten.
        kind = doing.partition(",")[0]
        words = kind.split()
        if kind != self._said and (words[0] != "listened" or words[2].endswith("0")):
            self._said = kind
            click.echo(doing, err=True)


def _told(report: dict[str, Any]) -> str:
    library, listening, memory = report["library"], report["listening"], report["memory"]
    lines = [
        f"{library['tracks']} tracks of {library['files']} files, {library['mean_seconds']} s each on average",
        *(
            f"  not listened to: {each['files']} ({code}), for example: {each['for_example']}"
            for code, each in library["skipped"].items()
        ),
        (
            f"heard: {listening['heard']}, failed: {_counts(listening['failed'])}, "
            f"warnings: {_counts(listening['warnings'])}, no music: {listening['no_music']}"
        ),
        f"tracks a second: {listening['tracks_per_second']}, with the scan: {listening['tracks_per_second_with_scan']}",
        "CPU-seconds a track: "
        + ", ".join(f"{stage} {seconds}" for stage, seconds in listening["cpu_seconds_a_track"].items()),
        (
            f"memory: {memory['peak_mb']} MB at most ({memory['at_a_quarter_mb']} after a quarter, "
            f"{memory['at_half_mb']} after half, {memory['at_the_end_mb']} at the end), {memory['processes']} processes"
        ),
    ]
    mel = report["mel"]
    if mel["librosa"] is None:
        lines.append(mel["why"])
    else:
        lines.append(
            f"mel spectrograms: librosa takes {mel['librosa_takes_times_as_long']} times as long "
            f"({mel['cpu_seconds_a_track']['librosa']} against {mel['cpu_seconds_a_track']['homespun']} CPU-s a track), "
            f"largest difference {mel['largest_difference']} of {mel['largest_value']}"
        )
    lines += [
        f"{'held' if bar['is_held'] else 'MISSED'}: {name} {bar['found']} (bar {bar['bar']})"
        for name, bar in report["bars"].items()
    ]
    return "\n".join(lines)


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{code} {count}" for code, count in found.items()) or "none"
