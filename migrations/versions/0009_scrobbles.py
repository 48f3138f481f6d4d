"""What scrobblers tell besides listens."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heard_now",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("album", sa.Text(), nullable=True),
        sa.Column("track_seconds", sa.Double(), nullable=True),
        sa.Column("recording_mbid", sa.String(length=36), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_listener("heard_now"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_heard_now")),
    )
    op.create_table(
        "import_mark",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_listener("import_mark"),
        sa.PrimaryKeyConstraint("user_id", "service", name=op.f("pk_import_mark")),
    )
    op.create_table(
        "unmatched_thumb",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("recording_key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("recording_mbid", sa.String(length=36), nullable=True),
        sa.Column("value", sa.String(length=8), nullable=False),
        sa.Column("context", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value IN ('up', 'down')", name=op.f("ck_unmatched_thumb_value")),
        _of_a_listener("unmatched_thumb"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmatched_thumb")),
        sa.UniqueConstraint(
            "user_id", "recording_key", name=op.f("uq_unmatched_thumb_user_id_recording_key")
        ),
    )


def _of_a_listener(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["user_account.id"], name=op.f(f"fk_{table}_user_id_user_account"), ondelete="CASCADE"
    )
