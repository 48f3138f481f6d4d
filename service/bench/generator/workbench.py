"""What the parts of the bench share, each made when it is first asked for: clusters, written music, composer, pieces."""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from generator.conditioning import Conditioning
from generator.corpus import Piece, corpus_hash, read_corpus
from generator.dataset import SPLITS, BarDataset, build_dataset
from generator.networks import ANCHORS_FILE
from generator.pipeline import Composer
from generator.taste.anchors import AnchorTable
from recommender.embedding import ENCODER_NAME
from service.bench.ear.heard_store import HeardStore
from service.bench.ear.hearing import Failures
from service.bench.generator.clusters import BenchCluster, find_clusters
from service.bench.generator.pieces import (
    BenchPiece,
    BenchRequest,
    compose_pieces,
    read_requests,
    requests_for,
)
from service.bench.generator.scale import FULL, QUICK, Scale
from service.errors import CorruptArtifact, InvalidRequest, NotPrepared
from service.operations.encoder_weights import WEIGHTS_SHA256
from service.settings import Settings

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class GeneratorPlan:
    """What is to be measured: folders, which parts (all where none is named), and how much of it.

    `split` names the split of the corpus whose works are the real music; `heard` is where hearings are kept, `--out` by
    itself.
    """

    corpus: Path
    library: Path
    requests: Path | None
    split: str
    heard: Path | None
    only: frozenset[str]
    seed: int
    quick: bool

    @property
    def scale(self) -> Scale:
        """How many and how long."""
        return QUICK if self.quick else FULL


class Workbench:
    """All of one run. What takes long tells `report` (share, words), which the runner sets for each part."""

    def __init__(self, plan: GeneratorPlan, settings: Settings, weights_dir: Path, out: Path) -> None:
        self.plan, self.settings, self.weights_dir, self.out = plan, settings, weights_dir, out
        self.scale = plan.scale
        self.report: Report = lambda _share, _words: None
        self.store = HeardStore(plan.heard or out / "hearing", ENCODER_NAME, WEIGHTS_SHA256)
        self.failures: Failures = {}

    def rng(self) -> np.random.Generator:
        """Each part draws from the beginning, so that leaving one out changes no other."""
        return np.random.default_rng(self.plan.seed)

    @cached_property
    def clusters(self) -> list[BenchCluster]:
        """Of the library. Raises NotFound (no_music, no_clusters), NotPrepared (models_not_prepared)."""
        clusters, failures = find_clusters(
            self.plan.library,
            self.settings,
            self.store,
            count=self.scale.clusters,
            shortest_seconds=self.scale.shortest_seconds,
            quick=self.plan.quick,
            report=self.report,
        )
        self.failures |= failures
        return clusters

    @cached_property
    def dataset(self) -> BarDataset:
        """The corpus as bars, kept beside the pieces; with `quick` a few of its pieces. Raises InvalidRequest (wrong_corpus)."""
        try:
            name = "quick" if self.plan.quick else corpus_hash(self.plan.corpus)[:12]
            path = self.out / f"corpus-{name}.npz"
            if not path.is_file():
                self.report(0.0, "reading the corpus")
                pieces: Iterable[Piece] = read_corpus(self.plan.corpus)
                if self.plan.quick:
                    pieces = few_of_each_split(pieces, self.scale.corpus_pieces)
                dataset = build_dataset(pieces)
                path.parent.mkdir(parents=True, exist_ok=True)
                # Whole or not at all: an interrupted write must not be taken for a corpus.
                unfinished = path.with_name(f".{path.name}")
                dataset.save(unfinished)
                unfinished.rename(path)
            return BarDataset.load(path)
        except ValueError as error:
            raise InvalidRequest(f"The corpus cannot be used: {error}.", code="wrong_corpus") from error

    @cached_property
    def composer(self) -> Composer:
        """The generator as it ships. Raises NotPrepared (weights_missing), CorruptArtifact."""
        with _told_in_words():
            return Composer.load(self.weights_dir, self.settings.threads)

    @cached_property
    def anchors(self) -> AnchorTable:
        """As they ship. Raises NotPrepared (weights_missing), CorruptArtifact."""
        with _told_in_words():
            return AnchorTable.load(self.weights_dir / ANCHORS_FILE)

    @cached_property
    def requests(self) -> list[BenchRequest]:
        """Of the file that was named, or made of the clusters: so many for each that there are enough in all."""
        if self.plan.requests is not None:
            return read_requests(self.plan.requests)
        each = max(self.scale.each, math.ceil(self.scale.clusters * self.scale.each / len(self.clusters)))
        return requests_for(
            self.clusters, self.anchors, each=each, seconds=self.scale.piece_seconds, seed=self.plan.seed
        )

    @cached_property
    def pieces(self) -> list[BenchPiece]:
        """All that was asked for, composed now or in an earlier run."""
        requests = self.requests
        return compose_pieces(requests, self.composer, self.out / "pieces", self.report)

    def bases(self, count: int) -> dict[str, Conditioning]:
        """The first request of so many clusters, spread over all of them."""
        first: dict[str, Conditioning] = {}
        for request in self.requests:
            first.setdefault(request.cluster, request.conditioning)
        names = list(first)
        places = np.unique(np.linspace(0, len(names) - 1, min(count, len(names))).round().astype(int))
        return {names[place]: first[names[place]] for place in places}


def few_of_each_split(pieces: Iterable[Piece], count: int) -> Iterator[Piece]:
    """The first `count` pieces of each split; ends as soon as there are so many."""
    left = dict.fromkeys(SPLITS, count)
    for piece in pieces:
        if left[piece.split]:
            left[piece.split] -= 1
            yield piece
        if not any(left.values()):
            return


@contextmanager
def _told_in_words() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotPrepared(f"The generator's weights are missing: {error}.", code="weights_missing") from error
    except ValueError as error:
        raise CorruptArtifact(f"The generator's weights cannot be used: {error}") from error
