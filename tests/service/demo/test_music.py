from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest

from service.demo.listeners import LISTENERS
from service.demo.music import package_tracks, tagged_copy


@pytest.fixture(autouse=True)
def demo_extra(require: Callable[[str], None]) -> None:
    require("demo")


def test_the_package_has_28_tracks_under_28_names() -> None:
    tracks = package_tracks()
    assert len(tracks) == 28
    assert len({(track.artist, track.title) for track in tracks}) == 28
    assert len({track.slug for track in tracks}) == 28


def test_the_copies_are_tagged_and_the_same_each_time(tmp_path: Path) -> None:
    track = package_tracks()[0]
    path = tmp_path / track.file_name
    path.write_bytes(tagged_copy(track))
    assert tagged_copy(track) == path.read_bytes()
    tags = mutagen.File(path).tags
    assert tags["title"] == ["Calm acoustic no. 1"]
    assert tags["artist"] == ["Immich Memories (calm, acoustic)"]
    assert tags["copyright"] == ["MIT"]


def test_every_track_that_the_listeners_put_on_is_in_the_package_or_among_the_scores() -> None:
    scores = pytest.importorskip("service.demo.scores").SCORES
    known = {track.slug for track in package_tracks()} | {score.slug for score in scores}
    for listener in LISTENERS:
        for mood in listener.moods:
            assert set(mood.slugs) <= known
            assert len(set(mood.slugs)) == len(mood.slugs)
        heard = {slug for mood in listener.moods for slug in mood.slugs}
        assert {*listener.thumbs_up, *listener.thumbs_down} <= heard
        assert len(known - heard) >= 20, "too little left to discover"
