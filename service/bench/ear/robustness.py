"""What becomes of a track's embedding when its file is another: heard again, re-encoded, quieter, at other places."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

import numpy as np

from service.audio import AudioError, DecoderPool, flac_bytes
from service.bench.ear.heard_store import HeardStore, HeardTrack
from service.bench.ear.hearing import ears, hear_file
from service.bench.ear.library import LibraryTrack

OPUS_BITS_A_SECOND = 96_000
QUIETER_DB = -9.0
EXCERPTS = 10
# Other places than those heard first begin to overlap with them below this.
OTHER_PLACES_FROM_SECONDS = 70.0
LONGEST_SECONDS = 600.0
_MOST_BYTES = 1 << 30
_RATE = 16_000
_ROOT = Path(__file__).parents[3]

CHANGES = ("heard_again", "another_process", "opus_96", "quieter_9_db", "other_excerpts")


def measure_robustness(
    tracks: Sequence[LibraryTrack],
    heard: Sequence[HeardTrack],
    *,
    count: int,
    models_dir: Path,
    processes: int,
    store: HeardStore,
    rng: np.random.Generator,
    report: Callable[[float, str], None],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Cosines between a track as it was heard first and as it is heard after each change, of tracks drawn at random;
    and a row for each of them.

    `musicnn_raw_200` is the same for the networks' own features, as a yardstick. Tracks over ten minutes are left out:
    they cost much and tell no more.
    """
    fit = [place for place, track in enumerate(tracks) if track.duration_seconds <= LONGEST_SECONDS]
    drawn = [fit[place] for place in rng.permutation(len(fit))[:count]]
    rows: dict[str, dict[str, Any]] = {}
    with ears(processes) as executor:
        waiting = {}
        for place in drawn:
            track = tracks[place]
            kept = store.get_rows(f"changed-{track.content_hash}")
            if kept is None:
                waiting[executor.submit(_hear_changed, track, models_dir, heard[place])] = track
            else:
                rows[track.told.path] = kept
        for done, future in enumerate(as_completed(waiting), start=1):
            track = waiting[future]
            rows[track.told.path] = future.result()
            store.put_rows(f"changed-{track.content_hash}", rows[track.told.path])
            report(done / len(waiting), f"changed and heard {done} of {len(waiting)} tracks")
    told = {"tracks": len(rows), "changes": summary(list(rows.values()))}
    flat = [
        {"path": path, "change": change} | row[change] for path, row in sorted(rows.items()) for change in row
    ]
    return told, flat


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of each change: how many tracks, cosines (least, 5th percentile, median), and what else stayed as it was."""
    told: dict[str, Any] = {}
    for change in CHANGES:
        changed = [row[change] for row in rows if change in row]
        told[change] = {"n": len(changed)}
        if not changed:
            continue
        for name in ("ours", "musicnn_raw_200"):
            cosines = np.array([each[name] for each in changed])
            told[change][name] = {
                "min": round(float(cosines.min()), 6),
                "p5": round(float(np.percentile(cosines, 5)), 6),
                "median": round(float(np.median(cosines)), 6),
            }
        told[change]["identical"] = sum(each["identical"] for each in changed)
        told[change]["same_tempo"] = round(float(np.mean([each["same_tempo"] for each in changed])), 4)
        told[change]["same_key"] = round(float(np.mean([each["same_key"] for each in changed])), 4)
        told[change]["arousal_moved"] = round(float(np.mean([each["arousal_moved"] for each in changed])), 4)
    return told


def _hear_changed(track: LibraryTrack, models_dir: Path, first: HeardTrack) -> dict[str, Any]:
    """One track's row: a change that could not be made is missing from it."""
    with tempfile.TemporaryDirectory(prefix="homespun-bench-") as folder, DecoderPool(1) as pool:
        another = hear_file(models_dir, track.file_name, track.duration_seconds)
        row = {
            "another_process": _compared(first, another),
            "heard_again": _compared(another, hear_file(models_dir, track.file_name, track.duration_seconds)),
        }
        for change, write in (
            ("opus_96", _write_opus),
            ("quieter_9_db", _write_quieter),
            ("other_excerpts", _write_other),
        ):
            try:
                path = write(track, pool, Path(folder))
                if path is not None:
                    row[change] = _compared(
                        first, hear_file(models_dir, str(path), pool.probe(path).duration_seconds)
                    )
            except AudioError:
                continue
    return row


def _compared(first: HeardTrack, second: HeardTrack) -> dict[str, Any]:
    tempo_ratio = second.facts["tempo_bpm"] / max(first.facts["tempo_bpm"], 1e-6)
    return {
        "ours": _cosine(first.vector, second.vector),
        "musicnn_raw_200": _cosine(first.raw[:200], second.raw[:200]),
        "identical": bool(np.array_equal(first.vector, second.vector)),
        "same_tempo": abs(tempo_ratio - 1) <= 0.04,
        "same_key": (first.facts["key"], first.facts["mode"]) == (second.facts["key"], second.facts["mode"]),
        "arousal_moved": abs(first.facts["arousal"] - second.facts["arousal"]),
    }


def _cosine(first: np.ndarray, second: np.ndarray) -> float:
    first, second = first.astype(np.float64), second.astype(np.float64)
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


def write_opus(track: LibraryTrack, folder: Path) -> Path:
    """Write the whole file as the service would encode it for a listener; raises AudioError where it cannot be encoded."""
    path = folder / "changed.opus"
    with Path(track.file_name).open("rb") as source, path.open("wb") as output:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "service.audio_encoder",
                "opus",
                str(OPUS_BITS_A_SECOND),
                str(_MOST_BYTES),
            ],
            stdin=source,
            stdout=output,
            stderr=subprocess.PIPE,
            cwd=_ROOT,
            check=False,
        )
    if done.returncode:
        raise AudioError("It could not be encoded.", code="encoding_stopped")
    return path


def _write_opus(track: LibraryTrack, pool: DecoderPool, folder: Path) -> Path:  # noqa: ARG001  # the encoder reads by itself
    return write_opus(track, folder)


def _write_quieter(track: LibraryTrack, pool: DecoderPool, folder: Path) -> Path:
    """The whole file, quieter. What another sound chain would clip is left as it is."""
    audio = pool.load(track.file_name)
    path = folder / "quieter.flac"
    samples = np.clip(audio.samples * np.float32(10 ** (QUIETER_DB / 20)), -1.0, 1.0)
    path.write_bytes(flac_bytes(samples, audio.sample_rate))
    return path


def _write_other(track: LibraryTrack, pool: DecoderPool, folder: Path) -> Path | None:
    """Ten excerpts laid end to end, each a twentieth of the track later than those heard first."""
    if track.duration_seconds < OTHER_PLACES_FROM_SECONDS:
        return None
    excerpts = pool.load_excerpts(track.file_name, sample_rate=_RATE, excerpts=2 * EXCERPTS)[1::2]
    path = folder / "other.flac"
    path.write_bytes(flac_bytes(np.clip(excerpts.reshape(1, -1), -1.0, 1.0), _RATE))
    return path
