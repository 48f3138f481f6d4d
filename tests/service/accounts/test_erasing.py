from pathlib import Path

import numpy as np
import pytest
from apiflask import APIFlask
from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError

from service.accounts.erasing import erase, remove_erased
from service.accounts.own_data import is_theirs, personal_tables
from service.accounts.people import find_user_or_none
from service.compositions.review import decide
from service.errors import Conflict
from service.http.parts import WebParts
from service.library.covers import cover_bytes
from service.library.waveforms import peaks
from service.listening.emotions import calibration_of, correct_emotion
from service.listening.imports import upload_path
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Base, Composition, EmotionCalibration, Job, ReviewDecision, Track, User
from tests.service.access_house import house_of
from tests.service.clients import client_of, listener, parts_of
from tests.service.compositions.held_pieces import keep_piece
from tests.service.small_library import add_sounding_tracks, blob_encoder


def _erase(database: Database, settings: Settings, name: str) -> None:
    with database.session() as db_session:
        user = find_user_or_none(db_session, name)
        assert user is not None
        files = erase(db_session, settings, user.id, typed_name=name)
    remove_erased(files)


def _cells_with(parts: WebParts, wanted: str) -> list[str]:
    """Where in the whole store this text stands, alone or within JSON."""
    found = []
    with parts.database.session(read_only=True) as db_session:
        for table in Base.metadata.sorted_tables:
            for row in db_session.execute(select(table)):
                found += [
                    f"{table.name}.{name}" for name, value in row._asdict().items() if wanted in str(value)
                ]
    return found


def _rows(parts: WebParts, table: Table, user_id: str) -> int:
    with parts.database.session(read_only=True) as db_session:
        return len(db_session.execute(select(table).where(is_theirs(table, user_id))).all())


def _user_id(parts: WebParts, name: str) -> str:
    with parts.database.session(read_only=True) as db_session:
        user = find_user_or_none(db_session, name)
        assert user is not None
        return user.id


def test_no_table_has_a_row_of_who_was_erased(web_app: APIFlask) -> None:
    parts, house = parts_of(web_app), house_of(web_app)
    ada, ben = _user_id(parts, "ada"), _user_id(parts, "ben")
    before = {table.name: _rows(parts, table, ben) for table in personal_tables()}
    assert sum(_rows(parts, table, ada) > 0 for table in personal_tables()) > 10

    _erase(parts.database, parts.settings, "ada")

    assert [table.name for table in personal_tables() if _rows(parts, table, ada)] == []
    assert _cells_with(parts, ada) == []
    assert _cells_with(parts, house.ids["composition_id"]) == []
    assert {table.name: _rows(parts, table, ben) for table in personal_tables()} == before


def test_no_file_of_theirs_stays(web_app: APIFlask) -> None:
    parts = parts_of(web_app)
    settings = parts.settings
    with parts.database.session() as db_session:
        ada, ben = listener(db_session, "ada"), listener(db_session, "ben")
    pieces = {
        user.name: keep_piece(parts.database, settings, user.id, title=user.name, listed=True)
        for user in (ada, ben)
    }
    with parts.database.session(read_only=True) as db_session:
        tracks = {
            name: db_session.scalars(select(Track).where(Track.owner_id == user.id)).one()
            for name, user in (("ada", ada), ("ben", ben))
        }
    for track in tracks.values():
        cover_bytes(settings, track, 96)
        peaks(settings, track)
    import_id = (
        client_of(web_app, "ada").post("/api/v1/imports", data={"file": _history(settings)}).json["id"]
    )
    assert upload_path(settings, import_id).is_file()
    before = _files(settings)
    bens = {path for path in before if pieces["ben"] in str(path)}

    _erase(parts.database, settings, "ada")

    gone = before - _files(settings)
    assert not [path for path in _files(settings) if pieces["ada"] in str(path) or import_id in str(path)]
    assert not [path for path in _files(settings) if tracks["ada"].content_hash in path.name]
    assert len([path for path in gone if "covers" in path.parts]) == 1
    assert bens <= _files(settings)
    assert len([path for path in _files(settings) if "covers" in path.parts]) == 1


def _history(settings: Settings) -> tuple[object, str]:
    path = settings.scratch_dir / "history.json"
    path.write_text('[{"endTime": "2026-11-22 20:15", "artistName": "A", "trackName": "S", "msPlayed": 1}]')
    return path.open("rb"), "history.json"


def _files(settings: Settings) -> set[Path]:
    folders = (settings.media_dir, settings.cache_dir, settings.uploads_dir)
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def test_a_decision_goes_with_its_piece_and_loses_the_name_of_a_reviewer_who_goes(
    database: Database, store_settings: Settings
) -> None:
    with database.session() as db_session:
        rosa, ada, ben = (listener(db_session, name, owner=name != "ben") for name in ("rosa", "ada", "ben"))
    bens = keep_piece(database, store_settings, ben.id, title="Ben's")
    adas = keep_piece(database, store_settings, ada.id, title="Ada's")
    with database.session() as db_session:
        decide(db_session, store_settings, ada.id, bens, "reject", "copy")
        decide(db_session, store_settings, rosa.id, adas, "reject", "copy")

    _erase(database, store_settings, "ada")

    with database.session(read_only=True) as db_session:
        left = db_session.scalars(select(ReviewDecision)).all()
        assert [(each.composition_id, each.reviewer_id, each.action) for each in left] == [
            (bens, None, "reject")
        ]
    with pytest.raises(DBAPIError), database.session() as db_session:
        db_session.get_one(ReviewDecision, left[0].id).reason = "other"


def test_what_a_reviewer_holds_is_free_again(web_app: APIFlask) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        rosa, ada = (listener(db_session, name, owner=True) for name in ("rosa", "ada"))
    piece = keep_piece(parts.database, parts.settings, rosa.id)
    assert client_of(web_app, "ada").post(f"/api/v1/admin/review/{piece}/claim").status_code == 200

    _erase(parts.database, parts.settings, "ada")

    with parts.database.session(read_only=True) as db_session:
        assert db_session.get_one(Composition, piece).claimed_by_id is None
    assert ada.id not in str(_cells_with(parts, ada.id))


def test_the_house_hears_as_if_they_had_never_corrected_it(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    with database.session() as db_session:
        listener(db_session, "rosa", owner=True)
        ada, ben = listener(db_session, "ada"), listener(db_session, "ben")
        tracks = add_sounding_tracks(db_session, "piano", 3, rng)
        encoder = blob_encoder(db_session)
        encoder.promoted = True
        db_session.flush()
        correct_emotion(db_session, ben.id, tracks[0].id, valence=0.8, arousal=None)
        without_ada = calibration_of(db_session, encoder.id)
        correct_emotion(db_session, ada.id, tracks[1].id, valence=-0.9, arousal=0.9)
        assert calibration_of(db_session, encoder.id) != without_ada

    _erase(database, store_settings, "ada")

    with database.session(read_only=True) as db_session:
        assert calibration_of(db_session, encoder.id) == without_ada
    _erase(database, store_settings, "ben")
    with database.session(read_only=True) as db_session:
        assert db_session.scalars(select(EmotionCalibration)).all() == []


def test_what_was_learnt_from_their_plays_and_the_index_are_made_anew(web_app: APIFlask) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        listener(db_session, "rosa", owner=True)
        ada = listener(db_session, "ada")
    keep_piece(parts.database, parts.settings, ada.id, listed=True)
    told = {"listened_at": "2026-11-22T20:15:00Z", "title": "Song", "artist": "Artist"}
    assert client_of(web_app, "ada").post("/api/v1/listens", json=told).status_code == 201

    _erase(parts.database, parts.settings, "ada")

    with parts.database.session(read_only=True) as db_session:
        assert {"rebuild_index", "train_ranker"} <= set(db_session.scalars(select(Job.kind)))


def test_nobody_is_erased_by_a_slip(web_app: APIFlask) -> None:
    program = client_of(web_app, "ada")
    for typed in ("Ada", "ben", " ada"):
        answer = program.delete("/api/v1/me", json={"name": typed})
        assert (answer.status_code, answer.json["code"]) == (409, "name_not_typed")
    assert program.get("/api/v1/me").status_code == 200

    assert program.delete("/api/v1/me", json={"name": "ada"}).status_code == 204
    assert program.get("/api/v1/me").status_code == 401


def test_the_only_owner_of_a_house_in_which_others_live_stays(
    database: Database, store_settings: Settings
) -> None:
    with database.session() as db_session:
        rosa = listener(db_session, "rosa", owner=True)
        ada = listener(db_session, "ada")
    with pytest.raises(Conflict, match="only owner") as refused, database.session() as db_session:
        erase(db_session, store_settings, rosa.id, typed_name="rosa")
    assert refused.value.code == "last_owner"
    with pytest.raises(Conflict, match="Type the name"), database.session() as db_session:
        erase(db_session, store_settings, ada.id, typed_name="rosa")

    _erase(database, store_settings, "ada")
    _erase(database, store_settings, "rosa")

    with database.session(read_only=True) as db_session:
        assert db_session.scalars(select(User)).all() == []
