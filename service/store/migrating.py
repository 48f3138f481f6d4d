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

SHIPPED_SCRIPTS = Path(migrations.__file__).parent


@functools.cache
def _known_revisions(scripts: Path) -> tuple[str, ...]:
    return tuple(script.revision for script in ScriptDirectory(str(scripts)).walk_revisions())


def newest_revision(scripts: Path) -> str:
    """The revision these scripts lead to."""
    return _known_revisions(scripts)[0]


def revision_of(connection: Connection, scripts: Path) -> str | None:
    """The store's revision; None for a store without tables.

    Raises StoreTooNew for a revision the scripts do not know.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in _known_revisions(scripts):
        raise StoreTooNew(
            f"The store was written by a newer version of Homespun (revision {revision}, this one knows up to "
            f"{newest_revision(scripts)}); install that version or name another data folder."
        )
    return revision


def migrate(connection: Connection, scripts: Path) -> None:
    """Bring the tables up to the newest revision, inside the caller's transaction."""
    config = Config()
    # Alembic reads % in option values as interpolation.
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
