"""Whether the store can be asked anything at present."""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from service.errors import HomespunError
from service.store.database import Database


def is_answering(database: Database) -> bool:
    """Whether a question to the store is answered."""
    try:
        with database.session(read_only=True) as db_session:
            db_session.execute(text("SELECT 1 FROM user_account LIMIT 1"))
    except (SQLAlchemyError, HomespunError):
        return False
    return True
