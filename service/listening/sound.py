"""What was heard in one track, in numbers and words a person can read."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommender.emotion_calibration import Calibration
from recommender.tags import TAGS
from recommender.vocabulary import NOUNS, is_implied, noun_strengths
from service.errors import Conflict
from service.library.hearing_warnings import WARNINGS
from service.listening.emotions import calibration_of, own_emotion
from service.listening.key_names import key_name
from service.operations.model_versions import in_use
from service.store.tables import EmbeddingFailure, ModelVersion, Track, TrackEmbedding

MOST_WORDS = 5


@dataclass(frozen=True)
class Feeling:
    """Valence and arousal, each in [-1, 1]; None where nothing is said of it."""

    valence: float | None
    arousal: float | None


@dataclass(frozen=True)
class HeardEmotion:
    """How a track feels: what its listener says, or else what was ``estimated``, as this house hears it.

    The uncertainties are standard deviations, 0 of what the listener says. ``curve`` goes along the track, evenly spaced,
    around valence and arousal; it is empty where none was worked out.
    """

    valence: float
    arousal: float
    valence_uncertainty: float
    arousal_uncertainty: float
    estimated: Feeling
    own: Feeling | None
    curve: list[Feeling]


@dataclass(frozen=True)
class Warned:
    """What to beware of: a stable code, and a sentence for the person."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Sound:
    """What an encoder heard in a track; units as in `TrackEmbedding`. ``words`` has the surest first and may be empty."""

    track_id: str
    encoder: str
    is_music: bool
    words: list[str]
    tempo_bpm: float
    tempo_confidence: float
    beat_strength: float
    key: str
    key_clarity: float
    onset_rate: float
    percussive_share: float
    loudness_lufs: float
    loudness_range_lu: float
    brightness_hz: float
    roughness: float
    voice: float
    emotion: HeardEmotion
    warnings: list[Warned]


_AS_STORED = (
    "track_id", "is_music", "tempo_bpm", "tempo_confidence", "beat_strength", "key_clarity", "onset_rate",
    "percussive_share", "loudness_lufs", "loudness_range_lu", "brightness_hz", "roughness", "voice",
)  # fmt: skip


def heard_in(db_session: Session, track: Track, user_id: str | None) -> Sound:
    """What the encoder in use heard in a track that this listener may see, and how it feels to them.

    Without a listener it feels as the house hears it. Raises Conflict: ``not_listened_to_yet``, or with the code of the
    failure where the track, as its file is, could not be listened to.
    """
    encoder = in_use(db_session, "encoder")
    row = None if encoder is None else db_session.get(TrackEmbedding, (track.id, encoder.id))
    if encoder is None or row is None:
        raise _why_not(db_session, track, encoder)
    return Sound(
        encoder=encoder.name,
        words=sound_words(np.frombuffer(row.tags, dtype="<f4")),
        key=key_name(row.key, row.mode),
        emotion=_emotion(
            row,
            calibration_of(db_session, encoder.id),
            None if user_id is None else own_emotion(db_session, user_id, track.id),
        ),
        warnings=[Warned(code, WARNINGS[code]) for code in row.warnings if code in WARNINGS],
        **{name: getattr(row, name) for name in _AS_STORED},
    )


def sound_words(tags: np.ndarray) -> list[str]:
    """Up to five plain words that tags (100,) are sure enough of, the surest first; ones that go without saying left out."""
    strengths = noun_strengths(tags.astype(np.float64).reshape(1, len(TAGS)))[0]
    earned = [NOUNS[place].word for place in np.argsort(-strengths, kind="stable") if strengths[place] >= 1]
    return [word for word in earned if not any(is_implied(word, by=other) for other in earned)][:MOST_WORDS]


def _why_not(db_session: Session, track: Track, encoder: ModelVersion | None) -> Conflict:
    failure = encoder and db_session.scalar(
        select(EmbeddingFailure).where(
            EmbeddingFailure.track_id == track.id,
            EmbeddingFailure.encoder_id == encoder.id,
            # A file that has changed since is listened to again.
            EmbeddingFailure.modified_ns == track.modified_ns,
        )
    )
    if failure:
        return Conflict(failure.reason, code=failure.code)
    return Conflict(
        "This track has not been listened to yet: try again when the library has been worked through.",
        code="not_listened_to_yet",
    )


def _emotion(
    row: TrackEmbedding, calibration: Calibration, own: tuple[float | None, float | None] | None
) -> HeardEmotion:
    valence, arousal = (float(each) for each in calibration.apply(row.valence, row.arousal))
    own_valence, own_arousal = own or (None, None)
    felt = (
        valence if own_valence is None else own_valence,
        arousal if own_arousal is None else own_arousal,
    )
    points = np.frombuffer(row.emotion_curve or b"", dtype="<f4").reshape(-1, 2)
    curve = np.stack(calibration.apply(points[:, 0], points[:, 1]), axis=1)
    # What was said of the whole track moves its every moment.
    moved = np.clip(curve + np.array(felt) - (valence, arousal), -1.0, 1.0)
    return HeardEmotion(
        *felt,
        row.valence_uncertainty * calibration.valence_slope if own_valence is None else 0.0,
        row.arousal_uncertainty * calibration.arousal_slope if own_arousal is None else 0.0,
        estimated=Feeling(row.valence, row.arousal),
        own=Feeling(*own) if own else None,
        curve=[Feeling(*(round(float(value), 4) for value in point)) for point in moved],
    )
