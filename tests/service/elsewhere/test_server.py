from pathlib import Path

import pytest

from service.elsewhere.server import find_server, forget_server, name_server
from service.errors import InvalidRequest, NotFound
from service.store.database import Database
from service.store.tables import LibraryFolder


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://music.example", "https://music.example"),
        ("https://music.example:443/", "https://music.example"),
        ("http://192.168.1.5:4533/rest/", "http://192.168.1.5:4533"),
        ("http://[::1]:4533/navidrome", "http://[::1]:4533/navidrome"),
        ("HTTPS://Music.Example/navidrome/rest", "https://music.example/navidrome"),
    ],
)
def test_an_address_is_kept_without_what_apps_add(database: Database, typed: str, kept: str) -> None:
    with database.session() as db_session:
        assert name_server(db_session, typed).url == kept


def test_there_is_one_server_at_most(database: Database) -> None:
    with database.session() as db_session:
        first = name_server(db_session, "http://one.example")
        assert name_server(db_session, "http://one.example/").id == first.id
        second = name_server(db_session, "http://two.example")
        found = find_server(db_session)
        assert found is not None
        assert found.id == second.id
        forget_server(db_session)
        forget_server(db_session)
        assert find_server(db_session) is None


def test_pieces_are_put_into_a_folder_that_is_here_and_not_scanned(
    database: Database, tmp_path: Path
) -> None:
    music, watched = tmp_path / "music", tmp_path / "watched"
    for folder in (music / "artist", watched):
        folder.mkdir(parents=True)
    with database.session() as db_session:
        db_session.add(LibraryFolder(path=bytes(music)))
        assert name_server(db_session, "http://one.example", str(watched)).folder == bytes(watched)
        for scanned in (music, music / "artist", tmp_path):
            with pytest.raises(InvalidRequest) as refused:
                name_server(db_session, "http://one.example", str(scanned))
            assert refused.value.code == "folder_in_library"
        for absent in ("watched", str(tmp_path / "absent"), "\0", "~nobody-of-that-name/music"):
            with pytest.raises(NotFound) as gone:
                name_server(db_session, "http://one.example", absent)
            assert gone.value.code == "no_such_folder"
