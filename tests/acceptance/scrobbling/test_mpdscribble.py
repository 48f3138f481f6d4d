"""Debian's mpd, mpc and mpdscribble, none of them patched: a song is played, loved and scrobbled."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mutagen.flac import FLAC

from service.listening.heard_now import heard_now
from tests.acceptance.scrobbling.conftest import ServedHouse, until
from tests.acceptance.scrobbling.mpd import mpc, mpd_running, running
from tests.audio_files import melody, write_audio

# mpdscribble scrobbles what is at least thirty seconds long, once half of it was played.
SECONDS = 31.0

MPDSCRIBBLE = """
host = {folder}/mpd
log = -
verbose = 3
[house]
url = {url}
username = {name}
password = {password}
journal = {folder}/journal
"""


@pytest.mark.slow  # half of a song of thirty-one seconds is heard in earnest
def test_mpdscribble_shakes_hands_and_tells_what_plays_what_was_heard_and_what_was_loved(
    house: ServedHouse, require: Callable[[str], None], short_path: Path
) -> None:
    require("mpd")
    folder = short_path
    (folder / "music").mkdir()
    song = write_audio(folder / "music" / "song.flac", melody(SECONDS, seed=1, sample_rate=16_000), 16_000)
    tags = FLAC(song)
    tags.update({"title": "Loved", "artist": "Artist", "album": "Album"})
    tags.save()
    (folder / "scribble.conf").write_text(
        MPDSCRIBBLE.format(
            folder=folder,
            url=f"{house.url}/apis/audioscrobbler_legacy/",
            name=house.name,
            password=house.app_password,
        )
    )

    said = folder / "scribble.log"
    with (
        mpd_running(folder),
        running("mpdscribble", "--no-daemon", "--conf", str(folder / "scribble.conf"), log=said),
    ):
        mpc(folder, "update", "--wait")
        mpc(folder, "add", "song.flac")
        mpc(folder, "play")
        until(lambda: _playing(house) == "Loved")
        mpc(folder, "sendmessage", "mpdscribble", "love")
        time.sleep(SECONDS / 2 + 1.0)
        mpc(folder, "stop")
        until(lambda: len(house.listens()) == 1)
    (listen,) = house.listens()
    assert (listen.title, listen.artist, listen.album, listen.source) == (
        "Loved",
        "Artist",
        "Album",
        "audioscrobbler",
    )
    assert listen.track_id == house.track_ids["Loved"]
    assert listen.track_seconds == SECONDS
    assert house.thumbs() == {"Loved": "up"}


def _playing(house: ServedHouse) -> str | None:
    with house.database.session(read_only=True) as db_session:
        playing = heard_now(db_session, house.user_id)
        return None if playing is None else playing.title
