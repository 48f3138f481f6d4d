"""App passwords are found by their own letters, too; what people keep through their apps."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing made app passwords before, and one without a fingerprint would be found by nobody.
    op.execute("DELETE FROM app_password")
    with op.batch_alter_table("app_password") as table:
        table.add_column(sa.Column("secret_fingerprint", sa.String(length=64), nullable=False))
        table.create_unique_constraint(op.f("uq_app_password_secret_fingerprint"), ["secret_fingerprint"])
    _create_playlists()
    op.create_table(
        "play_queue",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("track_ids", sa.JSON(), nullable=False),
        sa.Column("current_index", sa.Integer(), nullable=True),
        sa.Column("position_seconds", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        _of_a_listener("play_queue"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_play_queue")),
    )
    op.create_table(
        "favourite",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name_text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('album', 'artist')", name=op.f("ck_favourite_kind")),
        _of_a_listener("favourite"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_favourite")),
    )
    op.create_index(
        op.f("ix_favourite_user_id_kind_name_text"),
        "favourite",
        ["user_id", "kind", "name_text"],
        unique=True,
    )


def _create_playlists() -> None:
    op.create_table(
        "playlist",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_listener("playlist"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playlist")),
    )
    op.create_index(op.f("ix_playlist_user_id"), "playlist", ["user_id"])
    op.create_table(
        "playlist_track",
        sa.Column("playlist_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["playlist_id"],
            ["playlist.id"],
            name=op.f("fk_playlist_track_playlist_id_playlist"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_playlist_track_track_id_track"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("playlist_id", "position", name=op.f("pk_playlist_track")),
    )
    op.create_index(op.f("ix_playlist_track_track_id"), "playlist_track", ["track_id"])


def _of_a_listener(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["user_account.id"], name=op.f(f"fk_{table}_user_id_user_account"), ondelete="CASCADE"
    )
