import numpy as np
import pytest

from service.errors import InvalidRequest, NotFound
from service.listening.thumbs import set_thumb
from service.radio.auto_playlists import DAILY_MIX, NEW_FOR_YOU, find_auto_playlist, list_auto_playlists
from service.radio.paths import sonic_path
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Track, User
from tests.service.small_library import add_composed, add_listener, add_sounding_tracks, publish


@pytest.fixture
def ada(database: Database) -> User:
    return add_listener(database)


@pytest.fixture
def tracks(
    database: Database, store_settings: Settings, ada: User, rng: np.random.Generator
) -> dict[str, list[Track]]:
    with database.session() as db_session:
        found = {sound: add_sounding_tracks(db_session, sound, 6, rng) for sound in ("piano", "metal")}
        found["composed"] = [
            add_composed(db_session, ada, f"Piece {number}", "piano", rng) for number in range(3)
        ]
    publish(database, store_settings)
    return found


@pytest.mark.usefixtures("tracks")
def test_playlists_make_themselves_and_keep_their_ids(
    database: Database, store_settings: Settings, ada: User
) -> None:
    before = list_auto_playlists(database, store_settings, ada.id)
    assert [playlist.id for playlist in before] == [DAILY_MIX, NEW_FOR_YOU]
    mix, new = before
    assert [track.title for track in new.tracks] == ["Piece 2", "Piece 1", "Piece 0"]
    with database.session() as db_session:
        set_thumb(db_session, ada.id, mix.tracks[0].id, "down")
        set_thumb(db_session, ada.id, new.tracks[0].id, "down")

    after = list_auto_playlists(database, store_settings, ada.id)
    assert [playlist.id for playlist in after] == [DAILY_MIX, NEW_FOR_YOU]
    assert mix.tracks[0].id not in {track.id for track in after[0].tracks}
    assert [track.title for track in after[1].tracks] == [
        title for title in ("Piece 2", "Piece 1", "Piece 0") if title not in ("Piece 2", mix.tracks[0].title)
    ]


def test_nobody_is_shown_another_listeners_taste_or_pieces(
    database: Database, store_settings: Settings, ada: User, tracks: dict[str, list[Track]]
) -> None:
    ben = add_listener(database, "ben")
    assert tracks["composed"]
    assert find_auto_playlist(database, store_settings, ben.id, NEW_FOR_YOU).tracks == []
    composed = {track.id for track in tracks["composed"]}
    mix = find_auto_playlist(database, store_settings, ben.id, DAILY_MIX)
    assert not composed & {track.id for track in mix.tracks}
    with pytest.raises(NotFound):
        find_auto_playlist(database, store_settings, ben.id, "taste-no such")
    assert ada.id != ben.id


def test_a_path_leads_from_one_sound_to_another(
    database: Database, store_settings: Settings, ada: User, tracks: dict[str, list[Track]]
) -> None:
    start, end = tracks["piano"][0], tracks["metal"][0]
    path = sonic_path(database, store_settings, ada.id, start.id, end.id, 6)

    ids = [track.id for track, _ in path]
    assert (ids[0], ids[-1], len(set(ids))) == (start.id, end.id, 6)
    cosines = [cosine for _, cosine in path]
    assert cosines[0] == pytest.approx(1.0, abs=1e-5)
    assert cosines[1] > 0.8
    assert cosines[-2] < 0.5
    with pytest.raises(InvalidRequest):
        sonic_path(database, store_settings, ada.id, start.id, end.id, 1)
    with pytest.raises(NotFound):
        sonic_path(database, store_settings, ada.id, start.id, "no such", 6)
