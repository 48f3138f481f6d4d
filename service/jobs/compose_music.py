"""Job: compose one piece for one of a listener's tastes."""

import hashlib
import json
import time
import zlib
from collections.abc import Generator
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from generator.conditioning import Conditioning
from generator.networks import ANCHORS_FILE
from generator.pipeline import ATTEMPTS, Composed, Composer, Written
from generator.sound.fonts import sound_name
from generator.sound.rendering import SYNTHESIS_RATE, notes_to_midi
from generator.taste.anchors import AnchorTable
from generator.taste.condition import TasteSound, condition_for
from service.audio import flac_bytes
from service.compositions.covers import draw_cover
from service.compositions.judged import JudgedComposition, judged_compositions
from service.compositions.keeping import ComposedPiece, ReviewPolicy, store_composition
from service.compositions.labels import Labels, labelled
from service.compositions.requests import (
    ClusterTaste,
    check_seconds,
    choose_cluster,
    read_cluster_taste,
    titles_of,
)
from service.compositions.titles import title_for
from service.compositions.wishes import Wish
from service.errors import CorruptArtifact, InvalidRequest, NotFound, NotPrepared
from service.jobs.composing_leaning import leaning_for
from service.jobs.composing_wishes import as_wished
from service.jobs.index_offsets import weights_dir_of
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import LARGEST_SEED, SOON, JobRequest, embed_tracks, hear_held
from service.settings import Settings
from service.store.database import Database
from service.store.tables import ModelVersion, User

ENGINE = "latent-diffusion"


@dataclass(frozen=True, eq=False)
class Inputs:
    """One request with all it rests on; `heard_by` names the encoder of the taste's vectors, `judged` what the listener
    thought of earlier pieces for it."""

    user_id: str
    user_name: str
    taste: ClusterTaste
    heard_by: str
    seconds: float
    seed: int
    threads: int
    occasion: str
    review_policy: ReviewPolicy
    media_dir: Path
    weights_dir: Path
    taken_titles: frozenset[str]
    judged: tuple[JudgedComposition, ...] = ()
    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True, eq=False)
class Output:
    """A finished piece, where it is to be kept, and the verdict on it."""

    piece: ComposedPiece
    occasion: str
    review_policy: ReviewPolicy
    media_dir: Path
    user_name: str
    cluster_position: int | None
    failures: tuple[str, ...]


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Reads the taste that is composed for.

    Raises InvalidRequest (seconds_out_of_range, seed_out_of_range), NotFound (no_such_listener, unknown_cluster),
    Conflict (no_taste_yet, all_clusters_muted), and what a wish raises.
    """
    check_seconds(payload["seconds"])
    wish = Wish.from_payload(payload.get("wish"))
    if not 0 <= payload["seed"] <= LARGEST_SEED:
        raise InvalidRequest(f"A seed lies between 0 and {LARGEST_SEED}.", code="seed_out_of_range")
    with db.session(read_only=True) as db_session:
        user = db_session.get(User, payload["user_id"])
        if user is None:
            raise NotFound("The listener this is composed for is gone.", code="no_such_listener")
        cluster = choose_cluster(db_session, user, payload["cluster_id"])
        return Inputs(
            user_id=user.id,
            user_name=user.name,
            taste=read_cluster_taste(db_session, cluster),
            heard_by=db_session.get_one(ModelVersion, cluster.encoder_id).name,
            seconds=float(payload["seconds"]),
            seed=payload["seed"],
            threads=settings.threads,
            occasion=payload["occasion"],
            review_policy="all" if payload["review_first"] else settings.review_policy,
            media_dir=settings.media_dir,
            weights_dir=weights_dir_of(settings),
            taken_titles=titles_of(db_session, user),
            judged=judged_compositions(db_session, user.id, cluster.id),
            wish=wish,
        )


def compute(inputs: Inputs, report: Report) -> Generator[Output, None, None]:
    """Composes until a piece passes its screening, with at most `ATTEMPTS` seeds; the last one is held otherwise.

    Raises NotPrepared (weights_missing) or CorruptArtifact when there is no generator to compose with, NotPrepared
    (taste_of_another_encoder) when it knows other vectors than the taste's, InvalidRequest (taste_unusable).
    """
    report(0.0, "loading the generator")
    begun = time.perf_counter()
    composer, anchors = load_engine(inputs.weights_dir, inputs.threads)
    _check_encoder(inputs.heard_by, inputs.taste, anchors)
    sound = sound_of(inputs.taste)
    loading_seconds = time.perf_counter() - begun
    requests = [
        (_conditioning(inputs, sound, anchors, composer, seed), seed)
        for seed in range(inputs.seed, inputs.seed + ATTEMPTS)
    ]
    written, composed = composer.compose_passing(requests, report)
    report(0.95, "labelling")
    begun = time.perf_counter()
    piece = _piece(inputs, written, composed, composer)
    labelling_seconds = time.perf_counter() - begun
    stages = {"load": loading_seconds, **composed.stage_seconds, "label": labelling_seconds}
    yield Output(
        replace(piece, stage_seconds={name: round(seconds, 3) for name, seconds in stages.items()}),
        inputs.occasion,
        inputs.review_policy,
        inputs.media_dir,
        inputs.user_name,
        inputs.taste.position,
        composed.screening.failures,
    )


def store_result(db: Database, output: Output, fence: Fence) -> dict[str, Any]:
    """Keeps the piece and says what became of it."""
    piece = output.piece
    kept = store_composition(
        db,
        output.media_dir,
        piece,
        job_id=fence.job_id,
        occasion=output.occasion,
        review_policy=output.review_policy,
    )
    return {
        "composition_id": kept.composition_id,
        "track_id": kept.track_id,
        "state": kept.state,
        "title": kept.title,
        "user": output.user_name,
        "cluster": output.cluster_position,
        "seconds": piece.duration_seconds,
        "seed": piece.seed,
        "engine": piece.engine,
        "model_version": f"{piece.model_name}@{piece.model_sha256[:12]}",
        "dtype": piece.dtype,
        "threads": piece.threads,
        "files": {kind: str(output.media_dir / path) for kind, path in kept.media_paths.items()},
        "screening": {
            "passed": piece.passed,
            "failures": list(output.failures),
            "measurements": {name: value for name, value in piece.measurements.items() if name != "failures"},
        },
        "stage_seconds": dict(piece.stage_seconds),
    }


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:
    """A track is listened to and can then be found; what is held is listened to for whoever reviews it."""
    if result["track_id"] is not None:
        return [replace(embed_tracks([result["track_id"]]), priority=SOON)]
    return [hear_held(result["composition_id"], payload["user_id"])] if result["state"] == "held" else []


def sound_of(taste: ClusterTaste) -> TasteSound:
    """What the generator is told of a taste; raises InvalidRequest (taste_unusable) where that says nothing."""
    try:
        return TasteSound(**{part.name: getattr(taste, part.name) for part in fields(TasteSound)})
    except ValueError as error:
        raise InvalidRequest(
            f"Nothing can be composed for this taste: {error}.", code="taste_unusable"
        ) from error


def _conditioning(
    inputs: Inputs, sound: TasteSound, anchors: AnchorTable, composer: Composer, seed: int
) -> Conditioning:
    drawn = np.random.default_rng([seed, 2])
    leaning = leaning_for(inputs.judged, sound, composer.model_version[1], drawn)
    rng = np.random.default_rng([seed, 1])
    suggested = condition_for(sound, anchors, inputs.seconds, rng, leaning=leaning)
    return as_wished(suggested, inputs.wish, sound)


def _check_encoder(heard_by: str, taste: ClusterTaste, anchors: AnchorTable) -> None:
    if heard_by != anchors.encoder or taste.vectors.shape[1] != anchors.vectors.shape[1]:
        raise NotPrepared(
            f"This taste was heard by {heard_by} ({taste.vectors.shape[1]} numbers a track), and the generator knows "
            f"{anchors.encoder} ({anchors.vectors.shape[1]}): listen to the library again, or train the generator again.",
            code="taste_of_another_encoder",
        )


@lru_cache(maxsize=1)
def load_engine(weights_dir: Path, threads: int) -> tuple[Composer, AnchorTable]:
    """The engine and its anchors, kept loaded; raises NotPrepared (weights_missing) or CorruptArtifact."""
    try:
        return Composer.load(weights_dir, threads), AnchorTable.load(weights_dir / ANCHORS_FILE)
    except FileNotFoundError as error:
        raise NotPrepared(f"The generator's weights are missing: {error}.", code="weights_missing") from error
    except ValueError as error:
        raise CorruptArtifact(f"The generator's weights cannot be used: {error}") from error


def _piece(inputs: Inputs, written: Written, composed: Composed, composer: Composer) -> ComposedPiece:
    taste, wish, seed = inputs.taste, inputs.wish, written.seed
    valence = taste.valence if wish.valence is None else wish.valence
    arousal = taste.arousal if wish.arousal is None else wish.arousal
    model_name, model_sha256 = composer.model_version
    title = title_for(
        taste.words,
        valence,
        arousal,
        np.random.default_rng([seed, zlib.crc32(taste.words.encode())]),
        inputs.taken_titles,
    )
    labels = Labels(title, inputs.user_name, ENGINE, f"{model_name}@{model_sha256[:12]}", seed, sound_name())
    cover = draw_cover(composed.latent, valence, arousal)
    return ComposedPiece(
        user_id=inputs.user_id,
        cluster_id=taste.cluster_id,
        title=title,
        seconds=inputs.seconds,
        seed=seed,
        engine=ENGINE,
        model_name=model_name,
        model_sha256=model_sha256,
        dtype=composer.dtype,
        threads=inputs.threads,
        passed=composed.screening.passed,
        files={
            "flac": labelled(flac_bytes(composed.samples, SYNTHESIS_RATE), labels, cover),
            "midi": notes_to_midi(composed.notes, title, comment=labels.disclosure),
            "cover": cover,
        },
        sound_sha256=hashlib.sha256(composed.samples.tobytes()).hexdigest(),
        duration_seconds=composed.samples.shape[1] / SYNTHESIS_RATE,
        sample_rate=SYNTHESIS_RATE,
        conditioning=json.loads(written.asked.to_json()),
        measurements={**composed.screening.measurements, "failures": list(composed.screening.failures)},
    )
