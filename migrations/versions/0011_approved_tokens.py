"""Tokens by which apps wait to be let in."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approved_token",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("app_password_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["app_password_id"],
            ["app_password.id"],
            name=op.f("fk_approved_token_app_password_id_app_password"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_approved_token")),
    )
    op.create_index(op.f("ix_approved_token_app_password_id"), "approved_token", ["app_password_id"])
    op.create_index(op.f("ix_approved_token_created_at"), "approved_token", ["created_at"])
