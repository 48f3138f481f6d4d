"""What owners do is written down; listeners can be turned away for a time, and have limits of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_REFUSAL = "house_act rows are never changed or deleted"


def upgrade() -> None:
    op.add_column("user_account", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user_account", sa.Column("daily_compositions", sa.Integer(), nullable=True))
    op.add_column("user_account", sa.Column("composed_megabytes", sa.Integer(), nullable=True))
    op.create_table(
        "house_act",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("actor_id", sa.String(length=26), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=26), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_act")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER house_act_no_{event.lower()} BEFORE {event} ON house_act "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION refuse_house_act_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER house_act_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON house_act "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_house_act_change()"
        )
