import json
import shutil

from sqlalchemy import select

from service.jobs import backup
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.operations.kept_backups import list_backups
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.snapshots import take_backup
from service.store.tables import User


def copy(database: Database, settings: Settings) -> dict[str, object]:
    return run_inline(database, settings, backup, job_requests.backup().payload, lambda *_: None)


def test_the_copy_has_every_row_and_names_every_media_file(
    database: Database, store_settings: Settings
) -> None:
    with database.session() as db_session:
        db_session.add(User(name="ada"))
    sound = store_settings.media_dir / "composed" / "x" / "sound.flac"
    sound.parent.mkdir(parents=True)
    sound.write_bytes(b"sound")
    result = copy(database, store_settings)
    made = store_settings.backups_dir / str(result["name"])
    assert [kept.name for kept in list_backups(store_settings.backups_dir)] == [made.name]
    assert json.loads(made.with_suffix(".json").read_text())["user_account"] == 1
    assert json.loads(made.with_suffix(".media.json").read_text()) == [
        {"path": "composed/x/sound.flac", "size_bytes": 5}
    ]
    assert (result["media_files"], result["media_bytes"]) == (1, 5)


def test_a_copy_opens_as_a_store_of_its_own(sqlite_settings: Settings) -> None:
    from_here = sqlite_settings
    database = open_database(from_here)
    with database.session() as db_session:
        db_session.add(User(name="ada"))
    made = from_here.backups_dir / str(copy(database, from_here)["name"])
    database.close()
    elsewhere = from_here.model_copy(update={"data_dir": from_here.data_dir / "elsewhere"})
    elsewhere.data_dir.mkdir()
    shutil.copy(made, elsewhere.database_file)
    restored = open_database(elsewhere)
    with restored.session(read_only=True) as db_session:
        assert db_session.scalar(select(User.name)) == "ada"
    restored.close()


def test_others_write_while_a_copy_is_made(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    # A transaction that may write is open all the while: a copy that wanted the right to write would wait for it.
    with database.session() as db_session:
        db_session.add(User(name="ada"))
        db_session.flush()
        made = take_backup(database.engine, sqlite_settings)
    database.close()
    assert json.loads(made.with_suffix(".json").read_text())["user_account"] == 0


def test_only_the_newest_are_kept_with_what_lies_beside_them(
    database: Database, store_settings: Settings
) -> None:
    settings = store_settings.model_copy(update={"kept_backups": 2})
    names = [copy(database, settings)["name"] for _ in range(3)]
    assert [kept.name for kept in list_backups(settings.backups_dir)] == [names[2], names[1]]
    assert len(list(settings.backups_dir.iterdir())) == 6
