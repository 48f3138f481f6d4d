"""Who is erased takes the decisions about their pieces along, and their name from those they made; all others stay."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_REFUSAL = "a review decision is never changed or deleted"
_KEPT_COLUMNS = ("id", "composition_id", "action", "reason", "note", "undoes_id", "created_at")
_ITS_LISTENER_GOES = (
    "EXISTS (SELECT 1 FROM composition JOIN user_account ON user_account.id = composition.user_id "
    "WHERE composition.id = OLD.composition_id AND user_account.erased_at IS NOT NULL)"
)
_ITS_REVIEWER_GOES = "EXISTS (SELECT 1 FROM user_account WHERE user_account.id = OLD.reviewer_id AND user_account.erased_at IS NOT NULL)"


def upgrade() -> None:
    op.add_column("user_account", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        _on_postgresql()
    else:
        _on_sqlite()


def _on_sqlite() -> None:
    same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in _KEPT_COLUMNS)
    allowed = {
        "UPDATE": f"NEW.reviewer_id IS NULL AND {same} AND {_ITS_REVIEWER_GOES}",
        "DELETE": _ITS_LISTENER_GOES,
    }
    for event, condition in allowed.items():
        op.execute(f"DROP TRIGGER review_decision_no_{event.lower()}")
        op.execute(
            f"CREATE TRIGGER review_decision_no_{event.lower()} BEFORE {event} ON review_decision "
            f"WHEN NOT ({condition}) BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def _on_postgresql() -> None:
    same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in _KEPT_COLUMNS)
    op.execute("DROP TRIGGER review_decision_no_change ON review_decision")
    op.execute(
        "CREATE TRIGGER review_decision_no_truncate BEFORE TRUNCATE ON review_decision "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_review_decision_change()"
    )
    op.execute(
        "CREATE FUNCTION refuse_review_decision_change_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' AND {_ITS_LISTENER_GOES} THEN RETURN OLD; END IF; "
        f"IF TG_OP = 'UPDATE' AND NEW.reviewer_id IS NULL AND {same} AND {_ITS_REVIEWER_GOES} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER review_decision_no_change BEFORE UPDATE OR DELETE ON review_decision "
        "FOR EACH ROW EXECUTE FUNCTION refuse_review_decision_change_but_erasure()"
    )
