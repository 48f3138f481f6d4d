"""A password that somebody else gave is to be changed by the person it is for. Those that are in use stay as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_account",
        sa.Column("password_is_given", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
