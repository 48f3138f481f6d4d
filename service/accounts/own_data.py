"""Which rows of the store are one person's: every table says so itself."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import Session

from service.store.tables import Base

# What signs in as somebody, in whatever form it is kept, and who else had to do with it.
WITHHELD = frozenset(
    {
        "password_hash",
        "token_sha256",
        "secret_encrypted",
        "secret_fingerprint",
        "reviewer_id",
        "claimed_by_id",
    }
)


def personal_tables() -> list[Table]:
    """The tables that hold anything of anybody's, by name."""
    tables = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    return [table for table in tables if table.info["owner"] is not None]


def is_theirs(table: Table, user_id: str) -> ColumnElement[bool]:
    """The condition on a personal table's row that it is this person's."""
    return _leads_to(table, table.info["owner"], user_id)


def described(table: Table) -> str:
    """What one row of the table is, in a sentence."""
    mapped = next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table)
    return (mapped.__doc__ or table.name).split("\n", 1)[0].replace("``", "")


def rows_kept(db_session: Session, user_id: str) -> Iterator[tuple[Table, int]]:
    """How many rows of each personal table are this person's; tables without any are left out."""
    for table in personal_tables():
        count = db_session.scalar(select(func.count()).select_from(table).where(is_theirs(table, user_id)))
        if count:
            yield table, count


def media_paths_in(paths: Any) -> Iterator[str]:
    """All paths in what a composition's row says of its files: stems and layers have names of their own below theirs."""
    if isinstance(paths, str):
        yield paths
    else:
        for each in paths.values() if isinstance(paths, dict) else paths:
            yield from media_paths_in(each)


def _leads_to(table: Table, path: str, user_id: str) -> ColumnElement[bool]:
    step, _, rest = path.partition(".")
    if not rest:
        return table.c[step] == user_id
    (key,) = table.c[step].foreign_keys
    return table.c[step].in_(select(key.column).where(_leads_to(key.column.table, rest, user_id)))
