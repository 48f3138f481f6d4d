from collections.abc import Callable

import pytest

from service.demo import lay_out_music
from service.demo.folder import package_folder
from service.settings import Settings
from service.store.database import open_database
from tests.service.demo.inline import done


@pytest.fixture(autouse=True)
def demo_extra(require: Callable[[str], None]) -> None:
    require("demo")


def test_what_is_missing_is_laid_out_and_the_rest_left_alone(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    first, *_, last = lay_out_music.missing_tracks(sqlite_settings)
    kept = package_folder(sqlite_settings) / first.file_name
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"there before")

    assert done(database, sqlite_settings, lay_out_music.request()) == {"last_file": last.file_name}

    assert not lay_out_music.missing_tracks(sqlite_settings)
    assert kept.read_bytes() == b"there before"
    assert done(database, sqlite_settings, lay_out_music.request()) == {}
    database.close()
