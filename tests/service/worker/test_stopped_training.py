import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from sqlalchemy import func, select

from service.operations.job_queue import enqueue
from service.operations.job_requests import train_ranker
from service.operations.model_versions import in_use, register
from service.settings import Settings
from service.store.database import open_database
from service.store.tables import Job, ModelVersion
from tests.service.jobs.test_train_ranker import play_daily
from tests.service.small_library import add_listener, add_sounding_tracks

LONG_SECONDS = 90.0


def test_a_worker_that_is_killed_while_training_leaves_the_old_version_serving(
    sqlite_settings: Settings, tmp_path: Path, rng: np.random.Generator
) -> None:
    database = open_database(sqlite_settings)
    with database.session() as db_session:
        tracks = add_sounding_tracks(db_session, "piano", 30, rng)
        old = register(db_session, "ranker", "blend", "a" * 64, {"popularity": 0.5}, {})
    play_daily(database, add_listener(database), tracks, 60)
    with database.session() as db_session:
        job = enqueue(db_session, train_ranker())
        job.max_attempts = 1
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.service.worker.stopped_training", tmp_path / "data"],
            stderr=log,
            cwd=Path(__file__).parents[3],
        )
        try:
            deadline = time.monotonic() + LONG_SECONDS
            state = "queued"
            while state in ("queued", "running") and time.monotonic() < deadline:
                time.sleep(0.1)
                with database.session(read_only=True) as db_session:
                    state = db_session.get_one(Job, job.id).state
        finally:
            worker.kill()
            worker.wait()
    with database.session(read_only=True) as db_session:
        assert db_session.get_one(Job, job.id).error_code == "worker_died"
        serving = in_use(db_session, "ranker")
        assert serving is not None
        assert serving.id == old.id
        assert db_session.scalar(select(func.count()).select_from(ModelVersion)) == 2
    database.close()
