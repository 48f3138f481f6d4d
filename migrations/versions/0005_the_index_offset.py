"""Which offset was taken out of a composition's vector."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("track_embedding", sa.Column("index_offset", sa.String(length=16), nullable=True))
