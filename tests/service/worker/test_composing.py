import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.operations.job_queue import enqueue
from service.operations.job_requests import compose_music
from service.settings import load_settings
from service.store.database import Database, open_database
from service.store.tables import Composition, Job, Track
from tests.service.compositions.tastes import add_cluster, add_encoder, add_listener
from tests.service.jobs.test_compose_music import write_weights

LONG_SECONDS = 240.0

ENVIRONMENT = {"HOMESPUN_THREADS": "1", "HOMESPUN_BACKUP_HOURS": "0", "OMP_NUM_THREADS": "1"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(load_settings(data_dir=tmp_path / "data"))
    yield opened
    opened.close()


def start_worker(tmp_path: Path, weights: Path) -> "subprocess.Popen[bytes]":
    environment = {
        **ENVIRONMENT,
        "HOMESPUN_DATA_DIR": str(tmp_path / "data"),
        "HOMESPUN_COMPOSER_DIR": str(weights),
    }
    return subprocess.Popen([sys.executable, "-m", "service.worker"], env=environment)


def the_job(database: Database) -> Job:
    with database.session(read_only=True) as db_session:
        return db_session.scalars(select(Job).where(Job.kind == "compose_music")).one()


def test_a_worker_killed_while_composing_leaves_one_composition(database: Database, tmp_path: Path) -> None:
    encoder_id = add_encoder(database)
    listener = add_listener(database, encoder_id)
    add_cluster(database, listener, encoder_id, 0, 1.0)
    weights = write_weights(tmp_path / "weights", plays=True)
    with database.session() as db_session:
        enqueue(db_session, compose_music(listener.user.id, seconds=10.0, seed=5))
    deadline = time.monotonic() + LONG_SECONDS
    worker = start_worker(tmp_path, weights)
    while the_job(database).progress < 0.6:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    worker.kill()
    worker.wait()
    worker = start_worker(tmp_path, weights)
    while the_job(database).state != "done":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    worker.terminate()
    assert worker.wait(LONG_SECONDS) == 0
    with database.session(read_only=True) as db_session:
        composition = db_session.scalars(select(Composition)).one()
        assert db_session.scalar(select(func.count()).where(Track.origin == "composed")) == 1
    assert composition.job_id == the_job(database).id
    assert the_job(database).fence >= 2
