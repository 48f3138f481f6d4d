"""The pieces that are measured: composed once for each request, and kept with all that is needed to judge them again."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generator.conditioning import Conditioning
from generator.notes import Notes, NoteTrack
from generator.pipeline import ATTEMPTS, Composed, Composer
from generator.sound.rendering import SYNTHESIS_RATE, notes_to_midi
from generator.taste.anchors import AnchorTable
from generator.taste.condition import condition_for
from service.audio import flac_bytes
from service.bench.ear.heard_store import arrays_file
from service.bench.generator.clusters import BenchCluster
from service.errors import InvalidRequest
from service.store.media import write_atomically

SEEDS_APART = 10

_COLUMNS = ("onset_steps", "duration_steps", "pitch", "velocity")

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class BenchRequest:
    """What is asked for: a conditioning, the first seed that is tried, and the cluster it is asked for."""

    name: str
    cluster: str
    conditioning: Conditioning
    seed: int


@dataclass(frozen=True)
class BenchPiece:
    """A composed piece: its exact notes, the seed it came of, and where its MIDI and FLAC lie.

    `conditioning` is what was asked for; `passed` and `failures` are the verdict of the screening, `seconds` what
    composing took by stage.
    """

    name: str
    cluster: str
    conditioning: Conditioning
    seed: int
    notes: Notes
    midi_file: Path
    flac_file: Path
    passed: bool
    failures: tuple[str, ...]
    seconds: dict[str, float]


def requests_for(
    clusters: Sequence[BenchCluster],
    anchors: AnchorTable,
    *,
    each: int,
    seconds: float,
    seed: int,
    arm: str = "full",
) -> list[BenchRequest]:
    """So many requests for each cluster, made of its tracks as a listener's are; one seed gives the same requests."""
    requests = []
    for place, cluster in enumerate(clusters):
        taste = cluster.taste()
        for number in range(each):
            first_seed = ((seed * 1_000 + place) * 1_000 + number) * SEEDS_APART
            conditioning = condition_for(
                taste, anchors, seconds, np.random.default_rng([first_seed, 1]), arm=arm
            )
            name = f"{place:02d}-{_file_name(cluster.name)}-{number:02d}"
            requests.append(BenchRequest(name, cluster.name, conditioning, first_seed))
    return requests


def read_requests(path: Path) -> list[BenchRequest]:
    """Requests of a file of JSON lines, each with `conditioning` (an object), `seed` and `cluster`.

    Raises InvalidRequest (wrong_requests), which names the line.
    """
    requests = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            cluster, seed = str(told["cluster"]), int(told["seed"])
            conditioning = Conditioning.from_json(json.dumps(told["conditioning"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidRequest(
                f"Line {number} of {path.name} is no request: {error}.", code="wrong_requests"
            ) from error
        requests.append(BenchRequest(f"{number:03d}-{_file_name(cluster)}", cluster, conditioning, seed))
    if not requests:
        raise InvalidRequest(f"{path.name} holds no request.", code="wrong_requests")
    return requests


def compose_pieces(
    requests: Sequence[BenchRequest], composer: Composer, folder: Path, report: Report
) -> list[BenchPiece]:
    """Compose what is not there yet, and give all pieces in the order of the requests.

    A piece is kept as soon as it is made, as MIDI, FLAC, exact notes (.npz) and request (.json, written last). One that
    was made of another request or by other weights is made anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = {request.name: _kept(folder, request, composer) for request in requests}
    missing = [request for request in requests if kept[request.name] is None]
    for done, request in enumerate(missing):
        report(done / len(missing), f"composed {len(requests) - len(missing) + done} of {len(requests)}")
        kept[request.name] = _compose(folder, request, composer)
    return [piece for request in requests if (piece := kept[request.name]) is not None]


def read_pieces(folder: Path) -> Iterator[BenchPiece]:
    """All pieces that an earlier run kept in a folder, in the order of their names, for other judges."""
    for path in sorted(folder.glob("*.json")):
        yield _read(path)


def _compose(folder: Path, request: BenchRequest, composer: Composer) -> BenchPiece:
    seeds = range(request.seed, request.seed + ATTEMPTS)
    written, composed = composer.compose_passing([(request.conditioning, seed) for seed in seeds])
    _keep(folder, request, composed, written.seed, composer)
    return _read(folder / f"{request.name}.json")


def _keep(folder: Path, request: BenchRequest, composed: Composed, seed: int, composer: Composer) -> None:
    def write(suffix: str, content: bytes) -> None:
        write_atomically(folder / f"{request.name}{suffix}", content)

    write(".npz", _notes_file(composed.notes))
    write(".mid", notes_to_midi(composed.notes, request.name))
    write(".flac", flac_bytes(composed.samples, SYNTHESIS_RATE))
    told = {
        **_asked(request, composer),
        "seed": seed,
        "passed": composed.screening.passed,
        "failures": list(composed.screening.failures),
        "measurements": composed.screening.measurements,
        "seconds": {stage: round(seconds, 3) for stage, seconds in composed.stage_seconds.items()},
    }
    write(".json", (json.dumps(told, indent=1) + "\n").encode())


def _asked(request: BenchRequest, composer: Composer) -> dict[str, Any]:
    """What a kept piece must agree with to be the one that is asked for."""
    return {
        "name": request.name,
        "cluster": request.cluster,
        "conditioning": json.loads(request.conditioning.to_json()),
        "asked_seed": request.seed,
        "weights": "@".join(composer.model_version),
    }


def _kept(folder: Path, request: BenchRequest, composer: Composer) -> BenchPiece | None:
    path = folder / f"{request.name}.json"
    if not path.is_file():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    asked = _asked(request, composer)
    return _read(path) if {name: told.get(name) for name in asked} == asked else None


def _read(path: Path) -> BenchPiece:
    told = json.loads(path.read_text(encoding="utf-8"))
    with np.load(path.with_suffix(".npz")) as arrays:
        notes = _notes_of(dict(arrays))
    return BenchPiece(
        name=told["name"],
        cluster=told["cluster"],
        conditioning=Conditioning.from_json(json.dumps(told["conditioning"])),
        seed=told["seed"],
        notes=notes,
        midi_file=path.with_suffix(".mid"),
        flac_file=path.with_suffix(".flac"),
        passed=told["passed"],
        failures=tuple(told["failures"]),
        seconds=told["seconds"],
    )


def _notes_file(notes: Notes) -> bytes:
    """Note tables one after the other, with how many notes, which row and which program each track has."""
    arrays = {
        name: np.concatenate([getattr(track, name) for track in notes.tracks] or [np.zeros(0, np.int32)])
        for name in _COLUMNS
    }
    arrays["rows"] = np.array([track.row for track in notes.tracks], dtype=str)
    arrays["programs"] = np.array([track.program for track in notes.tracks], dtype=np.int16)
    arrays["counts"] = np.array([len(track.pitch) for track in notes.tracks], dtype=np.int64)
    arrays["frame"] = np.array([notes.tempo_bpm, notes.beats_per_bar, notes.bars], dtype=np.float64)
    return arrays_file(arrays)


def _notes_of(arrays: dict[str, np.ndarray]) -> Notes:
    ends = np.cumsum(arrays["counts"])[:-1]
    columns = [np.split(arrays[name], ends) for name in _COLUMNS]
    tempo_bpm, beats_per_bar, bars = arrays["frame"].tolist()
    tracks = tuple(
        NoteTrack(str(row), int(program), *(column[place] for column in columns))
        for place, (row, program) in enumerate(zip(arrays["rows"], arrays["programs"], strict=True))
    )
    return Notes(tracks, tempo_bpm, int(beats_per_bar), int(bars))


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-") or "cluster"
