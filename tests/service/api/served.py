"""The REST interface of a small house, served on loopback, with a stand-in for the worker."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from apiflask import APIFlask
from sqlalchemy import select

from service.operations.job_queue import end_job
from service.store.database import Database
from service.store.tables import Job, LibraryFolder
from tests.audio_files import melody, write_audio
from tests.service.access_house import House, house_of
from tests.service.clients import parts_of
from tests.service.small_library import add_track, embed, publish
from tests.service.web_server import web_server


def furnished_house(web_app: APIFlask, folder: Path) -> House:
    """`house_of`, with a catalogue of four tracks that can really be played, and a search index."""
    house = house_of(web_app)
    parts = parts_of(web_app)
    rng = np.random.default_rng(3)
    folder.mkdir()
    with parts.database.session() as db_session:
        db_session.add(LibraryFolder(path=str(folder).encode()))
        for number, sound in enumerate(("piano", "piano", "metal", "choir")):
            path = write_audio(
                folder / f"{number}.flac", melody(1.5, seed=number, sample_rate=16_000), 16_000
            )
            track = add_track(
                db_session,
                f"{sound} {number}",
                f"Artist {number // 2}",
                album=f"Album {number // 2}",
                genre="Chamber" if sound == "piano" else None,
                year=1994 if sound == "piano" else 2003,
                path=str(path).encode(),
                size_bytes=path.stat().st_size,
                duration_seconds=1.5,
            )
            embed(db_session, track, sound, rng)
    publish(parts.database, parts.settings)
    return house


@contextmanager
def served(app: APIFlask, *, ends_jobs: bool = True) -> Iterator[str]:
    """The address of the REST interface, while the block runs. Jobs that are queued are over within moments, or wait."""
    stop = threading.Event()
    worker = threading.Thread(target=_end_jobs, args=(parts_of(app).database, stop))
    with web_server(app) as address:
        if ends_jobs:
            worker.start()
        try:
            yield f"{address}/api/v1"
        finally:
            stop.set()
            if ends_jobs:
                worker.join()


def _end_jobs(database: Database, stop: threading.Event) -> None:
    queued = select(Job).where(Job.state == "queued")
    while not stop.wait(0.1):
        with database.session(read_only=True) as db_session:
            is_idle = db_session.scalar(queued.limit(1)) is None
        if not is_idle:
            with database.session() as db_session:
                for job in db_session.scalars(queued):
                    end_job(db_session, job, "done", result={})
