"""Debian's Supysonic, a Subsonic server that others wrote: version 1.10 of the protocol, and no salted tokens."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from libsonic import Connection

DEBIANS_PYTHON, DEBIANS_CLI = "/usr/bin/python3", "/usr/bin/supysonic-cli"
NAME, PASSWORD = "ada", "a seam that holds"

# Its own `supysonic-server` wants a web server that the package does not bring; werkzeug comes with Flask.
_SERVE = """
import sys
from supysonic.web import create_application
from werkzeug.serving import make_server
make_server("127.0.0.1", 0, create_application(), threaded=True, fd=int(sys.argv[1])).serve_forever()
"""
_CONFIGURATION = """
[base]
database_uri = sqlite:///{folder}/supysonic.db
[webapp]
cache_dir = {folder}/cache
[daemon]
socket = {folder}/none.sock
"""


@dataclass(frozen=True)
class Supysonic:
    """Where it answers, and ada's own app for it."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def app(self) -> Connection:
        """py-sonic, which signs in by the password as old apps do."""
        return Connection(
            "http://127.0.0.1", NAME, PASSWORD, port=self.port, serverPath="/rest", legacyAuth=True
        )

    def scan(self) -> None:
        _manage(self.folder, "folder", "scan", "--foreground")


@contextmanager
def supysonic_running(folder: Path, *watched: Path) -> Iterator[Supysonic]:
    """With ada as its listener, and these folders scanned; ``folder`` is to be made, and is its home."""
    (folder / ".config" / "supysonic").mkdir(parents=True)
    configuration = folder / ".config" / "supysonic" / "supysonic.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder), encoding="utf-8")
    _manage(folder, "user", "add", NAME, "--password", PASSWORD)
    for music in watched:
        _manage(folder, "folder", "add", music.name, str(music))
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener, (folder / "log").open("wb") as log:
        port = listener.getsockname()[1]
        process = subprocess.Popen(
            [DEBIANS_PYTHON, "-c", _SERVE, str(listener.fileno())],
            pass_fds=[listener.fileno()],
            env=_environment(folder),
            stdout=log,
            stderr=log,
        )
        there = Supysonic(folder, port)
        try:
            there.scan()
            yield there
        finally:
            process.terminate()
            process.wait(20)


def _manage(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [DEBIANS_CLI, *arguments],
        env=_environment(folder),
        check=True,
        capture_output=True,
        timeout=120,
    )


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
