"""The house that is lived in that day: three people, ten tracks, and `homespun serve`."""

import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import select, update

from scripts.chaos.killing import everything_gone, family_of
from service.accounts.api_tokens import issue
from service.accounts.people import add_user
from service.accounts.scopes import scopes_of
from service.bench.server_process import HOST, answers, free_port
from service.demo.music import package_tracks
from service.jobs import embed_tracks, rebuild_index, scan_library, update_taste
from service.listening.history_import import import_history
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import Settings, environment_for, load_settings
from service.store.database import open_database
from service.store.tables import Track, User

PEOPLE = ("rosa", "ada", "ben")
"""The first is the owner, who also reviews."""

TRACKS = 10
_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class House:
    """What clients need: by name each person's token, and the catalogue's tracks (id and length in seconds)."""

    settings: Settings
    tokens: dict[str, str]
    tracks: list[tuple[str, float]]


def move_in(data_dir: Path) -> House:
    """Make the store: a library that was listened to, tastes, an index, and a token for each person."""
    settings = load_settings(
        data_dir=data_dir,
        review_policy="all",
        daily_compositions=10_000,
        backup_hours=0,
        threads=1,
        log_level="warning",
        host=HOST,
        port=free_port(),
    )
    music = data_dir / "music"
    music.mkdir(parents=True)
    chosen = package_tracks()[:: max(len(package_tracks()) // TRACKS, 1)][:TRACKS]
    for track in chosen:
        shutil.copyfile(track.source, music / track.source.name)
    database = open_database(settings)
    requests = [
        (scan_library, job_requests.scan_library(music)),
        (embed_tracks, job_requests.embed_tracks()),
        (rebuild_index, job_requests.rebuild_index()),
    ]
    for module, request in requests:
        run_inline(database, settings, module, request.payload, _say_nothing)
    with database.session() as db_session:
        people = {name: add_user(db_session, name) for name in PEOPLE}
        # Nothing is composed that day but what is asked for.
        db_session.execute(update(User).values(fresh_per_taste=0))
        tokens = {
            name: issue(db_session, user.id, "chaos", scopes_of(is_owner=user.is_owner)).secret
            for name, user in people.items()
        }
        tracks = [(track.id, track.duration_seconds) for track in db_session.scalars(select(Track))]
        titles = [
            str(track.title or Path(track.file_name).stem) for track in db_session.scalars(select(Track))
        ]
        for track, title in zip(db_session.scalars(select(Track)), titles, strict=True):
            track.title, track.artist = title, f"the band of {title}"
        for user in people.values():
            history = _history(data_dir / f"{user.name}.jsonl", titles)
            import_history(db_session, user.id, history, datetime.now(UTC))
    for user in people.values():
        run_inline(
            database,
            settings,
            update_taste,
            job_requests.update_taste(user.id).payload,
            _say_nothing,
            user.id,
        )
    database.close()
    return House(settings, tokens, tracks)


class Service:
    """`homespun serve`, started again after it was killed."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self._settings, self._log = settings, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """Where it listens; the same after each start."""
        return self._settings.port or 0

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Returns once it answers; RuntimeError when it ends or does not answer for a minute."""
        command = [str(Path(sys.executable).with_name("homespun")), "serve"]
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(
                command, env=environment_for(self._settings), stdout=said, stderr=said
            )
        give_up_at = time.monotonic() + _READY_SECONDS
        while not answers(self.port, "/api/v1/readyz"):
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"the service does not answer; see {self._log}")
            time.sleep(0.05)

    def start_again(self, killed: list[psutil.Process]) -> None:
        """After everything was killed: reap it, see that nothing outlived it, and start anew."""
        if self._process is not None:
            self._process.wait()
        if not everything_gone(killed):
            raise RuntimeError("something outlived a killed service")
        self.start()

    def stop(self) -> int:
        """SIGTERM; the exit status, or -9 when it had to be killed."""
        if self._process is None:
            return 0
        family = family_of(self.pid)
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for process in family:
                if process.is_running():
                    process.kill()
            return self._process.wait()


def _history(path: Path, titles: list[str]) -> Path:
    """Half the tracks in the morning and half in the evening of twelve days, as ListenBrainz exports it."""
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    halves = ((7, titles[::2]), (21, titles[1::2]))
    rows = [
        {
            "listened_at": int((today - timedelta(days=days_ago)).replace(hour=hour).timestamp())
            + 40 * place,
            "track_metadata": {
                "track_name": title,
                "artist_name": f"the band of {title}",
                "additional_info": {},
            },
        }
        for days_ago in range(1, 13)
        for hour, half in halves
        for place, title in enumerate(half)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _say_nothing(_share: float, _words: str) -> None:
    return None
