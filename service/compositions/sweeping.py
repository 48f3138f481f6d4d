"""Files that nothing refers to, removed."""

import shutil
import time
from pathlib import Path

from sqlalchemy import select

from service.compositions.keeping import FOLDER
from service.store.database import Database
from service.store.tables import Composition

UNTOUCHED_SECONDS = 3600.0
"""Younger folders may belong to a composition whose rows are about to be written."""


def sweep_unreferenced(db: Database, media_dir: Path, *, untouched_seconds: float = UNTOUCHED_SECONDS) -> int:
    """Remove the folders of compositions that are gone and that nobody touched lately; return how many.

    Those are what no row names, as after a crash, and what was thrown away or not kept any longer.
    """
    folders = [path for path in sorted((media_dir / FOLDER).glob("*")) if path.is_dir()]
    # The rows are read after the folders: one that is written in between is found to be named.
    with db.session(read_only=True) as db_session:
        named = set(db_session.scalars(select(Composition.id).where(Composition.expired_at.is_(None))))
    now = time.time()
    removed = 0
    for folder in folders:
        if folder.name not in named and now - folder.stat().st_mtime >= untouched_seconds:
            shutil.rmtree(folder)
            removed += 1
    return removed
