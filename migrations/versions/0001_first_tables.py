"""The first tables, and the rule that a review decision is only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_REFUSAL = "a review decision is never changed or deleted"


def upgrade() -> None:
    _create_tables()
    if op.get_bind().dialect.name == "postgresql":
        _refuse_changes_on_postgresql()
    else:
        _refuse_changes_on_sqlite()


def _refuse_changes_on_sqlite() -> None:
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER review_decision_no_{event.lower()} BEFORE {event} ON review_decision "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_review_decision_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER review_decision_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON review_decision "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_review_decision_change()"
    )


def _create_tables() -> None:
    op.create_table(
        "library_folder",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_folder")),
        sa.UniqueConstraint("path", name=op.f("uq_library_folder_path")),
    )
    op.create_table(
        "model_version",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("promoted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('encoder', 'generator', 'ranker')", name=op.f("ck_model_version_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_version")),
        sa.UniqueConstraint("kind", "name", "sha256", name=op.f("uq_model_version_kind_name_sha256")),
    )
    op.create_index(
        "uq_model_version_promoted",
        "model_version",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("promoted"),
        postgresql_where=sa.text("promoted"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("composed_policy", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "composed_policy IN ('mix', 'shelf', 'never')", name=op.f("ck_user_account_composed_policy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("name", name=op.f("uq_user_account_name")),
    )
    op.create_table(
        "app_password",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_app_password_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_password")),
    )
    op.create_index(op.f("ix_app_password_user_id"), "app_password", ["user_id"], unique=False)
    op.create_table(
        "history_import",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_history_import_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_import")),
    )
    op.create_index(op.f("ix_history_import_user_id"), "history_import", ["user_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("progress_text", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.String(length=26), nullable=True),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeat_seconds", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_state")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["job.id"], name=op.f("fk_job_parent_id_job"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_job_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_kind"), "job", ["kind"], unique=False)
    op.create_index(op.f("ix_job_parent_id"), "job", ["parent_id"], unique=False)
    op.create_index(op.f("ix_job_state_priority_id"), "job", ["state", "priority", "id"], unique=False)
    op.create_index(op.f("ix_job_user_id"), "job", ["user_id"], unique=False)
    op.create_table(
        "scan_failure",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("folder_id", sa.String(length=26), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            ["library_folder.id"],
            name=op.f("fk_scan_failure_folder_id_library_folder"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_failure")),
        sa.UniqueConstraint("path", name=op.f("uq_scan_failure_path")),
    )
    op.create_index(op.f("ix_scan_failure_folder_id"), "scan_failure", ["folder_id"], unique=False)
    op.create_table(
        "track",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.String(length=26), nullable=True),
        sa.Column("folder_id", sa.String(length=26), nullable=True),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("artist", sa.Text(), nullable=True),
        sa.Column("album", sa.Text(), nullable=True),
        sa.Column("album_artist", sa.Text(), nullable=True),
        sa.Column("genre", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("track_number", sa.Integer(), nullable=True),
        sa.Column("disc_number", sa.Integer(), nullable=True),
        sa.Column("isrc", sa.String(length=12), nullable=True),
        sa.Column("recording_mbid", sa.String(length=36), nullable=True),
        sa.Column("duration_seconds", sa.Double(), nullable=False),
        sa.Column("sample_rate", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("codec", sa.String(length=40), nullable=False),
        sa.Column("bit_rate", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "origin = 'composed' OR owner_id IS NULL", name=op.f("ck_track_catalogue_has_no_owner")
        ),
        sa.CheckConstraint("origin IN ('catalogue', 'composed')", name=op.f("ck_track_origin")),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["library_folder.id"], name=op.f("fk_track_folder_id_library_folder")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_track_owner_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track")),
        sa.UniqueConstraint("origin", "content_hash", name=op.f("uq_track_origin_content_hash")),
        sa.UniqueConstraint("path", name=op.f("uq_track_path")),
    )
    op.create_index(op.f("ix_track_folder_id"), "track", ["folder_id"], unique=False)
    op.create_index(op.f("ix_track_isrc"), "track", ["isrc"], unique=False)
    op.create_index(op.f("ix_track_owner_id"), "track", ["owner_id"], unique=False)
    op.create_index(op.f("ix_track_recording_mbid"), "track", ["recording_mbid"], unique=False)
    op.create_table(
        "listen",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=True),
        sa.Column("listened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("album", sa.Text(), nullable=True),
        sa.Column("played_seconds", sa.Double(), nullable=True),
        sa.Column("track_seconds", sa.Double(), nullable=True),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("recording_mbid", sa.String(length=36), nullable=True),
        sa.Column("isrc", sa.String(length=12), nullable=True),
        sa.Column("import_id", sa.String(length=26), nullable=True),
        sa.Column("dedupe_key", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["history_import.id"],
            name=op.f("fk_listen_import_id_history_import"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_listen_track_id_track"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_listen_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listen")),
        sa.UniqueConstraint("user_id", "dedupe_key", name=op.f("uq_listen_user_id_dedupe_key")),
    )
    op.create_index(op.f("ix_listen_import_id"), "listen", ["import_id"], unique=False)
    op.create_index(op.f("ix_listen_track_id"), "listen", ["track_id"], unique=False)
    op.create_index(op.f("ix_listen_user_id_listened_at"), "listen", ["user_id", "listened_at"], unique=False)
    op.create_table(
        "taste_cluster",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("medoid_track_id", sa.String(length=26), nullable=False),
        sa.Column("centroid", sa.LargeBinary(), nullable=False),
        sa.Column("encoder_id", sa.String(length=26), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("valence", sa.Double(), nullable=False),
        sa.Column("arousal", sa.Double(), nullable=False),
        sa.Column("valence_spread", sa.Double(), nullable=False),
        sa.Column("arousal_spread", sa.Double(), nullable=False),
        sa.Column("hour_profile", sa.JSON(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["encoder_id"], ["model_version.id"], name=op.f("fk_taste_cluster_encoder_id_model_version")
        ),
        sa.ForeignKeyConstraint(
            ["medoid_track_id"],
            ["track.id"],
            name=op.f("fk_taste_cluster_medoid_track_id_track"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_taste_cluster_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taste_cluster")),
        sa.UniqueConstraint("user_id", "position", name=op.f("uq_taste_cluster_user_id_position")),
    )
    op.create_index(op.f("ix_taste_cluster_encoder_id"), "taste_cluster", ["encoder_id"], unique=False)
    op.create_index(
        op.f("ix_taste_cluster_medoid_track_id"), "taste_cluster", ["medoid_track_id"], unique=False
    )
    op.create_table(
        "thumb",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("value", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value IN ('up', 'down', 'clear')", name=op.f("ck_thumb_value")),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_thumb_track_id_track"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_thumb_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thumb")),
    )
    op.create_index(op.f("ix_thumb_track_id"), "thumb", ["track_id"], unique=False)
    op.create_index(
        op.f("ix_thumb_user_id_track_id_id"), "thumb", ["user_id", "track_id", "id"], unique=False
    )
    op.create_table(
        "track_embedding",
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("encoder_id", sa.String(length=26), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("tags", sa.LargeBinary(), nullable=False),
        sa.Column("tempo_bpm", sa.Double(), nullable=False),
        sa.Column("tempo_confidence", sa.Double(), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("key_clarity", sa.Double(), nullable=False),
        sa.Column("onset_rate", sa.Double(), nullable=False),
        sa.Column("percussive_share", sa.Double(), nullable=False),
        sa.Column("loudness_lufs", sa.Double(), nullable=False),
        sa.Column("brightness_hz", sa.Double(), nullable=False),
        sa.Column("valence", sa.Double(), nullable=False),
        sa.Column("arousal", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('major', 'minor')", name=op.f("ck_track_embedding_mode")),
        sa.CheckConstraint("key BETWEEN 0 AND 11", name=op.f("ck_track_embedding_key")),
        sa.ForeignKeyConstraint(
            ["encoder_id"], ["model_version.id"], name=op.f("fk_track_embedding_encoder_id_model_version")
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_track_embedding_track_id_track"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("track_id", "encoder_id", name=op.f("pk_track_embedding")),
    )
    op.create_index(op.f("ix_track_embedding_encoder_id"), "track_embedding", ["encoder_id"], unique=False)
    op.create_table(
        "composition",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("cluster_id", sa.String(length=26), nullable=True),
        sa.Column("track_id", sa.String(length=26), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("model_version_id", sa.String(length=26), nullable=False),
        sa.Column("dtype", sa.String(length=16), nullable=False),
        sa.Column("threads", sa.Integer(), nullable=False),
        sa.Column("conditioning", sa.JSON(), nullable=False),
        sa.Column("measurements", sa.JSON(), nullable=False),
        sa.Column("media_paths", sa.JSON(), nullable=False),
        sa.Column("stage_seconds", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('composing', 'held', 'listed', 'rejected')", name=op.f("ck_composition_state")
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["taste_cluster.id"],
            name=op.f("fk_composition_cluster_id_taste_cluster"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["model_version_id"],
            ["model_version.id"],
            name=op.f("fk_composition_model_version_id_model_version"),
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_composition_track_id_track"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_composition_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_composition")),
        sa.UniqueConstraint("track_id", name=op.f("uq_composition_track_id")),
    )
    op.create_index(op.f("ix_composition_cluster_id"), "composition", ["cluster_id"], unique=False)
    op.create_index(
        op.f("ix_composition_model_version_id"), "composition", ["model_version_id"], unique=False
    )
    op.create_index(op.f("ix_composition_state"), "composition", ["state"], unique=False)
    op.create_index(
        op.f("ix_composition_user_id_created_at"), "composition", ["user_id", "created_at"], unique=False
    )
    op.create_table(
        "taste_cluster_track",
        sa.Column("cluster_id", sa.String(length=26), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["taste_cluster.id"],
            name=op.f("fk_taste_cluster_track_cluster_id_taste_cluster"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_taste_cluster_track_track_id_track"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cluster_id", "track_id", name=op.f("pk_taste_cluster_track")),
    )
    op.create_index(
        op.f("ix_taste_cluster_track_track_id"), "taste_cluster_track", ["track_id"], unique=False
    )
    op.create_table(
        "review_decision",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("composition_id", sa.String(length=26), nullable=False),
        sa.Column("reviewer_id", sa.String(length=26), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["composition_id"], ["composition.id"], name=op.f("fk_review_decision_composition_id_composition")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["user_account.id"], name=op.f("fk_review_decision_reviewer_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_decision")),
    )
    op.create_index(
        op.f("ix_review_decision_composition_id"), "review_decision", ["composition_id"], unique=False
    )
    op.create_index(op.f("ix_review_decision_reviewer_id"), "review_decision", ["reviewer_id"], unique=False)
