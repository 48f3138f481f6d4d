from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.accounts.people import add_user
from service.operations.model_versions import register
from service.store.database import Database
from service.store.tables import Base, Composition, Listen, ModelVersion, ReviewDecision, Track, User

TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
NOT_PERSONAL = {
    "elsewhere_server",
    "emotion_calibration",
    "house_act",
    "library_folder",
    "login_failure",
    "scan_failure",
    "model_version",
}


def _follow(table: Table, path: str) -> Table:
    """The table that the last column of `path` refers to."""
    step, _, rest = path.partition(".")
    if not table.columns[step].foreign_keys:
        return table
    (key,) = table.columns[step].foreign_keys
    return _follow(key.column.table, rest) if rest else key.column.table


def test_a_table_that_does_not_say_whose_it_is_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="owner"):

        class Diary(Base):
            __tablename__ = "diary"
            id: Mapped[str] = mapped_column(primary_key=True)

    assert "diary" not in Base.metadata.tables


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_of_a_personal_table_names_its_owner(table: Table) -> None:
    owners = {column.info.get("owner") for column in table.columns}

    assert owners == {table.info["owner"]}
    assert (table.info["owner"] is None) == (table.name in NOT_PERSONAL)


@pytest.mark.parametrize(
    "table", [table for table in TABLES if table.name not in NOT_PERSONAL], ids=lambda table: table.name
)
def test_every_owner_leads_to_a_user(table: Table) -> None:
    assert _follow(table, table.info["owner"]) is User.__table__


def test_the_migrations_make_the_tables_the_code_describes(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Base.metadata) == []


def test_a_time_comes_back_in_utc_whatever_zone_it_was_given_in(database: Database) -> None:
    plus_five = timezone(timedelta(hours=5))
    with database.session() as db_session:
        user = add_user(db_session, "ann")
        user.created_at = datetime(2026, 3, 1, 2, 30, 0, 123456, tzinfo=plus_five)

    with database.session() as db_session:
        found = db_session.scalars(select(User.created_at)).one()

    assert found == datetime(2026, 2, 28, 21, 30, 0, 123456, tzinfo=UTC)
    assert found.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"), database.session() as db_session:
        db_session.add(User(name="ann", created_at=datetime(2026, 3, 1)))  # noqa: DTZ001 - what is tested


def _track(**values: Any) -> Track:
    facts: dict[str, Any] = {
        "origin": "catalogue",
        "path": b"/music/\xff\xfe.flac",
        "content_hash": "a" * 64,
        "size_bytes": 3_000_000_000,
        "modified_ns": 1_760_000_000_123_456_789,
        "duration_seconds": 61.5,
        "sample_rate": 44100,
        "channels": 2,
        "codec": "flac",
    }
    return Track(**facts | values)


def test_a_path_that_is_no_text_is_kept_byte_by_byte(database: Database) -> None:
    with database.session() as db_session:
        db_session.add(_track())

    with database.session() as db_session:
        track = db_session.scalars(select(Track)).one()

    assert track.path == b"/music/\xff\xfe.flac"
    assert track.display_path == "/music/\ufffd\ufffd.flac"
    assert track.modified_ns == 1_760_000_000_123_456_789


@pytest.mark.parametrize(
    "wrong",
    [
        [_track(origin="borrowed")],
        [_track(), _track(path=b"/other")],
        [_track(), _track(content_hash="b" * 64)],
        [_track(folder_id="0" * 26)],
    ],
    ids=["unknown origin", "same audio twice", "same path twice", "a folder that is not there"],
)
def test_the_database_itself_refuses_what_cannot_be(database: Database, wrong: list[Track]) -> None:
    copies = [_track(**{c.key: getattr(track, c.key) for c in Track.__table__.columns}) for track in wrong]

    with pytest.raises(IntegrityError), database.session() as db_session:
        db_session.add_all(copies)


def test_a_catalogue_track_has_no_owner(database: Database) -> None:
    with database.session() as db_session:
        user_id = add_user(db_session, "ann").id

    with pytest.raises(IntegrityError), database.session() as db_session:
        db_session.add(_track(owner_id=user_id))


def test_of_a_kind_one_model_at_most_is_promoted(database: Database) -> None:
    with database.session() as db_session:
        for letter in "ab":
            db_session.add(ModelVersion(kind="encoder", name="musicnn", sha256=letter * 64, promoted=False))

    with pytest.raises(IntegrityError), database.session() as db_session:
        db_session.execute(update(ModelVersion).values(promoted=True))


def test_the_same_listen_told_twice_is_one(database: Database) -> None:
    def listen(user_id: str) -> Listen:
        when = datetime(2026, 1, 1, tzinfo=UTC)
        return Listen(
            user_id=user_id, listened_at=when, source="test", title="t", artist="a", dedupe_key="2026|t|a"
        )

    with database.session() as db_session:
        ann, ben = add_user(db_session, "ann"), add_user(db_session, "ben")
        db_session.add_all([listen(ann.id), listen(ben.id)])

    with pytest.raises(IntegrityError), database.session() as db_session:
        db_session.add(listen(ann.id))


@pytest.fixture
def decided(database: Database) -> Database:
    """A store with one review decision."""
    with database.session() as db_session:
        composition = _composition(db_session)
        db_session.add(ReviewDecision(composition_id=composition.id, action="approve"))
    return database


def _composition(db_session: Session) -> Composition:
    model = register(db_session, "generator", "house", "a" * 64, {}, {})
    composition = Composition(
        user_id=add_user(db_session, "ann").id,
        state="held",
        seconds=60,
        seed=7,
        engine="house",
        model_version_id=model.id,
        dtype="float32",
        threads=2,
    )
    db_session.add(composition)
    db_session.flush()
    return composition


@pytest.mark.parametrize(
    "statement",
    [
        update(ReviewDecision).values(action="reject"),
        delete(ReviewDecision),
        delete(Composition),
        delete(User),
        text("INSERT OR REPLACE INTO review_decision SELECT * FROM review_decision"),
        text("TRUNCATE review_decision"),
    ],
    ids=["update", "delete", "its composition", "its listener", "replace", "truncate"],
)
def test_a_review_decision_is_never_changed_or_deleted(decided: Database, statement: Any) -> None:
    with pytest.raises(DBAPIError), decided.session() as db_session:
        db_session.execute(statement)

    with decided.session() as db_session:
        assert [decision.action for decision in db_session.scalars(select(ReviewDecision))] == ["approve"]
