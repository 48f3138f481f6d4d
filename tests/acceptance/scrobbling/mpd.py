"""Debian's mpd and mpc, as a person without a sound card runs them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.scrobbling.conftest import until

_CONFIGURATION = """
music_directory "{folder}/music"
playlist_directory "{folder}"
db_file "{folder}/database"
state_file "{folder}/state"
bind_to_address "{folder}/mpd"
audio_output {{
    type "null"
    name "nobody hears it"
}}
"""


@contextmanager
def running(*command: str, log: Path) -> Iterator[None]:
    """The program runs for as long as the block does; what it says goes to the log."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def mpd_running(folder: Path) -> Iterator[None]:
    """mpd answers at the socket ``mpd`` in the folder; its music is in ``music`` there."""
    (folder / "music").mkdir(exist_ok=True)
    (folder / "mpd.conf").write_text(_CONFIGURATION.format(folder=folder))
    with running("mpd", "--no-daemon", str(folder / "mpd.conf"), log=folder / "mpd.log"):
        until(lambda: (folder / "mpd").exists())
        yield


def mpc(folder: Path, *arguments: str) -> str:
    """What mpc says of the mpd of this folder."""
    command = ["mpc", "--host", str(folder / "mpd"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
