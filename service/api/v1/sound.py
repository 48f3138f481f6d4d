"""What was heard in a track, and what a listener says of its emotion."""

from pydantic import Field

from service.api.resource import resource
from service.api.shapes import Answer, Body, Id
from service.http.authentication import requires, viewer
from service.http.parts import parts
from service.library.visibility import find_track
from service.listening.emotions import correct_emotion
from service.listening.sound import heard_in

blueprint = resource("sound", "What was heard in a track, and your word on how it feels.")

_VALENCE = "How pleasant it sounds, -1 to 1. Hard to hear: for a single track it is often wrong, as its uncertainty says."
_AROUSAL = "How excited it sounds, -1 calm to 1."
_UNCERTAINTY = "What it may be wrong by: a standard deviation, so one track in three is off by more. 0 where you said it."


class EmotionPoint(Answer):
    """A place on the plane of emotions."""

    valence: float = Field(ge=-1, le=1)
    arousal: float = Field(ge=-1, le=1)


class OwnEmotion(Answer):
    """What you say of it; null = as it is heard."""

    valence: float | None = Field(ge=-1, le=1)
    arousal: float | None = Field(ge=-1, le=1)


class HeardEmotion(Answer):
    """How a track feels: what you say, or else what was estimated, as your house hears it by all its corrections."""

    valence: float = Field(ge=-1, le=1, description=_VALENCE)
    arousal: float = Field(ge=-1, le=1, description=_AROUSAL)
    valence_uncertainty: float = Field(ge=0, description=_UNCERTAINTY)
    arousal_uncertainty: float = Field(ge=0, description=_UNCERTAINTY)
    estimated: EmotionPoint = Field(description="Before any correction.")
    own: OwnEmotion | None
    curve: list[EmotionPoint] = Field(description="Along the track, evenly spaced; may be empty.")


class SoundWarning(Answer):
    """What to beware of in what was heard."""

    code: str = Field(examples=["clipped"])
    sentence: str


class SoundAnswer(Answer):
    """What was heard in a track."""

    track_id: Id
    encoder: str = Field(description="What listened to it.")
    is_music: bool = Field(description="What is no music is kept out of tastes and lists.")
    words: list[str] = Field(description="The surest first; may be empty.", examples=[["piano", "classical"]])
    tempo_bpm: float
    tempo_confidence: float = Field(description="0 to 1.")
    beat_strength: float = Field(description="0 to 1.")
    key: str = Field(examples=["A minor"])
    key_clarity: float = Field(description="0 to 1.")
    onset_rate: float = Field(description="Notes and beats begun in a second.")
    percussive_share: float = Field(description="0 to 1.")
    loudness_lufs: float
    loudness_range_lu: float = Field(description="Between its quiet and its loud parts (EBU Tech 3342).")
    brightness_hz: float
    roughness: float = Field(description="0 to 1.")
    voice: float = Field(description="How likely somebody sings, 0 to 1.")
    emotion: HeardEmotion
    warnings: list[SoundWarning]


class EmotionSaid(Body):
    """What you say of it; what is left out or null is as it is heard."""

    valence: float | None = Field(default=None, ge=-1, le=1)
    arousal: float | None = Field(default=None, ge=-1, le=1)


class EmotionCorrected(Answer):
    """What you say of a track."""

    track_id: Id
    valence: float | None
    arousal: float | None
    changed: bool = Field(description="False where it was so before.")


@blueprint.get("/tracks/<id:track_id>/sound")
@blueprint.output(SoundAnswer)
@blueprint.doc(responses={409: "It has not been listened to yet, or could not be: the code tells."})
@requires("library:read")
def show_sound(track_id: str) -> SoundAnswer:
    """What was heard in a track

    Tempo, key, loudness, emotion and more. Emotion is what you say of it, where you said anything.
    """
    user_id = viewer().user_id
    with parts().database.session(read_only=True) as db_session:
        track = find_track(db_session, user_id, track_id)
        return SoundAnswer.model_validate(heard_in(db_session, track, user_id))


@blueprint.put("/tracks/<id:track_id>/emotion")
@blueprint.input(EmotionSaid, example={"valence": 0.4, "arousal": -0.5})
@blueprint.output(EmotionCorrected)
@requires("feedback:write")
def put_emotion(track_id: str, json_data: EmotionSaid) -> EmotionCorrected:
    """Say how a track feels

    In place of what you said before. It counts for your tastes and stations, and moves a little how your house hears.
    """
    return _corrected(track_id, json_data.valence, json_data.arousal)


@blueprint.delete("/tracks/<id:track_id>/emotion")
@blueprint.output(EmotionCorrected)
@requires("feedback:write")
def delete_emotion(track_id: str) -> EmotionCorrected:
    """Take back what you said of a track

    All is then as it would be had you said nothing.
    """
    return _corrected(track_id, None, None)


def _corrected(track_id: str, valence: float | None, arousal: float | None) -> EmotionCorrected:
    with parts().database.session() as db_session:
        changed = correct_emotion(db_session, viewer().user_id, track_id, valence=valence, arousal=arousal)
    return EmotionCorrected(track_id=track_id, valence=valence, arousal=arousal, changed=changed)
