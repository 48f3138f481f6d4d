"""Bringing a store's tables up to this version of the code."""

import functools
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import migrations
from service.errors import StoreTooNew

_SCRIPTS = Path(migrations.__file__).parent


@functools.cache
def _known_revisions() -> tuple[str, ...]:
    scripts = ScriptDirectory(str(_SCRIPTS))
    return tuple(script.revision for script in scripts.walk_revisions())


def newest_revision() -> str:
    """The revision this version of the code works with."""
    return _known_revisions()[0]


def revision_of(connection: Connection) -> str | None:
    """The store's revision; None for a store without tables.

    Raises StoreTooNew for a revision this version of the code does not know.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in _known_revisions():
        raise StoreTooNew(
            f"The store was written by a newer version of Homespun (revision {revision}, this one knows up to "
            f"{newest_revision()}); install that version or name another data folder."
        )
    return revision


def migrate(connection: Connection) -> None:
    """Bring the tables up to the newest revision, inside the caller's transaction."""
    config = Config()
    # Alembic reads % in option values as interpolation.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
