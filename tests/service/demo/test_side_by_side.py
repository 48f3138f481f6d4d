from pathlib import Path

import pytest

from service.demo.side_by_side import process_count, run_side_by_side
from service.errors import NotFound
from service.operations.job_requests import scan_library
from service.settings import Settings
from service.store.database import open_database


def test_the_results_come_in_the_order_of_the_requests(sqlite_settings: Settings, tmp_path: Path) -> None:
    open_database(sqlite_settings).close()
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    told: list[tuple[float, str]] = []
    results = run_side_by_side(
        sqlite_settings,
        [scan_library(folder) for folder in folders],
        lambda share, words: told.append((share, words)),
    )
    assert [result["folder"] for result in results] == [str(folder) for folder in folders]
    assert [share for share, _ in told] == [0.5, 1.0]
    assert [words for _, words in told] == ["1 of 2", "2 of 2"]


def test_what_a_job_raises_is_raised_with_its_code(sqlite_settings: Settings, tmp_path: Path) -> None:
    open_database(sqlite_settings).close()
    with pytest.raises(NotFound) as raised:
        run_side_by_side(sqlite_settings, [scan_library(tmp_path / "nowhere")], lambda _share, _words: None)
    assert raised.value.code == "folder_not_found"


def test_nothing_to_do_starts_nothing(sqlite_settings: Settings) -> None:
    assert run_side_by_side(sqlite_settings, [], lambda _share, _words: None) == []


def test_there_are_no_more_processes_than_threads_or_jobs(sqlite_settings: Settings) -> None:
    two = sqlite_settings.model_copy(update={"threads": 2})
    many = sqlite_settings.model_copy(update={"threads": 64})
    assert process_count(two, 9) == 2
    assert process_count(many, 3) == 3
    assert process_count(many, 99) == 4
    assert process_count(two, 0) == 1
