"""Job: the ranker's blend, fitted to what the house played, and put in use if that finds more of what was played next."""

import hashlib
import json
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recommender.ranking import RankingConfig
from recommender.training import FEWEST_HELD_OUT, Feedback, HouseholdTracks, Judgement, fit_ranker
from service.errors import NotPrepared
from service.listening.history import history
from service.listening.list_revisions import all_lists_changed
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.model_versions import in_use, promote, register
from service.radio.ranker_in_use import ranker_in_use
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Listen, Thumb, Track, TrackEmbedding

NAME = "blend"
MOST_LISTENERS = 30
FEWEST_LISTENS = 20
MOST_TRACKS = 6_000
_IDS_IN_A_QUERY = 500


@dataclass(frozen=True, eq=False)
class Inputs:
    """The tracks that are ranked, what those who listen most did, and the blend in use."""

    tracks: HouseholdTracks
    feedback: list[Feedback]
    present: RankingConfig


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:  # noqa: ARG001  # the whole house, as it is
    """Reads histories, thumbs and vectors; raises NotPrepared when no track has ever been listened to."""
    with db.session(read_only=True) as db_session:
        encoder = in_use(db_session, "encoder")
        if encoder is None:
            raise NotPrepared(
                "No track has been listened to yet: scan a folder first.", code="nothing_embedded"
            )
        feedback = [
            Feedback(history(db_session, user_id), _thumbs(db_session, user_id))
            for user_id in _who_listens_most(db_session)
        ]
        heard = {track_id for each in feedback for track_id in each.interactions.track_ids}
        tracks = _tracks(db_session, encoder.id, encoder.config["vector_size"], heard)
        return Inputs(tracks, feedback, ranker_in_use(db_session))


def compute(inputs: Inputs, report: Report) -> Generator[tuple[RankingConfig, Judgement], None, None]:
    """Fits and judges."""
    report(0.0, f"learning from {len(inputs.feedback)} listeners")
    yield inputs.present, fit_ranker(inputs.tracks, inputs.feedback, inputs.present)


def store_result(db: Database, output: tuple[RankingConfig, Judgement], fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the store is fenced
    """Registers what was fitted, and puts it in use where it is better: all lists are then made anew."""
    present, judgement = output
    result = {
        "held_out": judgement.held_out,
        "recall_at_20": round(judgement.recall, 4),
        "recall_at_20_in_use": round(judgement.present_recall, 4),
        "chance_not_worse": round(judgement.chance_not_worse, 3),
        "promoted": judgement.is_better,
    }
    if judgement.held_out < FEWEST_HELD_OUT:
        sentence = (
            f"There is nothing to learn from yet: {judgement.held_out} of the {FEWEST_HELD_OUT} tracks played lately "
            "that it takes."
        )
        return {**result, "sentence": sentence}
    with db.session() as db_session:
        # The first version of a kind is put in use, so that there is one to come back to.
        _register(db_session, present, {})
        fitted = _register(db_session, judgement.fitted, result)
        if judgement.is_better:
            promote(db_session, fitted)
            all_lists_changed(db_session)
    sentence = (
        "The new blend is in use."
        if judgement.is_better
        else "The blend in use is kept: none is surely better."
    )
    return {**result, "sentence": sentence, "config": asdict(judgement.fitted)}


def _register(db_session: Session, config: RankingConfig, metrics: dict[str, Any]) -> Any:
    values = asdict(config)
    sha256 = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return register(db_session, "ranker", NAME, sha256, values, metrics)


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
