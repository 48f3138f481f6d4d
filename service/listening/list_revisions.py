"""The revision of a listener's list: raised in the same transaction as anything the list rests on."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.store.tables import User


def list_changed(db_session: Session, user_id: str) -> None:
    """What this listener is offered rests on something new: their list is made anew when it is next asked for."""
    db_session.execute(
        update(User).where(User.id == user_id).values(list_revision=User.list_revision + 1),
        execution_options={"synchronize_session": False},
    )


def all_lists_changed(db_session: Session) -> None:
    """As `list_changed`, for everybody: the catalogue changed."""
    db_session.execute(
        update(User).values(list_revision=User.list_revision + 1),
        execution_options={"synchronize_session": False},
    )
