import numpy as np
import pytest

from recommender.tags import TAGS
from service.errors import Conflict
from service.listening.emotions import correct_emotion
from service.listening.key_names import key_name
from service.listening.sound import MOST_WORDS, Feeling, Warned, heard_in, sound_words
from service.store.database import Database
from service.store.tables import EmbeddingFailure, Track, TrackEmbedding
from tests.service.small_library import add_listener, add_sounding_tracks, add_track, blob_encoder

CURVE = np.array([[-0.2, -0.9], [0.0, -0.6], [0.9, -0.3]])


@pytest.fixture
def track_id(database: Database, rng: np.random.Generator) -> str:
    with database.session() as db_session:
        track_id = add_sounding_tracks(db_session, "piano", 1, rng)[0].id
        row = db_session.get_one(TrackEmbedding, (track_id, blob_encoder(db_session).id))
        row.key, row.mode = 9, "minor"
        row.valence_uncertainty, row.arousal_uncertainty = 0.5, 0.25
        row.emotion_curve = CURVE.astype("<f4").tobytes()
        row.warnings = ["clipped", "narrow_band"]
        return track_id


def test_what_was_heard_is_told_in_names_words_and_sentences(database: Database, track_id: str) -> None:
    with database.session(read_only=True) as db_session:
        sound = heard_in(db_session, db_session.get_one(Track, track_id), None)
    assert (sound.track_id, sound.encoder, sound.key) == (track_id, "blobs", "A minor")
    assert (sound.words, sound.is_music) == (["piano"], True)
    assert (sound.tempo_bpm, sound.loudness_lufs, sound.voice) == (100.0, -14.0, 0.5)
    assert [warned.code for warned in sound.warnings] == ["clipped", "narrow_band"]
    assert all(isinstance(warned, Warned) and warned.sentence.endswith(".") for warned in sound.warnings)
    emotion = sound.emotion
    assert (emotion.valence, emotion.arousal) == (0.2, -0.6)
    assert (emotion.valence_uncertainty, emotion.arousal_uncertainty) == (0.5, 0.25)
    assert (emotion.estimated, emotion.own) == (Feeling(0.2, -0.6), None)
    assert emotion.curve == [Feeling(*point) for point in CURVE.tolist()]


def test_what_a_listener_says_is_certain_and_moves_the_curve(database: Database, track_id: str) -> None:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        correct_emotion(db_session, ada.id, track_id, valence=None, arousal=0.4)
        track = db_session.get_one(Track, track_id)
        hers, his = (heard_in(db_session, track, user.id).emotion for user in (ada, ben))
    assert (hers.valence, hers.arousal, hers.own) == (0.2, 0.4, Feeling(None, 0.4))
    assert (hers.valence_uncertainty, hers.arousal_uncertainty) == (0.5, 0.0)
    assert [point.arousal for point in hers.curve] == pytest.approx([0.1, 0.4, 0.7], abs=0.03)
    assert hers.estimated == his.estimated == Feeling(0.2, -0.6)
    assert his.own is None
    # The house has heard one correction, which says little yet.
    assert -0.6 < his.arousal < -0.5
    assert 0.0 < his.arousal_uncertainty < 0.25


def test_a_track_that_was_not_heard_says_why(database: Database) -> None:
    def code(track: Track) -> tuple[str, str]:
        with database.session(read_only=True) as db_session, pytest.raises(Conflict) as caught:
            heard_in(db_session, track, None)
        return caught.value.code, str(caught.value)

    with database.session() as db_session:
        track = add_track(db_session, "new")
    assert code(track)[0] == "not_listened_to_yet"
    with database.session() as db_session:
        failure = EmbeddingFailure(
            track_id=track.id,
            encoder_id=blob_encoder(db_session).id,
            code="no_audio",
            reason="There is no sound in it.",
            modified_ns=track.modified_ns,
        )
        db_session.add(failure)
    assert code(track) == ("no_audio", "There is no sound in it.")
    with database.session() as db_session:
        db_session.get_one(Track, track.id).modified_ns += 1
        track = db_session.get_one(Track, track.id)
    assert code(track)[0] == "not_listened_to_yet"


def test_words_are_said_only_of_what_is_likely_and_not_twice() -> None:
    tags = np.full(len(TAGS), 0.02)
    assert sound_words(tags) == []
    tags[[TAGS.index(tag) for tag in ("msd:metal", "msd:rock", "mtt:guitar")]] = 0.9
    assert sound_words(tags) == ["metal"]
    assert len(sound_words(np.full(len(TAGS), 0.9))) <= MOST_WORDS


def test_keys_have_the_names_people_give_them() -> None:
    assert [key_name(key, "major") for key in (0, 3, 6)] == ["C major", "E flat major", "F sharp major"]
