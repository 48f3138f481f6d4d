"""Job: what the house plays together is learnt, and the ranker's blend fitted to what was played next.

The same training on the earlier part of each history is judged by the later part, beside the blend in use; what is put
in use is then trained on everything.
"""

import hashlib
import json
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recommender.collaborative.fitting import FEWEST_LISTENERS, CollaborativeConfig, fit_collaborative, tune
from recommender.collaborative.model import CollaborativeModel
from recommender.ranking import RankingConfig
from recommender.training import FEWEST_HELD_OUT, FIT_FROM, Feedback, HouseholdTracks, Judgement, fit_ranker
from service.jobs.house_plays import HousePlays, load_house_plays
from service.listening.history import history
from service.listening.list_revisions import all_lists_changed
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.model_versions import encoder_in_use, in_use, promote, register
from service.radio.learnt_weights import WEIGHTS, delete_all_but, write_learnt
from service.radio.ranker_in_use import ranker_in_use
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Listen, ModelVersion, Thumb, Track, TrackEmbedding

NAME = "blend"
MOST_LISTENERS = 30
FEWEST_LISTENS = 20
MOST_TRACKS = 6_000
_IDS_IN_A_QUERY = 500
_SEED = 0
_VERSIONS_KEPT = 3


@dataclass(frozen=True, eq=False)
class Inputs:
    """The tracks that are ranked, what those who listen most did, all plays, and the blend in use.

    has_learnt: whether the version in use has learnt from plays before; learnt_dir: where such models lie.
    """

    tracks: HouseholdTracks
    feedback: list[Feedback]
    plays: HousePlays
    present: RankingConfig
    has_learnt: bool
    encoder_id: str
    learnt_dir: Path


@dataclass(frozen=True, eq=False)
class Trained:
    """What came of it: the blend to be used and the model that goes with it, or None where all stays as it is."""

    inputs: Inputs
    judgement: Judgement
    blend: RankingConfig | None
    learnt: CollaborativeModel | None


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:  # noqa: ARG001  # the whole house
    """Reads histories, thumbs and vectors; raises NotPrepared when no track has ever been listened to."""
    with db.session(read_only=True) as db_session:
        encoder = encoder_in_use(db_session)
        feedback = [
            Feedback(history(db_session, user_id), _thumbs(db_session, user_id))
            for user_id in _who_listens_most(db_session)
        ]
        heard = {track_id for each in feedback for track_id in each.interactions.track_ids}
        vector_size = encoder.config["vector_size"]
        version = in_use(db_session, "ranker")
        return Inputs(
            tracks=_tracks(db_session, encoder.id, vector_size, heard),
            feedback=feedback,
            plays=load_house_plays(db_session, encoder.id, vector_size),
            present=ranker_in_use(db_session),
            has_learnt=version is not None and WEIGHTS in version.config,
            encoder_id=encoder.id,
            learnt_dir=settings.learnt_dir,
        )


def compute(inputs: Inputs, report: Report) -> Generator[Trained, None, None]:
    """Fits and judges; then, for what is to be put in use, fits to all plays."""
    report(0.0, f"learning from {inputs.plays.listeners} listeners")
    plays, rng = inputs.plays, np.random.default_rng(_SEED)
    early = plays.matrix(FIT_FROM)
    shared = int((np.diff(early.indptr) > 0).sum()) >= FEWEST_LISTENERS
    config, before = CollaborativeConfig(), None
    if shared:
        config = tune(plays.track_ids, early, config, rng)
        before = fit_collaborative(plays.track_ids, early, config, rng, plays.sounds)
    report(0.6, "judging")
    present = (
        inputs.present if inputs.has_learnt or before is None else replace(inputs.present, collaborative=0.0)
    )
    judgement = fit_ranker(inputs.tracks, inputs.feedback, present, before)
    blend = _to_be_used(judgement, inputs)
    learnt = None
    if blend is not None and shared:
        report(0.7, "learning from everything")
        learnt = fit_collaborative(plays.track_ids, plays.matrix(), config, rng, plays.sounds)
    yield Trained(inputs, judgement, blend, learnt)


def _to_be_used(judgement: Judgement, inputs: Inputs) -> RankingConfig | None:
    """The fitted blend where it is better. Else the one in use, so that what it has learnt becomes as new as the plays.

    None where nothing can be said, where nothing that was played next is found, and where there is nothing to renew.
    """
    if judgement.is_better:
        return judgement.fitted
    renewable = inputs.has_learnt and judgement.held_out >= FEWEST_HELD_OUT and judgement.present_recall > 0.0
    return inputs.present if renewable else None


def store_result(db: Database, output: Trained, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the store is fenced
    """Registers what was fitted, and puts it in use where it is not worse: all lists are then made anew.

    Until the version is promoted, in one transaction, the former one serves from a file of its own.
    """
    judgement, inputs = output.judgement, output.inputs
    result = {
        "held_out": judgement.held_out,
        "recall_at_20": round(judgement.recall, 4),
        "recall_at_20_in_use": round(judgement.present_recall, 4),
        "chance_not_worse": round(judgement.chance_not_worse, 3),
        "listeners": inputs.plays.listeners,
        "promoted": output.blend is not None,
    }
    if judgement.held_out < FEWEST_HELD_OUT:
        sentence = (
            f"There is nothing to learn from yet: {judgement.held_out} of the {FEWEST_HELD_OUT} tracks played lately "
            "that it takes."
        )
        return {**result, "sentence": sentence}
    learnt = (
        {}
        if output.learnt is None
        else {WEIGHTS: write_learnt(inputs.learnt_dir, output.learnt, inputs.encoder_id)}
    )
    with db.session() as db_session:
        if in_use(db_session, "ranker") is None:
            # The first version of a kind is put in use, so that there is one to come back to.
            _register(db_session, asdict(inputs.present), {})
        fitted = _register(db_session, {**asdict(output.blend or judgement.fitted), **learnt}, result)
        if output.blend is not None:
            promote(db_session, fitted)
            all_lists_changed(db_session)
            delete_all_but(inputs.learnt_dir, _worth_keeping(db_session))
    return {**result, "sentence": _sentence(output), "config": asdict(judgement.fitted)}


def _sentence(output: Trained) -> str:
    judgement = output.judgement
    if output.blend is None:
        return (
            f"The version in use is kept: the new one finds {judgement.recall:.1%} of what was played next, it "
            f"{judgement.present_recall:.1%}, and the chance that the new one is not worse is "
            f"{judgement.chance_not_worse:.0%}."
        )
    if judgement.is_better:
        return "The new blend is in use."
    return "The blend in use is kept, and what the house plays together was learnt anew."


def _register(db_session: Session, values: dict[str, Any], metrics: dict[str, Any]) -> ModelVersion:
    sha256 = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return register(db_session, "ranker", NAME, sha256, values, metrics)


def _worth_keeping(db_session: Session) -> set[str]:
    """Checksums of what the version in use and the last few have learnt, to be able to come back to them."""
    versions = db_session.scalars(
        select(ModelVersion)
        .where(ModelVersion.kind == "ranker")
        .order_by(ModelVersion.promoted.desc(), ModelVersion.id.desc())
    )
    learnt = [version.config[WEIGHTS] for version in versions if WEIGHTS in version.config]
    return set(learnt[:_VERSIONS_KEPT])


def _who_listens_most(db_session: Session) -> list[str]:
    listens = func.count(Listen.id)
    rows = db_session.execute(
        select(Listen.user_id)
        .where(Listen.track_id.is_not(None))
        .group_by(Listen.user_id)
        .having(listens >= FEWEST_LISTENS)
        .order_by(listens.desc(), Listen.user_id)
        .limit(MOST_LISTENERS)
    )
    return [row.user_id for row in rows]


def _thumbs(db_session: Session, user_id: str) -> tuple[tuple[str, str, int], ...]:
    """The thumbs in force and when they were set."""
    latest = select(func.max(Thumb.id)).where(Thumb.user_id == user_id).group_by(Thumb.track_id)
    rows = db_session.execute(
        select(Thumb.track_id, Thumb.value, Thumb.created_at)
        .where(Thumb.id.in_(latest), Thumb.value != "clear")
        .order_by(Thumb.id)
    )
    return tuple((row.track_id, row.value, int(row.created_at.timestamp())) for row in rows)


def _tracks(db_session: Session, encoder_id: str, vector_size: int, heard: set[str]) -> HouseholdTracks:
    """Music of the catalogue: what was heard, and others drawn from all over it to be told apart from."""
    in_catalogue = (
        select(TrackEmbedding.track_id, TrackEmbedding.vector, TrackEmbedding.valence, TrackEmbedding.arousal)
        .join(Track, Track.id == TrackEmbedding.track_id)
        .where(TrackEmbedding.encoder_id == encoder_id, TrackEmbedding.is_music, Track.origin == "catalogue")
    )
    # The random end of an id draws them, the same each time.
    others = in_catalogue.order_by(func.substr(Track.id, 17), Track.id).limit(MOST_TRACKS)
    rows = {row.track_id: row for row in db_session.execute(others)}
    missing = sorted(heard - rows.keys())
    for start in range(0, len(missing), _IDS_IN_A_QUERY):
        some = missing[start : start + _IDS_IN_A_QUERY]
        rows |= {row.track_id: row for row in db_session.execute(in_catalogue.where(Track.id.in_(some)))}
    found = [rows[track_id] for track_id in sorted(rows)]
    return HouseholdTracks(
        tuple(row.track_id for row in found),
        np.frombuffer(b"".join(row.vector for row in found), dtype="<f4").reshape(len(found), vector_size),
        np.array([row.valence for row in found], dtype=np.float64),
        np.array([row.arousal for row in found], dtype=np.float64),
    )
