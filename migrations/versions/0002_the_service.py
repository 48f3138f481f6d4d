"""What the service needs: who is signed in, what was answered and played, lists and stations, and jobs that lease."""

import sqlalchemy as sa
from alembic import op

# Derived from the rows: what the present code makes of them is right.
from service.store.search_text import album_text, folded, track_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_tables()
    _add_columns()


def _add_columns() -> None:
    op.add_column("composition", sa.Column("job_id", sa.String(length=26), nullable=True))
    op.add_column(
        "composition", sa.Column("occasion", sa.String(length=16), server_default="asked", nullable=False)
    )
    op.add_column("composition", sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("composition", sa.Column("expired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("composition", sa.Column("claimed_by_id", sa.String(length=26), nullable=True))
    op.add_column("composition", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("composition", sa.Column("sound_sha256", sa.String(length=64), nullable=True))
    op.add_column("composition", sa.Column("nearest", sa.JSON(), nullable=True))
    op.create_index(op.f("ix_composition_job_id"), "composition", ["job_id"], unique=True)
    op.add_column("job", sa.Column("singleton_key", sa.String(length=120), nullable=True))
    op.add_column("job", sa.Column("worker", sa.String(length=80), nullable=True))
    op.add_column("job", sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "uq_job_singleton_key_queued",
        "job",
        ["singleton_key"],
        unique=True,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.add_column("review_decision", sa.Column("undoes_id", sa.String(length=26), nullable=True))
    op.create_index(op.f("ix_review_decision_undoes_id"), "review_decision", ["undoes_id"], unique=True)
    op.add_column("taste_cluster", sa.Column("own_valence", sa.Double(), nullable=True))
    op.add_column("taste_cluster", sa.Column("own_arousal", sa.Double(), nullable=True))
    op.add_column("thumb", sa.Column("context", sa.String(length=64), nullable=True))
    op.add_column("thumb", sa.Column("position_seconds", sa.Double(), nullable=True))
    op.add_column("track", sa.Column("gain_db", sa.Double(), nullable=True))
    _add_search_texts()
    op.add_column(
        "user_account", sa.Column("list_revision", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "user_account", sa.Column("fresh_per_taste", sa.Integer(), server_default="1", nullable=False)
    )


def _add_search_texts() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    for name in ("track_text", "artist_text", "album_text"):
        op.add_column("track", sa.Column(name, text, server_default="", nullable=False))
    names = ("id", "title", "artist", "album", "album_artist", "track_text", "artist_text", "album_text")
    track = sa.table("track", *(sa.column(name) for name in names))
    connection = op.get_bind()
    rows = connection.execute(sa.select(track)).mappings().all()
    if rows:
        # Bound under other names than the columns have, which an UPDATE keeps for itself.
        changed = track.update().where(track.c.id == sa.bindparam("of_id"))
        connection.execute(
            changed.values(
                track_text=sa.bindparam("new_track_text"),
                artist_text=sa.bindparam("new_artist_text"),
                album_text=sa.bindparam("new_album_text"),
            ),
            [
                {
                    "of_id": row["id"],
                    "new_track_text": track_text(row["title"], row["artist"], row["album"]),
                    "new_artist_text": folded(row["artist"]),
                    "new_album_text": album_text(row["album"], row["album_artist"], row["artist"]),
                }
                for row in rows
            ],
        )
    op.create_index(op.f("ix_track_track_text_id"), "track", ["track_text", "id"], unique=False)
    op.create_index(op.f("ix_track_artist_text"), "track", ["artist_text"], unique=False)
    op.create_index(op.f("ix_track_album_text"), "track", ["album_text"], unique=False)


def _create_tables() -> None:
    op.create_table(
        "login_failure",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name_sha256", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    op.create_index(
        op.f("ix_login_failure_address_failed_at"), "login_failure", ["address", "failed_at"], unique=False
    )
    op.create_index(
        op.f("ix_login_failure_name_sha256_failed_at"),
        "login_failure",
        ["name_sha256", "failed_at"],
        unique=False,
    )
    op.create_table(
        "answered_request",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_answered_request_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answered_request")),
    )
    op.create_index(op.f("ix_answered_request_created_at"), "answered_request", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_answered_request_user_id_key"), "answered_request", ["user_id", "key"], unique=True
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_api_token_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_login_session_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_login_session_token_sha256")),
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"], unique=False)
    op.create_table(
        "recommendation_list",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("list_revision", sa.Integer(), nullable=False),
        sa.Column("index_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_recommendation_list_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_recommendation_list")),
    )
    op.create_table(
        "playback_event",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("play_key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("position_seconds", sa.Double(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('start', 'progress', 'skip', 'end')", name=op.f("ck_playback_event_kind")
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_playback_event_track_id_track"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_playback_event_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playback_event")),
        sa.UniqueConstraint(
            "user_id",
            "play_key",
            "kind",
            "position_seconds",
            name=op.f("uq_playback_event_user_id_play_key_kind_position_seconds"),
        ),
    )
    op.create_index(op.f("ix_playback_event_track_id"), "playback_event", ["track_id"], unique=False)
    op.create_table(
        "station",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("served", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_station_track_id_track"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_station_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
    )
    op.create_index(op.f("ix_station_track_id"), "station", ["track_id"], unique=False)
    op.create_index(op.f("ix_station_user_id"), "station", ["user_id"], unique=False)
