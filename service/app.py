"""The one place where the parts are put together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.settings import Settings, load_settings
from service.store.database import Database, open_database


@dataclass(frozen=True)
class App:
    """What commands and entrances work with."""

    settings: Settings
    database: Database


@contextmanager
def open_app(*, data_dir: Path | None = None) -> Iterator[App]:
    """Read the settings and open the store, for as long as the block runs.

    ``data_dir`` wins over the environment. Raises what ``load_settings`` and ``open_database`` raise.
    """
    settings = load_settings(data_dir=data_dir)
    database = open_database(settings)
    try:
        yield App(settings, database)
    finally:
        database.close()
