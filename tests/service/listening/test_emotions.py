from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from sqlalchemy import select, update

from service.errors import InvalidRequest, NotFound
from service.jobs import update_taste
from service.listening.emotions import calibration_of, correct_emotion, emotions_for, own_emotions
from service.listening.taste import edit_cluster, read_taste
from service.listening.thumbs import set_thumb
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import load_settings
from service.store.database import Database
from service.store.tables import EmotionCalibration, EmotionCorrection, TasteCluster, TrackEmbedding, User
from tests.service.small_library import AROUSAL, add_composed, add_listener, add_sounding_tracks, blob_encoder

NOTHING = {"valence": None, "arousal": None}


@dataclass
class House:
    """ada and ben, six piano tracks that ada likes, and one composed for ada."""

    database: Database
    ada: str
    ben: str
    piano: list[str]
    composed: str
    encoder: str

    def say(self, user_id: str, track_id: str, valence: float | None, arousal: float | None) -> bool:
        with self.database.session() as db_session:
            return correct_emotion(db_session, user_id, track_id, valence=valence, arousal=arousal)

    def facts(self) -> tuple[object, ...]:
        """The calibration, and how ada's tastes feel."""
        with self.database.session(read_only=True) as db_session:
            return (
                calibration_of(db_session, self.encoder),
                db_session.scalar(select(EmotionCalibration.corrections)),
                [
                    (row.valence, row.valence_spread, row.arousal, row.arousal_spread)
                    for row in read_taste(db_session, self.ada)
                ],
            )

    def felt(self, user_id: str, track_id: str) -> tuple[float, ...]:
        estimated = np.array([[0.2, AROUSAL["piano"]]])
        with self.database.session(read_only=True) as db_session:
            felt = emotions_for(db_session, user_id, self.encoder, [track_id], estimated)
        return tuple(felt[0].tolist())

    def revision(self, user_id: str) -> int:
        with self.database.session(read_only=True) as db_session:
            return db_session.get_one(User, user_id).list_revision

    def find_adas_taste(self) -> None:
        payload = job_requests.update_taste(self.ada).payload
        run_inline(self.database, load_settings(), update_taste, payload, lambda *_: None, self.ada)


@pytest.fixture
def house(database: Database, rng: np.random.Generator) -> House:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        piano = [track.id for track in add_sounding_tracks(db_session, "piano", 6, rng)]
        composed = add_composed(db_session, ada, "for ada", "piano", rng).id
        encoder = blob_encoder(db_session).id
        for track_id in piano:
            set_thumb(db_session, ada.id, track_id, "up")
    house = House(database, ada.id, ben.id, piano, composed, encoder)
    house.find_adas_taste()
    return house


def test_a_correction_counts_at_once_and_is_taken_back_exactly(house: House) -> None:
    house.say(house.ben, house.piano[1], -0.3, None)
    # What ada's tastes feel like follows how the house hears when they are next worked out.
    house.find_adas_taste()
    before = house.facts()
    revisions = house.revision(house.ada), house.revision(house.ben)

    assert house.say(house.ada, house.piano[0], 0.9, 0.4)
    assert house.felt(house.ada, house.piano[0]) == (0.9, 0.4)
    assert house.felt(house.ben, house.piano[0])[1] > AROUSAL["piano"]
    calibration, corrections, tastes = house.facts()
    assert (corrections, calibration == before[0]) == (2, False)
    assert tastes != before[2]
    assert not house.say(house.ada, house.piano[0], 0.9, 0.4)
    assert (house.revision(house.ada), house.revision(house.ben)) == (revisions[0] + 1, revisions[1] + 1)

    assert house.say(house.ada, house.piano[0], **NOTHING)
    assert house.facts() == before
    assert house.say(house.ben, house.piano[1], **NOTHING)
    calibration, corrections, _ = house.facts()
    assert (corrections, calibration.corrections) == (None, 0)
    assert house.felt(house.ben, house.piano[0]) == (0.2, AROUSAL["piano"])


def test_of_two_who_speak_at_once_both_are_heard(house: House) -> None:
    said = [(house.ada, house.piano[0]), (house.ben, house.piano[1])] * 2
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: house.say(*each, 0.8, None), said))
    together = house.facts()
    assert together[1] == 2
    house.say(house.ben, house.piano[1], **NOTHING)
    house.say(house.ben, house.piano[1], 0.8, None)
    assert house.facts()[0] == together[0]


def test_half_a_correction_leaves_the_other_half_as_the_house_hears_it(house: House) -> None:
    house.say(house.ada, house.piano[0], None, 0.5)
    with house.database.session(read_only=True) as db_session:
        assert own_emotions(db_session, house.ada) == {house.piano[0]: (None, 0.5)}
        assert calibration_of(db_session, house.encoder).valence_offset == 0.0
    assert house.felt(house.ada, house.piano[0]) == (0.2, 0.5)


def test_a_corrected_taste_counts_as_one_correction_of_what_was_estimated_of_its_tracks(house: House) -> None:
    before = house.facts()
    with house.database.session() as db_session:
        (taste,) = read_taste(db_session, house.ada)
        edit_cluster(db_session, house.ada, taste.id, arousal=0.6)
    (calibration, corrections, ((_, _, arousal, _),)) = house.facts()
    assert corrections == 1
    assert calibration.arousal_offset > 0
    assert (calibration.valence_slope, calibration.valence_offset) == (1.0, 0.0)
    assert arousal == pytest.approx(calibration.apply(0.2, AROUSAL["piano"])[1])
    with house.database.session() as db_session:
        edit_cluster(db_session, house.ada, taste.id, arousal=None)
    assert house.facts() == before


def test_a_taste_worked_out_anew_feels_as_its_listener_says(house: House) -> None:
    for track_id in house.piano:
        house.say(house.ada, track_id, -0.4, 0.7)
    corrected = house.facts()
    house.find_adas_taste()
    assert house.facts() == corrected
    with house.database.session(read_only=True) as db_session:
        (taste,) = db_session.scalars(select(TasteCluster))
        assert (taste.valence, taste.arousal, taste.arousal_spread) == (-0.4, 0.7, 0.0)


def test_what_is_no_music_teaches_the_house_nothing(house: House) -> None:
    with house.database.session() as db_session:
        db_session.execute(
            update(TrackEmbedding).where(TrackEmbedding.track_id == house.piano[0]).values(is_music=False)
        )
    house.say(house.ada, house.piano[0], -1.0, 1.0)
    assert house.facts()[1] is None
    assert house.felt(house.ada, house.piano[0]) == (-1.0, 1.0)


def test_somebody_elses_track_and_impossible_emotions_are_refused(house: House) -> None:
    with pytest.raises(NotFound) as unknown:
        house.say(house.ben, house.composed, 0.1, 0.1)
    assert unknown.value.code == "unknown_track"
    for valence in (1.01, float("nan"), float("-inf")):
        with pytest.raises(InvalidRequest) as refused:
            house.say(house.ada, house.composed, valence, None)
        assert refused.value.code == "emotion_out_of_range"
    with house.database.session(read_only=True) as db_session:
        assert db_session.scalars(select(EmotionCorrection)).all() == []
