from dataclasses import dataclass

import numpy as np
import pytest

from service.accounts.people import add_user
from service.compositions.requests import (
    NEAREST_TRACKS,
    check_seconds,
    choose_cluster,
    read_cluster_taste,
    titles_of,
)
from service.errors import Conflict, InvalidRequest, NotFound
from service.operations.model_versions import register
from service.store.database import Database
from service.store.ids import new_id
from service.store.tables import TasteCluster, TasteClusterTrack, Track, TrackEmbedding, User


@dataclass(frozen=True)
class Listener:
    """A listener and the vectors of their tracks, by track id."""

    user: User
    vectors: dict[str, np.ndarray]


def vector(*numbers: float) -> np.ndarray:
    array = np.array(numbers, dtype="<f4")
    return array / np.linalg.norm(array)


def add_track(database: Database, encoder_id: str, found: np.ndarray, owner: str | None = None) -> str:
    name = new_id()
    with database.session() as db_session:
        track = Track(
            origin="composed" if owner else "catalogue",
            owner_id=owner,
            path=f"/music/{name}.flac".encode(),
            content_hash=name,
            size_bytes=1,
            modified_ns=1,
            duration_seconds=60.0,
            sample_rate=48000,
            channels=2,
            codec="flac",
        )
        db_session.add(track)
        db_session.flush()
        db_session.add(
            TrackEmbedding(
                track_id=track.id,
                encoder_id=encoder_id,
                vector=found.tobytes(),
                tags=np.zeros(100, dtype="<f4").tobytes(),
                tempo_bpm=100.0 + found[0],
                tempo_confidence=0.5,
                key=2,
                mode="minor",
                key_clarity=0.8,
                onset_rate=3.0,
                percussive_share=0.3,
                loudness_lufs=-14.0,
                brightness_hz=1500.0,
                valence=0.0,
                arousal=0.0,
            )
        )
        return track.id


def add_cluster(
    database: Database,
    listener: Listener,
    encoder_id: str,
    position: int,
    share: float,
    *,
    muted: bool = False,
) -> str:
    medoid = next(iter(listener.vectors))
    with database.session() as db_session:
        cluster = TasteCluster(
            user_id=listener.user.id,
            position=position,
            words=f"words {position}",
            medoid_track_id=medoid,
            centroid=listener.vectors[medoid].tobytes(),
            encoder_id=encoder_id,
            share=share,
            valence=0.25,
            arousal=-1.5,
            valence_spread=0.1,
            arousal_spread=0.1,
            hour_profile=[1.0 / 24] * 24,
            muted=muted,
        )
        db_session.add(cluster)
        db_session.flush()
        db_session.add_all(
            TasteClusterTrack(cluster_id=cluster.id, track_id=track_id, weight=1.0)
            for track_id in listener.vectors
        )
        return cluster.id


@pytest.fixture
def encoder_id(database: Database) -> str:
    with database.session() as db_session:
        return register(db_session, "encoder", "tiny", "0" * 64, {"vector_size": 3}, {}).id


@pytest.fixture
def listener(database: Database, encoder_id: str) -> Listener:
    """Anna, with thirty tracks that lie ever farther from the first one."""
    with database.session() as db_session:
        user = add_user(db_session, "anna")
    vectors = [vector(1.0, 0.1 * step, 0.0) for step in range(30)]
    return Listener(user, {add_track(database, encoder_id, each): each for each in vectors})


@pytest.mark.parametrize("seconds", [0.0, 9.99, 600.01, 10_000.0, -60.0, float("nan"), float("inf")])
def test_a_length_that_is_not_composed_is_refused_in_one_sentence(seconds: float) -> None:
    with pytest.raises(InvalidRequest, match="10 to 600 seconds") as caught:
        check_seconds(seconds)
    assert caught.value.code == "seconds_out_of_range"


@pytest.mark.parametrize("seconds", [10.0, 60.0, 600.0])
def test_a_length_in_range_is_accepted(seconds: float) -> None:
    check_seconds(seconds)


def test_a_listener_without_taste_is_told_so(database: Database, listener: Listener) -> None:
    with database.session(read_only=True) as db_session, pytest.raises(Conflict) as caught:
        choose_cluster(db_session, listener.user, None)
    assert caught.value.code == "no_taste_yet"


def test_a_cluster_that_does_not_exist_is_named(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    add_cluster(database, listener, encoder_id, 0, 1.0)
    for position in (-1, 1, 99):
        with database.session(read_only=True) as db_session, pytest.raises(NotFound) as caught:
            choose_cluster(db_session, listener.user, position)
        assert caught.value.code == "no_such_cluster"


def test_the_largest_cluster_that_is_not_muted_is_chosen(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    add_cluster(database, listener, encoder_id, 0, 0.6, muted=True)
    second = add_cluster(database, listener, encoder_id, 1, 0.3)
    add_cluster(database, listener, encoder_id, 2, 0.1)
    with database.session(read_only=True) as db_session:
        assert choose_cluster(db_session, listener.user, None).id == second
        assert choose_cluster(db_session, listener.user, 0).muted


def test_when_all_is_muted_nothing_is_composed_unasked(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    add_cluster(database, listener, encoder_id, 0, 1.0, muted=True)
    with database.session(read_only=True) as db_session, pytest.raises(Conflict) as caught:
        choose_cluster(db_session, listener.user, None)
    assert caught.value.code == "all_clusters_muted"


def test_the_tracks_nearest_the_medoid_are_read_the_medoid_first(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    cluster_id = add_cluster(database, listener, encoder_id, 0, 1.0)
    with database.session(read_only=True) as db_session:
        taste = read_cluster_taste(db_session, db_session.get_one(TasteCluster, cluster_id))
    expected = np.stack(list(listener.vectors.values())[:NEAREST_TRACKS])
    assert np.allclose(taste.vectors, expected)
    assert np.allclose(taste.tempo_bpm, 100.0 + expected[:, 0])
    assert taste.words == "words 0"
    assert (taste.valence, taste.arousal) == (0.25, -1.0)
    assert not taste.is_major.any()


def test_composed_tracks_do_not_steer_what_is_composed_next(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    own = vector(1.0, 0.001, 0.0)
    listener.vectors[add_track(database, encoder_id, own, owner=listener.user.id)] = own
    cluster_id = add_cluster(database, listener, encoder_id, 0, 1.0)
    with database.session(read_only=True) as db_session:
        taste = read_cluster_taste(db_session, db_session.get_one(TasteCluster, cluster_id))
    assert not np.isclose(taste.vectors, own, atol=1e-5).all(axis=1).any()


def test_a_listener_without_compositions_has_no_titles(database: Database, listener: Listener) -> None:
    with database.session(read_only=True) as db_session:
        assert titles_of(db_session, listener.user) == frozenset()
