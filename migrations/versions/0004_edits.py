"""Which composition another was made of, and how."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("composition", sa.Column("parent_id", sa.String(length=26), nullable=True))
    op.add_column("composition", sa.Column("edit", sa.JSON(), nullable=True))
