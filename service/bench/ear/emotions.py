"""Valence and arousal as they are heard, ranked beside words (or ratings) of people for the same tracks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from service.bench.ear.emotion_truth import AXES, WORD_NORMS, rank_correlation, score_axis, share_inside
from service.bench.ear.heard_store import HeardTrack
from service.bench.ear.known_tracks import PackagedTrack
from service.bench.ear.labels import by_path, read_table, table_value
from service.bench.ear.library import LibraryTrack
from service.bench.intervals import GroupBootstrap
from service.errors import InvalidRequest

CONTROL = "loudness_lufs"
"""How far its loudness alone would tell a track's arousal."""

_OTHER_WORDS = {
    "aggressive": (-0.6, 0.9), "angry": (-0.7, 0.8), "cheerful": (0.8, 0.5), "dark": (-0.6, 0.0), "dreamy": (0.3, -0.6),
    "epic": (0.1, 0.7), "exciting": (0.6, 0.8), "melancholic": (-0.6, -0.5), "party": (0.7, 0.9), "peaceful": (0.6, -0.8),
    "relaxing": (0.5, -0.8), "romantic": (0.6, -0.3), "sad": (-0.8, -0.5), "scary": (-0.8, 0.5), "tense": (-0.6, 0.6),
}  # fmt: skip
WORDS = _OTHER_WORDS | {
    word: ((norm.valence - 5) / 4, (norm.arousal - 5) / 4) for word, norm in WORD_NORMS.items()
}
"""Where words stand, (valence, arousal) from -1 to 1: published norms where we have them, for the others our own reading
of J. Russell, "A circumplex model of affect" (1980)."""

Row = dict[str, Any]


def mood_rows(
    packaged: Sequence[tuple[PackagedTrack, HeardTrack]],
    moods: Path | None,
    tracks: Sequence[LibraryTrack],
    heard: Sequence[HeardTrack],
    albums: Sequence[str],
) -> list[Row]:
    """A row for each track with a mood: those of the package, and those of the library that the table names.

    Raises InvalidRequest (wrong_table) for a table without its columns, a word that has no place here, or a rating
    that is no number.
    """
    # Tracks of one mood and kind come from one description: they are one witness.
    rows = [
        _row(
            track.path.name,
            track.path.stem.rpartition("_")[0],
            "packaged",
            track.mood,
            WORDS[track.mood],
            sound,
        )
        for track, sound in packaged
    ]
    told = {} if moods is None else _told(moods, [track.told.path for track in tracks])
    for track, sound, album in zip(tracks, heard, albums, strict=True):
        if track.told.path in told:
            word, place = told[track.told.path]
            rows.append(_row(track.told.path, album, "table", word, place, sound))
    return rows


def emotion_ranks(rows: Sequence[Row], rng: np.random.Generator) -> dict[str, Any]:
    """By judge and axis: Spearman's rank correlation with its interval, and the share of pairs in the right order.

    Two tracks whose words stand at one height make no pair. `control` is the correlation of loudness alone;
    `inside_one_deviation` is .68 when the stated uncertainty is honest.
    """
    told: dict[str, Any] = {}
    for judge in dict.fromkeys(row["judge"] for row in rows):
        mine = [row for row in rows if row["judge"] == judge]
        told[judge] = {
            "n": len(mine),
            "groups": len({row["group"] for row in mine}),
            **{axis: _axis(mine, axis, rng) for axis in AXES},
            "words": _words(mine),
        }
    return told or {
        "not_measured": "Nobody tells a mood: install immich-memories-music, or give --moods FILE."
    }


def _axis(rows: Sequence[Row], axis: str, rng: np.random.Generator) -> dict[str, Any]:
    known, heard, control, uncertainty = (
        np.array([row[name] for row in rows], dtype=float)
        for name in (f"known_{axis}", axis, CONTROL, f"{axis}_uncertainty")
    )
    score = score_axis(known, heard, GroupBootstrap([row["group"] for row in rows], rng))
    return {
        **score.to_json(),
        "control": _rounded(rank_correlation(known, control)),
        "mean_uncertainty": _rounded(float(uncertainty.mean())),
        "inside_one_deviation": _rounded(share_inside(known, heard, uncertainty)),
    }


def _words(rows: Sequence[Row]) -> dict[str, Row]:
    told: dict[str, Row] = {}
    for word in sorted({row["mood"] for row in rows if row["mood"]}):
        mine = [row for row in rows if row["mood"] == word]
        told[word] = {"n": len(mine)} | {
            axis: {
                "known": mine[0][f"known_{axis}"],
                "mean": _rounded(float(np.mean([row[axis] for row in mine]))),
                "values": [_rounded(row[axis]) for row in mine],
            }
            for axis in AXES
        }
    return told


def _row(
    path: str, group: str, judge: str, word: str | None, place: tuple[float, float], heard: HeardTrack
) -> Row:
    names = (*AXES, *(f"{axis}_uncertainty" for axis in AXES), CONTROL)
    return {
        "path": path,
        "group": group,
        "judge": judge,
        "mood": word,
        "known_valence": place[0],
        "known_arousal": place[1],
        **{name: heard.facts[name] for name in names},
    }


def _told(moods: Path, paths: Sequence[str]) -> dict[str, tuple[str | None, tuple[float, float]]]:
    """The word (None for ratings) and the place of each path that the table names."""
    try:
        table = by_path(read_table(moods, ("path", "mood")), "mood")
    except InvalidRequest:
        rated = read_table(moods, ("path", "valence", "arousal"))
        valences, arousals = by_path(rated, "valence"), by_path(rated, "arousal")
        return {
            path: (None, (_number(table_value(valences, path)), _number(table_value(arousals, path))))
            for path in paths
            if table_value(valences, path)
        }
    words = {path: (table_value(table, path) or "").casefold() for path in paths}
    strange = sorted(set(words.values()) - {"", *WORDS})
    if strange:
        raise InvalidRequest(
            f"{moods} has words for moods that are not known here: {', '.join(strange)}.", code="wrong_table"
        )
    return {path: (word, WORDS[word]) for path, word in words.items() if word}


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError as error:
        raise InvalidRequest(f"{text!r} is no number.", code="wrong_table") from error


def _rounded(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
