import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.cli import main
from service.settings import Settings
from service.store.database import Database, open_database
from tests.service.small_library import (
    add_composed,
    add_listener,
    add_sounding_tracks,
    listen_line,
    publish,
    write_lines,
)

WHEN = 1_700_000_000


class House:
    """ada's store with 12 tracks each of piano and metal and one composed track, and the command on it."""

    def __init__(self, database: Database, settings: Settings, rng: np.random.Generator) -> None:
        ada = add_listener(database, "ada")
        with database.session() as db_session:
            for sound in ("piano", "metal"):
                add_sounding_tracks(db_session, sound, 12, rng)
            add_composed(db_session, ada, "made for ada", "piano", rng)
        publish(database, settings)
        self.data_dir = settings.data_dir

    def run(self, *arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["--data-dir", str(self.data_dir), *arguments])
        return int(ended.value.code or 0)


@pytest.fixture
def house(sqlite_settings: Settings, rng: np.random.Generator) -> Iterator[House]:
    database = open_database(sqlite_settings)
    yield House(database, sqlite_settings, rng)
    database.close()


@pytest.fixture
def history_file(tmp_path: Path) -> Path:
    rows: list[dict[str, Any] | str] = [
        listen_line(f"{sound} {index}", f"{sound} artist {index // 2}", WHEN + hour * 3600 + index * 240)
        for sound, hour in (("piano", 0), ("metal", 11))
        for index in range(7)
    ]
    return write_lines(tmp_path / "11.jsonl", [*rows, "{broken"])


def test_history_taste_recommend_and_thumb_work_together(
    house: House, history_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(*arguments: str) -> Any:
        assert house.run(*arguments, "--json") == 0
        return json.loads(capsys.readouterr().out)

    report = answer("history", "import", str(history_file), "--user", "ada")
    assert (report["rows"], report["imported"], report["failed"]) == (15, 14, 1)
    assert report["failures"] == ["11.jsonl line 15: not JSON"]

    clusters = answer("taste", "ada")["clusters"]
    assert [cluster["position"] for cluster in clusters] == [0, 1]
    assert {cluster["words"].split()[-1] for cluster in clusters} == {"piano", "metal"}
    assert all(len(cluster["hour_profile"]) == 24 for cluster in clusters)

    listed = answer("recommend", "ada", "-n", "10")["recommendations"]
    assert len(listed) == 10
    assert {item["origin"] for item in listed} == {"catalogue", "composed"}
    assert all(item["reason"] for item in listed)

    title = next(item["title"] for item in listed if item["origin"] == "catalogue")
    assert answer("thumb", "ada", title, "down")["changed"]
    assert title not in [item["title"] for item in answer("recommend", "ada", "-n", "10")["recommendations"]]
    assert answer("thumb", "ada", title.upper(), "clear")["changed"]
    assert answer("recommend", "ada", "-n", "10")["recommendations"] == listed


def test_the_commands_speak_plainly(
    house: House, history_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert house.run("history", "import", str(history_file), "--user", "ada", "--preview") == 0
    assert (
        "15 rows: 14 listens (0 of them skips), 0 thumbs, 0 to be skipped, 1 unreadable."
        in capsys.readouterr().out
    )
    assert house.run("taste", "ada") == 0
    assert "ada has played nothing of this library yet." in capsys.readouterr().out
    assert house.run("recommend", "ada") == 0
    assert "No plays yet: a varied start" in capsys.readouterr().out
    assert house.run("history", "import", str(history_file), "--user", "ada") == 0
    assert "14 imported, 0 duplicate, 0 skipped, 1 failed" in capsys.readouterr().out
    assert house.run("taste", "ada") == 0
    assert "most typical: " in capsys.readouterr().out
    assert house.run("thumb", "ada", "made for ada", "up") == 0
    assert house.run("thumb", "ada", "made for ada", "up") == 0
    assert "Nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("taste", "nobody"), "no_such_listener"),
        (("recommend", "nobody"), "no_such_listener"),
        (("recommend", "ada", "-n", "0"), "places_out_of_range"),
        (("thumb", "ada", "no such title", "up"), "unknown_track"),
        (("history", "import", "absent.zip", "--user", "ada"), "no_such_file"),
        (("history", "import", "absent.zip", "--user", "nobody"), "no_such_listener"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_stable_code(
    arguments: tuple[str, ...], code: str, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert house.run(*arguments, "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


def test_an_import_is_listed_and_undone_and_what_is_missing_is_told(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_lines(tmp_path / "1.jsonl", [listen_line("Elsewhere", "Artist One", WHEN)])
    assert house.run("history", "import", str(path), "--user", "ada") == 0
    capsys.readouterr()
    assert house.run("history", "unmatched", "--user", "ada") == 0
    assert "1  Artist One: Elsewhere" in capsys.readouterr().out
    assert house.run("history", "list", "--user", "ada", "--json") == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["file_name"], listed["imported"], listed["state"]) == ("1.jsonl", 1, "done")
    assert house.run("history", "undo", listed["id"], "--user", "ada") == 0
    capsys.readouterr()
    assert house.run("history", "unmatched", "--user", "ada") == 0
    assert "The library has all of it." in capsys.readouterr().out
    assert list((house.data_dir / "uploads").iterdir()) == []


def test_times_without_a_zone_are_asked_about_and_nothing_is_kept_meanwhile(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ".scrobbler.log"
    path.write_text(
        f"#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\nArtist One\t\tSong\t\t200\tL\t{WHEN}\t\n", encoding="utf-8"
    )
    assert house.run("history", "import", str(path), "--user", "ada", "--preview") == 0
    assert "--time-zone" in capsys.readouterr().out
    assert house.run("history", "import", str(path), "--user", "ada") != 0
    assert "Europe/Berlin" in capsys.readouterr().err
    assert list((house.data_dir / "uploads").iterdir()) == []
    assert house.run("history", "import", str(path), "--user", "ada", "--time-zone", "Asia/Tokyo") == 0
    assert "1 imported" in capsys.readouterr().out
