"""History files that wait for their listener's word, what came in with them, and how sure a match is."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "history_import", sa.Column("state", sa.String(length=16), server_default="done", nullable=False)
    )
    op.add_column("history_import", sa.Column("preview", sa.JSON(), nullable=True))
    op.add_column("history_import", sa.Column("options", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("history_import", sa.Column("job_id", sa.String(length=26), nullable=True))
    op.add_column("history_import", sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("listen", sa.Column("match_confidence", sa.Double(), nullable=True))
    # SQLite makes the table anew for a foreign key.
    with op.batch_alter_table("thumb") as thumb:
        thumb.add_column(sa.Column("import_id", sa.String(length=26), nullable=True))
        thumb.create_foreign_key(
            op.f("fk_thumb_import_id_history_import"),
            "history_import",
            ["import_id"],
            ["id"],
            ondelete="CASCADE",
        )
    op.create_index(op.f("ix_thumb_import_id"), "thumb", ["import_id"])
