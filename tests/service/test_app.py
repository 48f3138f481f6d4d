from pathlib import Path

from sqlalchemy import select

from service.accounts.people import add_user
from service.app import open_app
from service.store.tables import User


def test_what_was_written_is_there_when_the_app_is_opened_again(tmp_path: Path) -> None:
    with open_app(data_dir=tmp_path) as app, app.database.session() as db_session:
        add_user(db_session, "ann")

    with open_app(data_dir=tmp_path) as app, app.database.session(read_only=True) as db_session:
        assert db_session.scalars(select(User.name)).all() == ["ann"]
