import io
import json
import zipfile
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from service.accounts.own_data import WITHHELD, personal_tables, rows_kept
from service.listening.history_files.formats import open_history_file
from service.listening.history_files.rows import ListenRow, ReadingOptions
from service.store.tables import AppPassword, Listen, User
from tests.service.access_house import house_of
from tests.service.clients import client_of, parts_of

LISTEN = {
    "listened_at": "2026-11-22T20:15:00Z",
    "title": "Über <b>allem</b> 🎵",
    "artist": "A\u202eB",
    "album": "x" * 100_000,
    "played_seconds": 120.0,
    "track_seconds": 200.0,
}


def _archive(program: FlaskClient) -> zipfile.ZipFile:
    answer = program.get("/api/v1/me/export")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.data))


def _lines(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).decode().splitlines()]


def test_every_row_of_a_person_is_in_it_and_nobody_elses(web_app: APIFlask) -> None:
    house = house_of(web_app)
    parts = parts_of(web_app)
    archive = _archive(house.program("ada"))
    with parts.database.session(read_only=True) as db_session:
        users = {user.name: user.id for user in db_session.scalars(select(User))}
        kept = {table.name: count for table, count in rows_kept(db_session, users["ada"])}
    assert len(kept) > 10
    for table in personal_tables():
        assert len(_lines(archive, f"rows/{table.name}.jsonl")) == kept.get(table.name, 0), table.name
    everything = "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    assert users["ben"] not in everything
    assert users["rosa"] not in everything


def test_what_signs_in_as_somebody_is_left_out(web_app: APIFlask) -> None:
    house = house_of(web_app)
    archive = _archive(house.program("ada"))
    for table in personal_tables():
        assert not [row for row in _lines(archive, f"rows/{table.name}.jsonl") if WITHHELD & row.keys()]
    with parts_of(web_app).database.session(read_only=True) as db_session:
        fingerprints = list(db_session.scalars(select(AppPassword.secret_fingerprint)))
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert fingerprints
    assert not [each for each in fingerprints if each.encode() in everything]


def test_what_was_composed_is_in_it_as_files(web_app: APIFlask) -> None:
    house = house_of(web_app)
    archive = _archive(house.program("ada"))
    folder = f"compositions/{house.ids['composition_id']}"
    assert archive.read(f"{folder}/sound.flac").startswith(b"fLaC")
    assert archive.read(f"{folder}/notes.mid") == b"notes"


@pytest.mark.parametrize("name", ["its own archive", "its listens alone"])
def test_the_listens_are_read_in_again(web_app: APIFlask, tmp_path: Any, name: str) -> None:
    program = client_of(web_app, "ada")
    assert program.post("/api/v1/listens", json=LISTEN | {"album": "An album"}).status_code == 201
    archive = _archive(program)
    (listens,) = [entry for entry in archive.namelist() if entry.startswith("listens/")]
    path = tmp_path / ("history.zip" if "archive" in name else "listens.jsonl")
    path.write_bytes(archive.fp.getvalue() if "archive" in name else archive.read(listens))  # type: ignore[union-attr]  # it is the buffer
    with open_history_file(path, path.name) as file:
        rows = [row for row in file.read(ReadingOptions()) if isinstance(row, ListenRow)]
    with parts_of(web_app).database.session(read_only=True) as db_session:
        kept = db_session.scalars(select(Listen)).one()
    assert [(row.event.title, row.event.artist, row.event.listened_at) for row in rows] == [
        (kept.title, kept.artist, kept.listened_at)
    ]
    assert rows[0].event.played_seconds == 120.0
