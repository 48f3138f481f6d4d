import numpy as np
import pytest

from service.accounts.people import add_user
from service.listening.taste_map import HEIGHT, MOST_POINTS, taste_map
from service.store.database import Database
from service.store.tables import TasteCluster, TasteClusterTrack, Track
from tests.service.small_library import add_composed, add_sounding_tracks, blob_encoder


@pytest.fixture
def tastes(database: Database, rng: np.random.Generator) -> str:
    """The id of a listener with three tastes of twelve tracks each, which sound apart."""
    with database.session() as db_session:
        ada = add_user(db_session, "ada")
        for position, sound in enumerate(("piano", "metal", "choir")):
            tracks = add_sounding_tracks(db_session, sound, 12, rng)
            cluster = TasteCluster(
                user_id=ada.id,
                position=position,
                words=sound,
                medoid_track_id=tracks[0].id,
                centroid=np.eye(8, dtype="<f4")[position].tobytes(),
                encoder_id=blob_encoder(db_session).id,
                share=1 / 3,
                valence=0.0,
                arousal=0.0,
                valence_spread=0.1,
                arousal_spread=0.1,
                hour_profile=[0.0] * 24,
            )
            db_session.add(cluster)
            db_session.flush()
            db_session.add_all(
                TasteClusterTrack(cluster_id=cluster.id, track_id=track.id, weight=1.0) for track in tracks
            )
        return ada.id


def test_tracks_lie_with_those_of_their_taste_and_the_map_is_the_same_again(
    database: Database, tastes: str
) -> None:
    with database.session(read_only=True) as db_session:
        found, again = taste_map(db_session, tastes), taste_map(db_session, tastes)
    assert len(found.points) == 36
    assert [(each.across, each.down) for each in found.points] == [
        (each.across, each.down) for each in again.points
    ]
    centres = {each.cluster.id: np.array([each.across, each.down]) for each in found.regions}
    for point in found.points:
        place = np.array([point.across, point.down])
        assert 0.0 <= place.min() <= place.max() <= 1.0
        nearest = min(centres, key=lambda each: float(np.linalg.norm(centres[each] - place)))
        assert nearest == point.cluster_id


def test_a_region_is_as_wide_and_as_tall_as_its_tracks_lie_apart_whichever_way_it_is_turned(
    database: Database, tastes: str
) -> None:
    with database.session(read_only=True) as db_session:
        found = taste_map(db_session, tastes)
    for region in found.regions:
        places = np.array(
            [(each.across, each.down) for each in found.points if each.cluster_id == region.cluster.id]
        )
        turned = np.radians(region.turned_degrees)
        half_width = np.hypot(region.wide * np.cos(turned), region.tall * np.sin(turned))
        half_height = np.hypot(region.wide * np.sin(turned), region.tall * np.cos(turned)) / HEIGHT
        expected = 1.6 * places.std(axis=0, ddof=1)
        # A region is never thinner than can be seen.
        assert expected[0] - 1e-6 <= half_width <= expected[0] + 0.04
        assert expected[1] - 1e-6 <= half_height <= expected[1] + 0.06


def test_a_track_that_one_may_not_see_is_not_on_it(
    database: Database, tastes: str, rng: np.random.Generator
) -> None:
    with database.session() as db_session:
        his = add_composed(db_session, add_user(db_session, "ben"), "His", "piano", rng)
        cluster_id = taste_map(db_session, tastes).regions[0].cluster.id
        db_session.add(TasteClusterTrack(cluster_id=cluster_id, track_id=his.id, weight=9.0))
        db_session.flush()
        assert his.id not in {each.track.id for each in taste_map(db_session, tastes).points}


def test_nobody_has_an_empty_map_and_one_track_has_a_place(database: Database, tastes: str) -> None:
    with database.session() as db_session:
        ben = add_user(db_session, "ben")
        assert taste_map(db_session, ben.id).points == ()
        for row in db_session.query(TasteClusterTrack).all()[1:]:
            db_session.delete(row)
        db_session.flush()
        (point,) = taste_map(db_session, tastes).points
        assert (point.across, point.down) == (0.5, 0.5)
        assert db_session.get(Track, point.track.id) is not None
    assert MOST_POINTS >= 36
