"""What is never to be offered, tastes that were made one, tastes as they were, and how much of a list is known already."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_account", sa.Column("familiar_share", sa.Double(), server_default="0.5", nullable=False)
    )
    op.add_column("model_version", sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE model_version SET promoted_at = created_at WHERE promoted")
    _create_mute()
    _create_merge()
    _create_snapshot()


def _create_mute() -> None:
    op.create_table(
        "mute",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scope IN ('track', 'artist', 'album', 'tag')", name=op.f("ck_mute_scope")),
        _of_a_track("mute", "track_id"),
        _of_a_listener("mute"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mute")),
        sa.UniqueConstraint("user_id", "scope", "key", name=op.f("uq_mute_user_id_scope_key")),
    )
    op.create_index(op.f("ix_mute_track_id"), "mute", ["track_id"])


def _create_merge() -> None:
    op.create_table(
        "taste_merge",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("other_track_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_track("taste_merge", "other_track_id"),
        _of_a_track("taste_merge", "track_id"),
        _of_a_listener("taste_merge"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taste_merge")),
        sa.UniqueConstraint(
            "user_id",
            "track_id",
            "other_track_id",
            name=op.f("uq_taste_merge_user_id_track_id_other_track_id"),
        ),
    )
    op.create_index(op.f("ix_taste_merge_track_id"), "taste_merge", ["track_id"])
    op.create_index(op.f("ix_taste_merge_other_track_id"), "taste_merge", ["other_track_id"])


def _create_snapshot() -> None:
    op.create_table(
        "taste_snapshot",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cluster_id", sa.String(length=26), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("valence", sa.Double(), nullable=False),
        sa.Column("arousal", sa.Double(), nullable=False),
        sa.Column("centroid", sa.LargeBinary(), nullable=False),
        sa.Column("encoder_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["encoder_id"],
            ["model_version.id"],
            name=op.f("fk_taste_snapshot_encoder_id_model_version"),
            ondelete="CASCADE",
        ),
        _of_a_listener("taste_snapshot"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taste_snapshot")),
        sa.UniqueConstraint(
            "user_id", "day", "cluster_id", name=op.f("uq_taste_snapshot_user_id_day_cluster_id")
        ),
    )
    op.create_index(op.f("ix_taste_snapshot_encoder_id"), "taste_snapshot", ["encoder_id"])


def _of_a_track(table: str, column: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        [column], ["track.id"], name=op.f(f"fk_{table}_{column}_track"), ondelete="CASCADE"
    )


def _of_a_listener(table: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["user_account.id"], name=op.f(f"fk_{table}_user_id_user_account"), ondelete="CASCADE"
    )
