"""Other servers that take no salted token are sent the password, where the listener agreed; bookmarks that apps set."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "elsewhere_account",
        sa.Column("sends_password", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "bookmark",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("position_seconds", sa.Double(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_bookmark_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_bookmark_track_id_track"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "track_id", name=op.f("pk_bookmark")),
    )
    op.create_index(op.f("ix_bookmark_track_id"), "bookmark", ["track_id"])
