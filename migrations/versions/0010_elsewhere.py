"""Beside another server, and what leaves the house."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "egress_request",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feature", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sent_bytes", sa.Integer(), nullable=False),
        sa.Column("received_bytes", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        _reference("egress_request", "user_id", "user_account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_egress_request")),
    )
    op.create_index(op.f("ix_egress_request_created_at"), "egress_request", ["created_at"])
    op.create_index(op.f("ix_egress_request_user_id"), "egress_request", ["user_id"])
    op.create_table(
        "elsewhere_server",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("folder", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elsewhere_server")),
    )
    op.create_table(
        "elsewhere_account",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("server_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("password_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("with_pieces", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_id", sa.String(length=26), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        _reference("elsewhere_account", "user_id", "user_account"),
        _reference("elsewhere_account", "server_id", "elsewhere_server"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elsewhere_account")),
        sa.UniqueConstraint("user_id", name=op.f("uq_elsewhere_account_user_id")),
    )
    op.create_index(op.f("ix_elsewhere_account_server_id"), "elsewhere_account", ["server_id"])
    op.create_table(
        "elsewhere_playlist",
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("playlist_id", sa.String(length=64), nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        _reference("elsewhere_playlist", "account_id", "elsewhere_account"),
        sa.PrimaryKeyConstraint("account_id", "playlist_id", name=op.f("pk_elsewhere_playlist")),
    )
    op.create_table(
        "elsewhere_count",
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("plays", sa.Integer(), nullable=False),
        sa.Column("last_played_at", sa.DateTime(timezone=True), nullable=False),
        _reference("elsewhere_count", "account_id", "elsewhere_account"),
        _reference("elsewhere_count", "track_id", "track"),
        sa.PrimaryKeyConstraint("account_id", "track_id", name=op.f("pk_elsewhere_count")),
    )
    op.create_index(op.f("ix_elsewhere_count_track_id"), "elsewhere_count", ["track_id"])


def _reference(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"), ondelete=ondelete
    )
