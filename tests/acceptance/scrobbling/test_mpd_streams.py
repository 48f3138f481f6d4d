"""Debian's mpd plays an address of ours, and looks for a place in it by asking for a range."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from service.store.tables import LibraryFolder
from tests.acceptance.scrobbling.conftest import ServedHouse, until
from tests.acceptance.scrobbling.mpd import mpc, mpd_running
from tests.service.small_library import add_track

# mpd keeps what it has read of a stream of up to 128 MiB, and reads all of it as fast as it comes: where that is faster
# than the seek, it has no need to ask. Of what is larger it keeps half a megabyte.
SECONDS, SAMPLE_RATE, CHANNELS = 840, 44_100, 2
LATER_SECONDS = 800
LENGTH_SHOWN = "14:00"


@pytest.mark.slow  # a stream is played in earnest
def test_mpd_plays_a_stream_and_seeks_in_it_by_range(
    house: ServedHouse, require: Callable[[str], None], short_path: Path
) -> None:
    require("mpd")
    music = short_path / "library"
    music.mkdir()
    song = write_silence(music / "silence.wav")
    assert song.stat().st_size > 128 * 2**20
    with house.database.session() as db_session:
        db_session.add(LibraryFolder(path=bytes(music)))
        track = add_track(
            db_session,
            "Silence",
            "Nobody",
            path=bytes(song),
            size_bytes=song.stat().st_size,
            duration_seconds=float(SECONDS),
        )

    def at_seconds() -> int:
        found = re.search(rf"\[playing\].* (\d+):(\d\d)/{LENGTH_SHOWN}", mpc(short_path, "status"))
        return int(found[1]) * 60 + int(found[2]) if found else 0

    with mpd_running(short_path):
        mpc(short_path, "add", f"{house.url}/rest/stream?id={track.id}&apiKey={house.app_password}")
        mpc(short_path, "play")
        until(lambda: at_seconds() >= 1)
        mpc(short_path, "seek", str(LATER_SECONDS))
        until(lambda: at_seconds() > LATER_SECONDS)
        mpc(short_path, "stop")
    until(lambda: "/rest/stream 206 " in house.log.read_text(encoding="utf-8"))
    (parts,) = re.findall(r"/rest/stream 206 (\d+) bytes", house.log.read_text(encoding="utf-8"))[:1]
    assert 0 < int(parts) < song.stat().st_size * (1 - LATER_SECONDS / SECONDS) * 1.5


def write_silence(path: Path) -> Path:
    """A WAV file with a whole header and a hole for its sound, which takes no room and no time to make."""
    frame = 2 * CHANNELS
    size = SECONDS * SAMPLE_RATE * frame
    form = struct.pack("<IHHIIHH", 16, 1, CHANNELS, SAMPLE_RATE, SAMPLE_RATE * frame, frame, 16)
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + form + b"data" + struct.pack("<I", size)
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(len(head) + size)
    return path
