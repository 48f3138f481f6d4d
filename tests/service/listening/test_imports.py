import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from service.errors import Conflict, InvalidRequest, NotFound
from service.jobs import import_history
from service.listening.imports import (
    MOST_WAITING,
    Upload,
    begin_import,
    commit_import,
    find_import,
    keep_copy,
    keep_upload,
    list_imports,
    report_of,
    state_shown,
    sweep_uploads,
    undo_import,
    upload_path,
)
from service.listening.thumbs import set_thumb, thumbs_in_force
from service.operations.job_queue import run_inline
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import HistoryImport, Job, Listen, User, utc_now
from tests.service.listening.history_files.exported import spotify_row, written
from tests.service.listening.history_files.test_lastfm import ARCHIVE_HEAD
from tests.service.listening.history_files.test_others import LOG
from tests.service.small_library import add_listener, add_track

WHEN = 1_700_000_000


class House:
    """A listener, and the worker's part done here and now."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.ada: User = add_listener(database, "ada")

    def hand_in(self, path: Path) -> str:
        upload = keep_copy(self.settings, path)
        with self.database.session() as db_session:
            _row, job = begin_import(db_session, self.ada.id, upload)
            payload = job.payload
        self.work(payload)
        return upload.import_id

    def commit(self, import_id: str, **said: Any) -> dict[str, Any]:
        with self.database.session() as db_session:
            _row, job = commit_import(db_session, self.ada.id, import_id, **said)
            payload = job.payload
        return self.work(payload)

    def work(self, payload: dict[str, Any]) -> dict[str, Any]:
        return run_inline(self.database, self.settings, import_history, payload, lambda *_: None, self.ada.id)

    def row(self, import_id: str) -> HistoryImport:
        with self.database.session(read_only=True) as db_session:
            return find_import(db_session, self.ada.id, import_id)

    def listens(self) -> int:
        with self.database.session(read_only=True) as db_session:
            return db_session.scalar(select(func.count()).select_from(Listen)) or 0


@pytest.fixture
def house(database: Database, store_settings: Settings) -> House:
    return House(database, store_settings)


@pytest.fixture
def sqlite_house(sqlite_settings: Settings) -> House:
    return House(open_database(sqlite_settings), sqlite_settings)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Four rows: a play, a skip, one in private, and one that cannot be read."""
    rows = [
        spotify_row(),
        spotify_row(ts="2024-01-01T10:00:00Z", ms_played=5_000, reason_end="fwdbtn"),
        spotify_row(ts="2024-01-01T11:00:00Z", incognito_mode=True),
        spotify_row(ts="soon"),
    ]
    return written(tmp_path / "Streaming_History_Audio_2023.json", rows)


def test_a_file_is_looked_at_then_read_in_then_gone_and_can_be_undone(house: House, history: Path) -> None:
    import_id = house.hand_in(history)
    row = house.row(import_id)
    assert (row.state, row.source, house.listens()) == ("ready", "spotify_extended", 0)
    assert row.preview is not None
    assert (row.preview["rows"], row.preview["listens"], row.preview["failed"]) == (4, 2, 1)
    assert row.preview["by_year"] == {"2023": 1, "2024": 1}
    assert row.preview["skipped"] == {"incognito": 1}
    assert upload_path(house.settings, import_id).is_file()

    report = house.commit(import_id)
    assert (report["imported"], report["skips"], report["failed"]) == (2, 1, 1)
    assert report["rows"] == report["imported"] + report["duplicate"] + sum(report["skipped"].values()) + 1
    assert report_of(house.row(import_id)).to_json() == report
    assert not upload_path(house.settings, import_id).exists()
    assert house.listens() == 2

    again = house.commit(house.hand_in(history))
    assert (again["imported"], again["duplicate"]) == (0, 2)

    with house.database.session() as db_session:
        undo_import(db_session, house.ada.id, import_id)
    assert house.listens() == 0
    with pytest.raises(NotFound, match="no such import"):
        house.row(import_id)


def test_the_listener_decides_about_what_was_heard_in_private(house: House, history: Path) -> None:
    report = house.commit(house.hand_in(history), include_private=True)
    assert (report["imported"], report["skipped"]) == (3, {})


def test_a_job_that_was_ended_goes_on_and_gives_the_same_report(sqlite_house: House, tmp_path: Path) -> None:
    house = sqlite_house
    rows = [
        spotify_row(ts=f"2024-01-{1 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00Z", ms_played=n)
        for n in range(2_500)
    ]
    import_id = house.hand_in(written(tmp_path / "a.json", [*rows, rows[0], spotify_row(ts="soon")]))
    with house.database.session() as db_session:
        payload = commit_import(db_session, house.ada.id, import_id)[1].payload

    def power_cut(share: float, _words: str) -> None:
        if share > 0 and house.listens() >= 1_000:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        run_inline(house.database, house.settings, import_history, payload, power_cut, house.ada.id)
    assert house.listens() == 1_000
    assert house.row(import_id).state == "importing"
    report = house.work(payload)
    assert (report["rows"], report["imported"], report["duplicate"], report["failed"]) == (2_502, 2_500, 1, 1)
    assert house.listens() == 2_500
    # Once more changes nothing: the queue may hand a job out twice.
    assert house.work(payload) == report
    house.database.close()


def test_undoing_takes_back_what_came_in_and_nothing_else(house: House, tmp_path: Path) -> None:
    row = f"2023-11-14T22:13:20\t{WHEN}\tSong {{}}\t\tArtist One\t\t\t\n"
    with house.database.session() as db_session:
        one, two = (add_track(db_session, f"Song {name}", "Artist One").id for name in ("One", "Two"))
        set_thumb(db_session, house.ada.id, two, "up")
    loved = written(tmp_path / "loved_tracks.tsv", ARCHIVE_HEAD + row.format("One") + row.format("Two"))
    import_id = house.hand_in(loved)
    report = house.commit(import_id)
    assert (report["thumbs"], report["duplicate"]) == (1, 1)
    with house.database.session() as db_session:
        assert thumbs_in_force(db_session, house.ada.id) == {one: "up", two: "up"}
        undo_import(db_session, house.ada.id, import_id)
        assert thumbs_in_force(db_session, house.ada.id) == {two: "up"}


def test_a_job_ends_when_its_import_is_undone_meanwhile(sqlite_house: House, history: Path) -> None:
    house = sqlite_house
    upload = keep_copy(house.settings, history)
    with house.database.session() as db_session:
        row, job = begin_import(db_session, house.ada.id, upload)
        undo_import(db_session, house.ada.id, row.id)
        assert job.state == "cancelled"
    with pytest.raises(NotFound):
        house.work(dict(job.payload))
    house.database.close()


def test_what_belongs_to_another_listener_is_not_there(house: House, history: Path) -> None:
    import_id = house.hand_in(history)
    ben = add_listener(house.database, "ben")
    with house.database.session() as db_session:
        for act in (find_import, commit_import, undo_import):
            with pytest.raises(NotFound, match="no such import"):
                act(db_session, ben.id, import_id)
        assert list_imports(db_session, ben.id) == []
        assert [row.id for row in list_imports(db_session, house.ada.id)] == [import_id]


def test_a_log_in_a_zone_that_is_not_named_waits_for_it(house: House, tmp_path: Path) -> None:
    line = f"Artist One\t\tSong One\t\t200\tL\t{WHEN}\t\n"
    import_id = house.hand_in(written(tmp_path / ".scrobbler.log", LOG.format(zone="UNKNOWN") + line))
    for said, code in (
        (None, "time_zone_needed"),
        ("Mars/Olympus", "unknown_time_zone"),
        ("../etc", "unknown_time_zone"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            house.commit(import_id, time_zone=said)
        assert refused.value.code == code
    assert house.commit(import_id, time_zone="Asia/Tokyo")["imported"] == 1
    with house.database.session(read_only=True) as db_session:
        assert db_session.scalars(select(Listen.listened_at)).one().hour == 13


def test_nothing_is_read_in_twice_or_before_it_was_looked_at(house: House, history: Path) -> None:
    upload = keep_copy(house.settings, history)
    with house.database.session() as db_session:
        _row, job = begin_import(db_session, house.ada.id, upload)
        with pytest.raises(Conflict) as early:
            commit_import(db_session, house.ada.id, upload.import_id)
        payload = dict(job.payload)
    assert early.value.code == "import_not_ready"
    house.work(payload)
    house.commit(upload.import_id)
    with pytest.raises(Conflict) as late:
        house.commit(upload.import_id)
    assert late.value.code == "import_committed"


def test_only_so_many_files_wait_at_once(house: House, history: Path) -> None:
    for _ in range(MOST_WAITING):
        house.hand_in(history)
    with pytest.raises(Conflict) as refused:
        house.hand_in(history)
    assert refused.value.code == "imports_waiting"


def test_what_is_no_history_leaves_nothing_behind(sqlite_house: House) -> None:
    house = sqlite_house
    with pytest.raises(InvalidRequest, match=r"^evil\.txt"):
        keep_upload(house.settings, "../../tmp/evil\n.txt", lambda kept: kept.write(b"Dear Ada"))
    assert list(house.settings.uploads_dir.iterdir()) == []
    house.database.close()


def test_a_name_that_somebody_gave_is_one_line_without_folders(sqlite_house: House, history: Path) -> None:
    house, content = sqlite_house, history.read_bytes()
    for given, name in (
        ("C:\\my files\\a.json", "a.json"),
        ("a\x00b\u2028.json", "ab.json"),
        ("", "history"),
    ):
        upload = keep_upload(house.settings, given, lambda kept: kept.write(content))
        assert upload.file_name == name
    house.database.close()


def test_files_that_nobody_waits_for_are_swept(sqlite_house: House, history: Path) -> None:
    house = sqlite_house
    waiting, forgotten = house.hand_in(history), house.hand_in(history)
    orphan: Upload = keep_copy(house.settings, history)
    young: Upload = keep_copy(house.settings, history)
    with house.database.session() as db_session:
        find_import(db_session, house.ada.id, forgotten).created_at = utc_now() - timedelta(days=8)
    for import_id in (waiting, forgotten, orphan.import_id):
        old = time.time() - 7_200
        os.utime(upload_path(house.settings, import_id), (old, old))
    assert sweep_uploads(house.database, house.settings) == 2
    left = {path.name for path in house.settings.uploads_dir.iterdir()}
    assert left == {waiting, young.import_id}
    with pytest.raises(NotFound):
        house.row(forgotten)
    house.database.close()


def test_an_import_whose_job_failed_is_shown_as_failed() -> None:
    row = HistoryImport(state="importing")
    assert state_shown(row, Job(state="failed")) == "failed"
    assert state_shown(row, Job(state="running")) == "importing"
    assert state_shown(HistoryImport(state="done"), Job(state="failed")) == "done"
