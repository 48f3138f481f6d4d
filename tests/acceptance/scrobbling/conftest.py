"""A house that is really served on loopback, by the web server that `homespun serve` runs."""

import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from service.accounts.app_password_keys import load_app_password_keys
from service.accounts.app_passwords import issue_app_password
from service.bench.server_process import answers
from service.listening.thumbs import thumbs_in_force
from service.settings import Settings, environment_for, load_settings
from service.store.database import Database, open_database
from service.store.tables import Listen
from tests.acceptance.scrobbling.tls import TlsPort, tls_port
from tests.service.small_library import add_listener, add_track

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 180.0
LIBRARY = ("Loved", "Played", "Hated")


@dataclass(frozen=True)
class ServedHouse:
    """Where it is, a listener of it with an app password, and what came of what their apps told."""

    port: int
    database: Database
    track_ids: dict[str, str]
    log: Path
    user_id: str = ""
    name: str = ""
    app_password: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def listens(self) -> list[Listen]:
        """Earliest first."""
        theirs = select(Listen).where(Listen.user_id == self.user_id).order_by(Listen.listened_at)
        with self.database.session(read_only=True) as db_session:
            return list(db_session.scalars(theirs))

    def thumbs(self) -> dict[str, str]:
        """By title."""
        title_of = {track_id: title for title, track_id in self.track_ids.items()}
        with self.database.session(read_only=True) as db_session:
            found = thumbs_in_force(db_session, self.user_id)
        return {title_of[track_id]: value for track_id, value in found.items()}


@pytest.fixture(scope="session")
def empty_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, ServedHouse]]:
    """One server for all tests, which takes seconds to start; a library of three tracks and nobody who listens."""
    folder = tmp_path_factory.mktemp("house")
    settings = load_settings(data_dir=folder / "data").model_copy(update={"web_processes": 1})
    database = open_database(settings)
    with database.session() as db_session:
        tracks = {
            title: add_track(db_session, title, "Artist", duration_seconds=31.0).id for title in LIBRARY
        }
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        port = listener.getsockname()[1]
        process = _web_server(settings, listener.fileno(), folder / "server.log")
        try:
            until(lambda: process.poll() is not None or answers(port, "/api/v1/healthz"))
            yield settings, ServedHouse(port, database, tracks, folder / "server.log")
        finally:
            process.terminate()
            process.wait(20)
            database.close()


@pytest.fixture
def house(empty_house: tuple[Settings, ServedHouse]) -> ServedHouse:
    """With a listener of the test's own."""
    settings, served = empty_house
    name = f"ada-{secrets.token_hex(4)}"
    user = add_listener(served.database, name)
    with served.database.session() as db_session:
        keys = load_app_password_keys(settings)
        secret = issue_app_password(db_session, keys, user.id, "an app").secret
    return replace(served, user_id=user.id, name=name, app_password=secret)


def until(true: Callable[[], bool]) -> None:
    """Ask until the answer is yes: a server and a player may have to wait their turn on a busy machine."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < patience, "it did not happen in time"
        time.sleep(0.1)


def _web_server(settings: Settings, listener_fd: int, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "service.serving.web_server", str(listener_fd)],
            env=environment_for(settings),
            pass_fds=[listener_fd],
            cwd=ROOT,
            stdout=said,
            stderr=said,
        )


@pytest.fixture(scope="session")
def house_by_https(
    empty_house: tuple[Settings, ServedHouse], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TlsPort]:
    """The same house, where clients come that speak https only."""
    with tls_port(empty_house[1].port, tmp_path_factory.mktemp("tls")) as port:
        yield port


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path is short enough for a socket's, which has 107 bytes at most."""
    folder = Path(tempfile.mkdtemp(prefix="hs-mpd-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
