"""Tempo, key and onsets as they are heard, beside what is known: of rendered notes, and of real tracks."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recommender.features import measure_features
from service.bench.ear.features_truth import (
    score_confidence,
    score_key,
    score_onset_rate,
    share_of,
    tempo_is_right,
)
from service.bench.ear.heard_store import HeardStore, HeardTrack
from service.bench.ear.known_tracks import Known
from service.bench.ear.rendered import rendered_pieces
from service.bench.intervals import GroupBootstrap, Interval, interval_of

SPLIT = "test"
"""Of the corpus: pieces that nothing was fitted to."""

RENDERED = "rendered"
CONFIDENCE_EDGES = (0.0, 0.25, 0.5, 0.75, 1.0)
MEASURED = ("tempo_bpm", "tempo_confidence", "key", "mode", "key_clarity", "onset_rate")

Row = dict[str, Any]


def rendered_rows(corpus: Path, count: int, seed: int, store: HeardStore) -> list[Row]:
    """A row for each of up to `count` rendered bands and as many other pieces; raises ValueError without a corpus."""
    name = f"rendered-{SPLIT}-{count}-{seed}"
    if (kept := store.get_rows(name)) is not None:
        rows: list[Row] = kept["rows"]
        return rows
    rows = []
    for bands in (True, False):
        for piece in rendered_pieces(corpus, count, seed, SPLIT, bands=bands):
            heard = vars(measure_features(piece.samples_16k, piece.excerpts_16k))
            rows.append(
                {
                    "path": str(piece.piece_id),
                    "group": piece.work_id,
                    "source": piece.source,
                    "style": piece.style,
                    "domain": f"{RENDERED} bands" if bands else f"{RENDERED} others",
                    **_known(Known(piece.bpm, piece.tonic, piece.mode)),
                    "known_onset_rate": piece.onsets_per_second,
                    **{name: heard[name] for name in MEASURED},
                }
            )
    store.put_rows(name, {"rows": rows})
    return rows


def real_row(path: str, group: str, domain: str, known: Known, heard: HeardTrack) -> Row:
    """A row for a real track whose tempo or key is told."""
    return {
        "path": path,
        "group": group,
        "source": domain,
        "domain": domain,
        **_known(known),
        "known_onset_rate": None,
        **{name: heard.facts[name] for name in MEASURED},
    }


def descriptor_accuracy(rows: Sequence[Row], rng: np.random.Generator) -> dict[str, Any]:
    """By domain, and for all that is rendered together: how often tempo and key are right, and how near onset rates come.

    `tempo_exact` within 4 %, `tempo_or_octave` also of twice or half of it; `key_exact`, `key_or_relative` also the
    relative major or minor, `mode`. Intervals are Wilson's, or bootstrapped over groups (works, albums) where several
    tracks are of one.
    """
    domains = {domain: {domain} for domain in dict.fromkeys(row["domain"] for row in rows)}
    if rendered := {domain for domain in domains if domain.startswith(RENDERED)}:
        domains[RENDERED] = rendered
    told: dict[str, Any] = {}
    for domain, members in domains.items():
        mine = [row for row in rows if row["domain"] in members]
        told[domain] = {
            "n": len(mine),
            "groups": len({row["group"] for row in mine}),
            **_tempo([row for row in mine if row["known_bpm"]], rng),
            **_key([row for row in mine if row["known_key"] is not None and row["known_mode"]], rng),
            **_onsets([row for row in mine if row["known_onset_rate"]]),
        }
    return told


def _known(known: Known) -> Row:
    return {"known_bpm": known.bpm, "known_key": known.tonic, "known_mode": known.mode}


def _tempo(rows: Sequence[Row], rng: np.random.Generator) -> dict[str, Any]:
    if not rows:
        return {}
    measured, true, confidence = (
        np.array([row[name] for row in rows], dtype=float)
        for name in ("tempo_bpm", "known_bpm", "tempo_confidence")
    )
    right = tempo_is_right(measured, true, octaves=True)
    return {
        "tempo_exact": _share(tempo_is_right(measured, true, octaves=False), rows, rng),
        "tempo_or_octave": _share(right, rows, rng),
        "tempo_or_octave_by_confidence": [
            {"from": low, "to": high, "n": share.of, "value": round(share.share, 4)}
            for low, high, share in score_confidence(confidence, right, CONFIDENCE_EDGES)
            if share.of
        ],
    }


def _key(rows: Sequence[Row], rng: np.random.Generator) -> dict[str, Any]:
    if not rows:
        return {}
    scores = [score_key([(row["key"], row["mode"])], [(row["known_key"], row["known_mode"])]) for row in rows]
    return {
        name: _share(np.array([getattr(score, part).right > 0 for score in scores]), rows, rng)
        for name, part in (("key_exact", "exact"), ("key_or_relative", "relative"), ("mode", "mode"))
    }


def _onsets(rows: Sequence[Row]) -> dict[str, Any]:
    """Pearson's correlation of onset rates, and the median of measured over true rates."""
    measured, true = (
        np.array([row[name] for row in rows], dtype=float) for name in ("onset_rate", "known_onset_rate")
    )
    score = score_onset_rate(measured, true)
    if not math.isfinite(score.correlation):
        return {}
    return {
        "onset_rate_correlation": {
            "n": score.pieces,
            **Interval(score.correlation, score.low, score.high).to_json(),
        },
        "onset_rate_median_ratio": round(score.median_ratio, 4),
    }


def _share(right: np.ndarray, rows: Sequence[Row], rng: np.random.Generator) -> dict[str, Any]:
    groups = [row["group"] for row in rows]
    share = share_of(right)
    interval = Interval(share.share, share.low, share.high)
    if len(set(groups)) < len(groups):
        interval = interval_of(share.share, GroupBootstrap(groups, rng).means(right.astype(float)))
    if interval.low == interval.high:
        # All or none: no draw can differ, yet so many groups do not show that it is always so.
        of_groups = share_of(np.full(len(set(groups)), right.all()))
        interval = Interval(share.share, of_groups.low, of_groups.high)
    return {"n": share.of, **interval.to_json()}
