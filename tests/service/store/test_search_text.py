import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from service.settings import Settings
from service.store.database import open_database
from service.store.migrating import SHIPPED_SCRIPTS
from service.store.search_text import album_text, folded, track_text


@pytest.mark.parametrize(
    ("written", "found_by"),
    [
        ("Björk", "bjork"),
        ("  Two\t spaces ", "two spaces"),
        ("STRASSE straße", "strasse strasse"),
        ("ﬁne", "fine"),
        ("日本", "日本"),
        (None, ""),
        ("x" * 1_000, "x" * 200),
    ],
)
def test_case_accents_and_spaces_make_no_difference(written: str | None, found_by: str) -> None:
    assert folded(written) == found_by


def test_an_album_is_known_by_whose_it_is() -> None:
    assert album_text("Hits", "Queen", "Queen & David") == album_text("hits", None, "QUEEN")
    assert album_text("Hits", None, "Abba") != album_text("Hits", None, "Queen")
    assert album_text(None, "Queen", "Queen") == album_text(" ", None, None) == ""


def test_a_track_sorts_by_title_before_artist() -> None:
    assert track_text("A", "z", None) < track_text("A b", "a", None) < track_text("b", None, None)


def test_tracks_of_an_older_store_are_found_and_sorted_too(
    new_store_settings: Settings, tmp_path: Path
) -> None:
    old_scripts = tmp_path / "scripts"
    shutil.copytree(
        SHIPPED_SCRIPTS,
        old_scripts,
        ignore=shutil.ignore_patterns("000[2-9]_*", "00[1-9][0-9]_*", "__pycache__"),
    )
    old = open_database(new_store_settings, scripts=old_scripts)
    with old.session() as db_session:
        db_session.execute(
            text(
                "INSERT INTO track (id, origin, path, content_hash, size_bytes, modified_ns, title, artist, album,"
                " duration_seconds, sample_rate, channels, codec, created_at, updated_at)"
                " VALUES (:id, 'catalogue', :path, 'a', 1, 1, 'Jóga', 'Björk', 'Homogenic', 1, 1, 1, 'mp3',"
                " '2026-01-01', '2026-01-01')"
            ),
            {"id": "0" * 26, "path": b"/a"},
        )
    old.close()

    database = open_database(new_store_settings)
    with database.session(read_only=True) as db_session:
        row = db_session.execute(text("SELECT track_text, artist_text, album_text FROM track")).one()
    database.close()

    assert tuple(row) == ("joga\nbjork\nhomogenic", "bjork", "homogenic\nbjork")
