from service.http.track_json import track_json
from service.store.tables import Track


def test_a_track_is_shown_with_the_listeners_thumb_and_without_its_path() -> None:
    track = Track(
        id="01J0000000000000000000000A",
        origin="catalogue",
        path=b"/music/private/song.flac",
        title="Song",
        duration_seconds=2.5,
        gain_db=-1.5,
    )

    assert track_json(track, "up") == {
        "id": "01J0000000000000000000000A",
        "title": "Song",
        "artist": None,
        "album": None,
        "duration_seconds": 2.5,
        "origin": "catalogue",
        "gain_db": -1.5,
        "thumb": "up",
    }


def test_a_track_without_a_title_is_called_by_its_file() -> None:
    track = Track(id="01J0000000000000000000000A", origin="catalogue", path=b"/music/take \xff.flac")

    assert track_json(track)["title"] == "take \ufffd.flac"
