import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.errors import InvalidRequest, NotFound
from service.listening.history_import import ImportReport, import_history, preview_history_file
from service.listening.thumbs import set_thumb, thumbs_in_force
from service.store.database import Database
from service.store.tables import HistoryImport, Listen, Thumb, User
from tests.service.small_library import add_listener, add_track, listen_line, write_lines

WHEN = 1_700_000_000
MSID = "d23f4719-9212-49f0-ad08-ddbfbfc50d6f"


def imported(database: Database, user: User, path: Path) -> ImportReport:
    with database.session() as db_session:
        return import_history(db_session, user.id, path)


def adds_up(report: ImportReport) -> bool:
    return report.rows == report.imported + report.duplicate + report.skipped.total() + report.failed


@pytest.fixture
def mixed_file(tmp_path: Path) -> Path:
    """Eight rows: two listens, a skip, one of them twice, a listen in the future, a clock not set, two broken rows."""
    return write_lines(
        tmp_path / "1.jsonl",
        [
            listen_line("Song", "Artist", WHEN),
            listen_line("Song", "Artist", WHEN + 300, duration=200, duration_played=9),
            "{broken",
            listen_line("Unknown", "Artist", WHEN + 600),
            listen_line("SONG", "artist", WHEN),
            listen_line("Song", "Artist", 4_000_000_000),
            listen_line("Song", "Artist", 5),
            listen_line("", "Artist", WHEN),
        ],
    )


def test_every_row_ends_somewhere_and_the_sums_match_the_file(database: Database, mixed_file: Path) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        track = add_track(db_session, "Song", "Artist").id
    report = imported(database, ada, mixed_file)
    assert adds_up(report)
    assert (report.rows, report.imported, report.duplicate, report.failed) == (8, 3, 1, 2)
    assert dict(report.skipped) == {"in_the_future": 1, "clock_not_set": 1}
    assert (report.listens, report.skips, report.matched) == (3, 1, 2)
    assert report.failures == ["1.jsonl line 3: not JSON", "1.jsonl line 8: no track_name"]
    with database.session() as db_session:
        assert (
            db_session.scalar(select(func.count()).select_from(Listen).where(Listen.track_id == track)) == 2
        )
        stored = db_session.scalars(select(HistoryImport)).one()
        assert stored.counts == report.to_json()


def test_reading_a_file_twice_adds_nothing(database: Database, mixed_file: Path) -> None:
    ada = add_listener(database)
    first, second = imported(database, ada, mixed_file), imported(database, ada, mixed_file)
    assert adds_up(second)
    assert (second.imported, second.duplicate) == (0, first.imported + first.duplicate)
    with database.session() as db_session:
        assert db_session.scalar(select(func.count()).select_from(Listen)) == 3
        assert db_session.scalar(select(func.count()).select_from(HistoryImport)) == 1


def test_a_file_of_more_than_one_batch_loses_no_row(database: Database, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "1.jsonl", (listen_line(f"Song {n}", "A", WHEN + n) for n in range(1_203)))
    report = imported(database, add_listener(database), path)
    assert (report.rows, report.imported) == (1_203, 1_203)


def test_scores_become_thumbs_by_the_key_the_listens_explain(database: Database, tmp_path: Path) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        track = add_track(db_session, "Song", "Artist").id
    line = listen_line("Song", "Artist", WHEN)
    line["track_metadata"]["recording_msid"] = MSID
    path = tmp_path / "listenbrainz_ada_1.zip"
    with zipfile.ZipFile(path, "w") as export:
        export.writestr(
            "feedback.jsonl",
            json.dumps({"recording_msid": MSID, "score": -1, "created": WHEN})
            + "\n"
            + json.dumps({"recording_msid": MSID[::-1].replace("-", "0"), "score": 1, "created": WHEN}),
        )
        export.writestr("listens/2023/11.jsonl", json.dumps(line))
    report = imported(database, ada, path)
    assert adds_up(report)
    assert (report.rows, report.imported, report.thumbs) == (3, 2, 1)
    assert dict(report.skipped) == {"thumb_on_unknown_track": 1}
    with database.session() as db_session:
        assert thumbs_in_force(db_session, ada.id) == {track: "down"}
        set_thumb(db_session, ada.id, track, "clear")
    again = imported(database, ada, path)
    assert (again.imported, again.duplicate) == (0, 2)
    with database.session() as db_session:
        assert thumbs_in_force(db_session, ada.id) == {}
        assert db_session.scalar(select(func.count()).select_from(Thumb)) == 2


def test_an_import_is_all_or_nothing(database: Database, tmp_path: Path) -> None:
    ada = add_listener(database)
    path = write_lines(tmp_path / "1.jsonl", (listen_line(f"Song {n}", "A", WHEN + n) for n in range(700)))

    def cut_short() -> None:
        with database.session() as db_session:
            import_history(db_session, ada.id, path)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        cut_short()
    with database.session() as db_session:
        assert db_session.scalar(select(func.count()).select_from(Listen)) == 0


def test_a_long_list_of_failures_is_cut_and_still_counted(database: Database, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "1.jsonl", [listen_line("Song", "A", WHEN), *["{"] * 250])
    report = imported(database, add_listener(database), path)
    assert (report.failed, len(report.failures)) == (250, 100)
    assert adds_up(report)


def test_a_preview_counts_and_stores_nothing(mixed_file: Path) -> None:
    preview = preview_history_file(mixed_file)
    assert (preview.rows, preview.listens, preview.skips, preview.failed) == (8, 5, 1, 2)
    assert preview.to_json()["by_year"] == {"2023": 4, "2096": 1}
    assert preview.skipped == {"clock_not_set": 1}


def test_a_clock_an_hour_ahead_is_still_believed(database: Database, tmp_path: Path) -> None:
    ada = add_listener(database)
    path = write_lines(tmp_path / "1.jsonl", [listen_line("Song", "A", WHEN)])
    with database.session() as db_session:
        report = import_history(db_session, ada.id, path, now=datetime.fromtimestamp(WHEN - 3_000, UTC))
    assert report.imported == 1


def test_what_is_no_history_file_is_refused(database: Database, tmp_path: Path) -> None:
    ada = add_listener(database)
    with pytest.raises(NotFound, match="no file"):
        imported(database, ada, tmp_path / "absent.zip")
    with pytest.raises(InvalidRequest, match="no listening history"):
        imported(database, ada, write_lines(tmp_path / "letter.txt", ["Dear Ada"]))
    with pytest.raises(InvalidRequest, match="no listening history"):
        imported(database, ada, write_lines(tmp_path / "empty.jsonl", []))
