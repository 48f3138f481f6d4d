from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.library.folders import add_folder, list_folders
from service.store.database import Database
from service.store.tables import utc_now
from tests.service.small_library import add_track


def shown(db_session: Session) -> dict[str, int]:
    return {folder.path.decode(): tracks for folder, tracks in list_folders(db_session)}


def test_folders_are_listed_with_the_tracks_that_are_there(database: Database, tmp_path: Path) -> None:
    with database.session() as db_session:
        folder = add_folder(db_session, str(tmp_path))
        add_track(db_session, "here", folder_id=folder.id)
        add_track(db_session, "gone", folder_id=folder.id, missing_since=utc_now())
        assert shown(db_session) == {str(tmp_path): 1}


def test_a_folder_within_one_that_is_there_is_that_one(database: Database, tmp_path: Path) -> None:
    (tmp_path / "within").mkdir()
    with database.session() as db_session:
        folder = add_folder(db_session, str(tmp_path))
        assert add_folder(db_session, str(tmp_path / "within")).id == folder.id


@pytest.mark.parametrize("path", ["/no/such/folder", "music", "", "/etc/passwd", "/a\0b"])
def test_what_is_no_folder_is_not_added(database: Database, path: str) -> None:
    with pytest.raises(NotFound), database.session() as db_session:
        add_folder(db_session, path)
