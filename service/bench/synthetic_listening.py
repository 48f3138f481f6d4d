"""What one made-up listener did: listens, thumbs and taste, drawn from a few styles they keep to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from ulid import ULID

ENDED_AT = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 300.0
FEWEST_STYLES, MOST_STYLES = 2, 5
TRACKS_OF_A_CLUSTER = 20
SKIP_CHANCE = 0.1
THUMBS = ("up", "up", "up", "down")


class Tracks(Protocol):
    """What there is to listen to: vectors float32 (tracks, d), unit; styles intp (tracks,)."""

    @property
    def ids(self) -> tuple[str, ...]:
        """By position."""

    @property
    def vectors(self) -> NDArray[np.float32]:
        """By position."""

    @property
    def styles(self) -> NDArray[np.intp]:
        """By position."""

    @property
    def distinct_styles(self) -> NDArray[np.intp]:
        """Those there are."""

    def artist(self, position: int, /) -> str:
        """By position."""


@dataclass(frozen=True, eq=False)
class DrawnListener:
    """Rows by table, and the middle of the largest taste, float32 (d,)."""

    listens: list[dict[str, Any]]
    thumbs: list[dict[str, Any]]
    clusters: list[dict[str, Any]]
    members: list[dict[str, Any]]
    centroid: NDArray[np.float32]


def draw_listener(
    user_id: str, listens: int, tracks: Tracks, encoder_id: str, rng: np.random.Generator
) -> DrawnListener:
    """A listener of this many listens, to a few styles, some tracks of each much more often than others."""
    styles = rng.choice(
        tracks.distinct_styles, size=rng.integers(FEWEST_STYLES, MOST_STYLES + 1), replace=False
    )
    shares = np.sort(rng.dirichlet(np.full(len(styles), 3.0)))[::-1]
    known = [rng.permutation(np.flatnonzero(tracks.styles == style)) for style in styles]
    chosen = rng.choice(len(styles), size=listens, p=shares)
    # The square makes favourites: the first of a style's tracks are put on most.
    places = rng.random(listens) ** 2
    positions = [
        int(known[style][int(place * len(known[style]))]) for style, place in zip(chosen, places, strict=True)
    ]
    clusters, members = _taste(user_id, known, shares, tracks, encoder_id, rng)
    largest = np.frombuffer(clusters[0]["centroid"], dtype="<f4")
    return DrawnListener(
        _listens(user_id, positions, tracks, rng),
        _thumbs(user_id, known[0], tracks, rng),
        clusters,
        members,
        largest,
    )


def _listens(
    user_id: str, positions: list[int], tracks: Tracks, rng: np.random.Generator
) -> list[dict[str, Any]]:
    ages = np.sort(rng.uniform(0.0, DAYS, size=len(positions)))[::-1]
    skipped = rng.random(len(positions)) < SKIP_CHANCE
    return [
        {
            "id": _id_at(moment := ENDED_AT - timedelta(days=float(age)), rng),
            "user_id": user_id,
            "track_id": tracks.ids[position],
            "listened_at": moment,
            "source": "player",
            "title": f"Song {position}",
            "artist": tracks.artist(position),
            "played_seconds": 20.0 if skip else 200.0,
            "track_seconds": 200.0,
            "skipped": bool(skip),
            "dedupe_key": f"{number}",
        }
        for number, (position, age, skip) in enumerate(zip(positions, ages, skipped, strict=True))
    ]


def _id_at(moment: datetime, rng: np.random.Generator) -> str:
    return str(ULID.from_bytes(int(moment.timestamp() * 1000).to_bytes(6, "big") + rng.bytes(10)))


def _thumbs(
    user_id: str, known: NDArray[np.intp], tracks: Tracks, rng: np.random.Generator
) -> list[dict[str, Any]]:
    return [
        {
            "id": _id_at(ENDED_AT + timedelta(seconds=place), rng),
            "user_id": user_id,
            "track_id": tracks.ids[int(position)],
            "value": value,
            "created_at": ENDED_AT,
        }
        for place, (value, position) in enumerate(zip(THUMBS, known, strict=False))
    ]


def _taste(
    user_id: str,
    known: list[NDArray[np.intp]],
    shares: NDArray[np.float64],
    tracks: Tracks,
    encoder_id: str,
    rng: np.random.Generator,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    clusters: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    for place, (positions, share) in enumerate(zip(known, shares, strict=True)):
        favourites = positions[:TRACKS_OF_A_CLUSTER]
        mean = tracks.vectors[favourites].mean(axis=0)
        cluster_id = _id_at(ENDED_AT, rng)
        clusters.append(
            {
                "id": cluster_id,
                "user_id": user_id,
                "position": place,
                "words": f"style {place}",
                "medoid_track_id": tracks.ids[int(favourites[0])],
                "centroid": (mean / np.linalg.norm(mean)).astype("<f4").tobytes(),
                "encoder_id": encoder_id,
                "share": float(share),
                "valence": 0.1,
                "arousal": 0.1,
                "valence_spread": 0.2,
                "arousal_spread": 0.2,
                "hour_profile": [1 / 24] * 24,
                "updated_at": ENDED_AT,
            }
        )
        members += [
            {"cluster_id": cluster_id, "track_id": tracks.ids[int(position)], "weight": 1.0}
            for position in favourites
        ]
    return clusters, members
