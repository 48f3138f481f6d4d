"""What all tables share: naming, owners, identifiers, times."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator

from service.store.ids import new_id

Json = JSON(none_as_null=True)
Id = String(26)


def utc_now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept in UTC; takes and gives timezone-aware datetimes only."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        if value is None:
            return None
        # SQLite has no zones: what it gives back is the UTC that was put in.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table says whose its rows are, or that they are nobody's: ``class Thumb(Base, owner="user_id")``.

    ``owner`` names the column that holds the user's id, directly or through a foreign key
    (``"cluster_id.user_id"``). It is written into ``info["owner"]`` of each column, from which export and erasure
    are derived; ``owner=None`` marks a table without anything personal. Leaving it out is a TypeError.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    def __init_subclass__(cls, *, owner: str | None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        table = cls.metadata.tables[cls.__tablename__]
        table.info["owner"] = owner
        if owner is not None:
            for column in table.columns:
                column.info["owner"] = owner


def id_column() -> MappedColumn[str]:
    """The primary key: a ULID made when the row is."""
    return mapped_column(Id, primary_key=True, default=new_id)


def created_at_column(*, index: bool = False) -> MappedColumn[datetime]:
    """When the row was made."""
    return mapped_column(UtcDateTime, default=utc_now, index=index)


def one_of(column: str, *values: str) -> CheckConstraint:
    """The column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)
