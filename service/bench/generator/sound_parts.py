"""Parts of the bench that judge sound: whom a piece was composed for, which mood it has, where it lies in the index."""

from itertools import islice

import numpy as np
import soundfile

from generator.taste.condition import ARMS
from generator.taste.index_offset import load_index_offset
from recommender.embedding import ENCODER_NAME, TrackEncoder
from service.bench.ear.heard_store import HeardTrack
from service.bench.generator.clusters import BenchCluster
from service.bench.generator.emotion_judges import MoodListener
from service.bench.generator.emotions import (
    MoodRequest,
    hear_moods,
    labelled_rows,
    measure_emotions,
    mood_requests,
)
from service.bench.generator.index_spread import Placed, measure_index_spread
from service.bench.generator.outcome import PartResult
from service.bench.generator.pieces import BenchPiece, BenchRequest, compose_pieces, requests_for
from service.bench.generator.sounding import anchor_notes, hear_files, in_one_instrumentation, render_all
from service.bench.generator.style import Judged, StyleJudge, measure_style
from service.bench.generator.workbench import Workbench
from service.operations.encoder_weights import load_encoder_weights


def style_part(bench: Workbench) -> PartResult:
    """Ours, floor, oracle, ceiling and arms, and ours once more in one instrumentation and tempo."""
    clusters, pieces = bench.clusters, bench.pieces
    fixed = render_all(
        {piece.name: in_one_instrumentation(piece.notes) for piece in pieces},
        bench.out / "fixed",
        bench.scale.piece_seconds,
        bench.plan.seed,
        bench.report,
    )
    figures, rows = measure_style(
        StyleJudge(_recordings(clusters, judging=True)),
        ours=_judged_pieces(bench, pieces),
        oracle=_oracle(bench),
        recordings=_recordings(clusters, judging=False),
        fixed=Judged.of(
            [piece.name for piece in pieces],
            hear_files([fixed[piece.name] for piece in pieces], bench.settings, bench.store, bench.report),
            [piece.cluster for piece in pieces],
        ),
        arms={arm: _judged_pieces(bench, _arm_pieces(bench, arm)) for arm in ARMS if arm != "full"},
        rng=bench.rng(),
    )
    return PartResult({"style": figures}, {"style": rows})


def index_part(bench: Workbench) -> PartResult:
    """How far apart compositions lie in the index, and what a thumb down moves."""
    as_heard, recordings = placed_compositions(bench), placed_recordings(bench)
    compositions = as_heard
    offset = load_index_offset(bench.weights_dir, ENCODER_NAME)
    if offset is not None:
        compositions = Placed(offset.removed(as_heard.vectors), as_heard.clusters)
    figures, rows = measure_index_spread(compositions, recordings, bench.rng(), as_heard=as_heard)
    for row, piece in zip(rows, bench.pieces, strict=False):
        row["piece"] = piece.name
    return PartResult({"index": figures}, {"index": rows})


def placed_compositions(bench: Workbench) -> Placed:
    """All pieces as they were heard, with the numbers of the clusters that they were composed for."""
    numbers = {cluster.name: number for number, cluster in enumerate(bench.clusters)}
    unknown = {piece.cluster for piece in bench.pieces} - numbers.keys()
    if unknown:
        raise ValueError(f"the library has no cluster {min(unknown)!r} to hold a composition against")
    return Placed(
        np.stack([heard.vector for heard in _heard(bench, bench.pieces)]).astype(np.float32),
        np.array([numbers[piece.cluster] for piece in bench.pieces]),
    )


def placed_recordings(bench: Workbench) -> Placed:
    """All tracks of the clusters."""
    return Placed(
        np.concatenate([cluster.vectors for cluster in bench.clusters]),
        np.repeat(np.arange(len(bench.clusters)), [len(cluster.tracks) for cluster in bench.clusters]),
    )


def emotion_part(bench: Workbench) -> PartResult:
    """Whether the mood that was asked for is heard, with everything free and at fixed tempo and instruments."""
    asked = mood_requests(
        bench.bases(bench.scale.mood_bases),
        seconds=bench.scale.mood_seconds,
        seed=bench.plan.seed,
        quick=bench.plan.quick,
    )
    folder = bench.out / "moods"
    named = [BenchRequest(_file_name(each), each.base, each.conditioning, each.seed) for each in asked]
    report = bench.report
    composed = compose_pieces(named, bench.composer, folder, lambda share, words: report(0.8 * share, words))
    files = {each.name: piece.flac_file for each, piece in zip(asked, composed, strict=True)}

    def sound_of(request: MoodRequest) -> tuple[np.ndarray, int]:
        samples, sample_rate = soundfile.read(files[request.name], dtype="float32", always_2d=True)
        return samples.T, sample_rate

    listener = MoodListener(TrackEncoder.from_weights(load_encoder_weights(bench.settings.models_dir)))
    rows = hear_moods(asked, sound_of, listener, lambda share, words: report(0.8 + 0.2 * share, words))
    labelled = [] if bench.plan.quick else labelled_rows(listener)
    figures = measure_emotions(rows, labelled, bench.rng(), draws=bench.scale.draws)
    return PartResult({"emotion": figures}, {"emotion": rows, "emotion_labelled": labelled})


def _recordings(clusters: list[BenchCluster], *, judging: bool) -> Judged:
    """The tracks that a judge learns from, or those that asked."""
    places = [cluster.judging if judging else cluster.asking for cluster in clusters]
    return Judged.of(
        [
            cluster.tracks[place].told.path
            for cluster, some in zip(clusters, places, strict=True)
            for place in some
        ],
        [cluster.heard[place] for cluster, some in zip(clusters, places, strict=True) for place in some],
        [cluster.name for cluster, some in zip(clusters, places, strict=True) for _ in some],
    )


def _heard(bench: Workbench, pieces: list[BenchPiece]) -> list[HeardTrack]:
    return hear_files([piece.flac_file for piece in pieces], bench.settings, bench.store, bench.report)


def _judged_pieces(bench: Workbench, pieces: list[BenchPiece]) -> Judged:
    return Judged.of(
        [piece.name for piece in pieces], _heard(bench, pieces), [piece.cluster for piece in pieces]
    )


def _arm_pieces(bench: Workbench, arm: str) -> list[BenchPiece]:
    requests = requests_for(
        bench.clusters,
        bench.anchors,
        each=bench.scale.arm_each,
        seconds=bench.scale.piece_seconds,
        seed=bench.plan.seed,
        arm=arm,
    )
    return compose_pieces(requests, bench.composer, bench.out / f"arm-{arm}", bench.report)


def _oracle(bench: Workbench) -> Judged:
    """Renders of the corpus passages nearest to the tracks that asked, as many for each cluster as pieces were composed."""
    written, clusters = {}, []
    for place, cluster in enumerate(bench.clusters):
        count = sum(piece.cluster == cluster.name for piece in bench.pieces)
        nearest = bench.anchors.retrieve(cluster.taste().vectors, k=len(bench.anchors.vectors)).indices
        found = (anchor_notes(bench.anchors, bench.dataset, int(number)) for number in nearest)
        passages = islice((notes for notes in found if notes is not None), count)
        for number, notes in enumerate(passages):
            written[f"{place:02d}-{number:02d}"] = notes
            clusters.append(cluster.name)
    if not written:
        return Judged((), np.zeros((0, 0)), ())
    files = render_all(
        written, bench.out / "oracle", bench.scale.piece_seconds, bench.plan.seed, bench.report
    )
    heard = hear_files(list(files.values()), bench.settings, bench.store, bench.report)
    return Judged.of(list(files), heard, clusters)


def _file_name(request: MoodRequest) -> str:
    """Without what a folder's name may hold and a file's may not."""
    return "".join(letter if letter.isalnum() or letter in "+-." else "-" for letter in request.name)
