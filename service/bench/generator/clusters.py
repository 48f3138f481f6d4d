"""The clusters that the bench composes for: folders or genres of a library, as its tracks were heard."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from generator.taste.condition import TasteSound
from service.audio import DecoderPool
from service.bench.ear.heard_store import HeardStore, HeardTrack
from service.bench.ear.hearing import Failures, hear_library
from service.bench.ear.labels import top_folders_of, useful_genre
from service.bench.ear.library import Library, LibraryTrack, read_library
from service.errors import NotFound
from service.settings import Settings

NEAREST_TRACKS = 20
"""As many of a cluster's tracks ask as of a listener's taste, those around its medoid."""

FEWEST_TRACKS = 4
"""A folder with fewer tracks is no cluster: nothing could be left out of it."""

QUICK_TRACKS = 4

Report = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class BenchCluster:
    """A folder or genre: its tracks in the order of their paths, and what was heard of each."""

    name: str
    tracks: tuple[LibraryTrack, ...]
    heard: tuple[HeardTrack, ...]

    @property
    def vectors(self) -> np.ndarray:
        """The embeddings (tracks, d) float32, of unit length."""
        return np.stack([each.vector for each in self.heard]).astype(np.float32)

    @cached_property
    def asking(self) -> np.ndarray:
        """Places of the tracks that requests are made of: a medoid first, then the nearest to it, at most twenty.

        They are of one half of the tracks, drawn at random, so that a judge can learn from the other half.
        """
        drawn = np.random.default_rng(0).permutation(len(self.tracks))[: (len(self.tracks) + 1) // 2]
        vectors = self.vectors[drawn]
        medoid = vectors[int(np.argmax((vectors @ vectors.T).mean(1)))]
        return np.asarray(drawn[np.argsort(-(vectors @ medoid), kind="stable")][:NEAREST_TRACKS])

    @property
    def judging(self) -> np.ndarray:
        """Places of all other tracks."""
        return np.setdiff1d(np.arange(len(self.tracks)), self.asking)

    def taste(self) -> TasteSound:
        """What the asking tracks sound like, as a listener's taste would be told of them."""
        facts = [self.heard[place].facts for place in self.asking]

        def column(name: str) -> np.ndarray:
            return np.array([fact[name] for fact in facts])

        return TasteSound(
            vectors=np.ascontiguousarray(self.vectors[self.asking]),
            tempo_bpm=column("tempo_bpm").astype(np.float64),
            tempo_confidence=column("tempo_confidence").astype(np.float64),
            key=column("key").astype(np.int64),
            key_clarity=column("key_clarity").astype(np.float64),
            is_major=column("mode") == "major",
            percussive_share=column("percussive_share").astype(np.float64),
            valence=float(column("valence").mean()),
            arousal=float(column("arousal").mean()),
        )


def find_clusters(
    folder: Path,
    settings: Settings,
    store: HeardStore,
    *,
    count: int,
    shortest_seconds: float,
    quick: bool,
    report: Report,
) -> tuple[list[BenchCluster], Failures]:
    """The `count` clusters of a library with most tracks, in the order of their names, each track heard once and kept.

    Sub-folders are clusters where there are two or more of at least four tracks, genres otherwise. With `quick` only
    the first few files of each folder are read. Raises NotFound (no_music, no_clusters).
    """
    with DecoderPool(settings.threads) as pool:
        library = (
            _first_tracks(folder, pool, count, shortest_seconds)
            if quick
            else read_library(
                folder,
                pool,
                shortest_seconds=shortest_seconds,
                limit=None,
                rng=np.random.default_rng(0),
                report=lambda share, words: report(0.2 * share, words),
            )
        )
    grouped = group_tracks(library.tracks, count)
    wanted = [track for tracks in grouped.values() for track in tracks]
    heard, failures = hear_library(
        wanted,
        settings.models_dir,
        settings.threads,
        store,
        lambda share, words: report(0.2 + 0.8 * share, words),
    )
    clusters = list(_heard_clusters(grouped, heard))
    if len(clusters) < min(count, 2):
        raise NotFound("Fewer than two clusters of that library are music.", code="no_clusters")
    return clusters, failures


def group_tracks(tracks: Sequence[LibraryTrack], count: int) -> dict[str, list[LibraryTrack]]:
    """The `count` largest folders by name, or genres where fewer than two folders have tracks enough.

    Raises NotFound (no_clusters) where neither makes two clusters.
    """
    folders = top_folders_of([track.told.path for track in tracks])
    genres = [useful_genre(track.told.genre) or "" for track in tracks]
    for labels in (folders, genres):
        groups: dict[str, list[LibraryTrack]] = {}
        for label, track in zip(labels, tracks, strict=True):
            if label:
                groups.setdefault(label, []).append(track)
        large = {name: some for name, some in groups.items() if len(some) >= FEWEST_TRACKS}
        if len(large) >= min(count, 2):
            largest = sorted(large, key=lambda name: (-len(large[name]), name))[:count]
            return {name: large[name] for name in sorted(largest)}
    raise NotFound(
        f"The library needs two sub-folders or genres of at least {FEWEST_TRACKS} tracks each.",
        code="no_clusters",
    )


def _first_tracks(folder: Path, pool: DecoderPool, count: int, shortest_seconds: float) -> Library:
    """A few tracks of each sub-folder, until there are folders enough; of the whole library where it has none."""
    found = Library()
    for below in sorted(path for path in folder.iterdir() if path.is_dir()):
        try:
            some = read_library(
                below,
                pool,
                shortest_seconds=shortest_seconds,
                limit=QUICK_TRACKS,
                rng=np.random.default_rng(0),
                report=lambda _share, _words: None,
            )
        except NotFound:
            continue
        found.tracks += [_below(track, below.name) for track in some.tracks]
        found.left_out += some.left_out
        if len(some.tracks) == QUICK_TRACKS:
            count -= 1
        if count == 0:
            return found
    if found.tracks:
        return found
    return read_library(
        folder,
        pool,
        shortest_seconds=shortest_seconds,
        limit=count * QUICK_TRACKS,
        rng=np.random.default_rng(0),
        report=lambda _share, _words: None,
    )


def _below(track: LibraryTrack, folder_name: str) -> LibraryTrack:
    told = replace(track.told, path=f"{folder_name}/{track.told.path}")
    return replace(track, told=told)


def _heard_clusters(
    grouped: dict[str, list[LibraryTrack]], heard: dict[str, HeardTrack]
) -> Iterator[BenchCluster]:
    for name, tracks in grouped.items():
        known = [track for track in tracks if track.content_hash in heard]
        known = [track for track in known if heard[track.content_hash].facts["is_music"]]
        # Of those that are no music too few may be left to ask and to judge.
        if len(known) >= FEWEST_TRACKS:
            yield BenchCluster(name, tuple(known), tuple(heard[track.content_hash] for track in known))
