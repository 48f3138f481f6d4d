from pathlib import Path

from sqlalchemy import select

from service.operations.repeating import ensure_repeating
from service.settings import load_settings
from service.store.database import Database
from service.store.tables import Job


def _queued(database: Database) -> dict[str, int | None]:
    with database.session(read_only=True) as db_session:
        jobs = db_session.scalars(select(Job).where(Job.state == "queued"))
        return {job.kind: job.repeat_seconds for job in jobs}


def test_each_is_queued_once_however_often_a_worker_starts(database: Database) -> None:
    for _ in range(2):
        with database.session() as db_session:
            ensure_repeating(db_session, load_settings(backup_hours=12))
    assert _queued(database).keys() == {
        "backup",
        "elsewhere_rounds",
        "standing_orders",
        "tidy",
        "train_ranker",
    }
    assert _queued(database)["backup"] == 12 * 3600


def test_intervals_follow_the_settings_and_zero_means_never(database: Database) -> None:
    for hours in (12, 6):
        with database.session() as db_session:
            ensure_repeating(db_session, load_settings(backup_hours=hours))
    assert _queued(database)["backup"] == 6 * 3600
    with database.session() as db_session:
        ensure_repeating(db_session, load_settings(backup_hours=0))
    assert "backup" not in _queued(database)


def test_each_further_encoder_looks_for_what_is_new_until_it_is_turned_off(
    database: Database, tmp_path: Path
) -> None:
    def encoders_after(**settings: object) -> list[str]:
        with database.session() as db_session:
            ensure_repeating(db_session, load_settings(**settings))
        with database.session(read_only=True) as db_session:
            queued = db_session.scalars(
                select(Job).where(Job.state == "queued", Job.kind == "embed_further").order_by(Job.id)
            )
            return [job.payload["encoder"] for job in queued]

    for _ in range(2):
        assert encoders_after(clap_dir=tmp_path, vibenet=True) == ["clap", "vibenet"]
    assert encoders_after(vibenet=True) == ["vibenet"]
    assert encoders_after() == []
