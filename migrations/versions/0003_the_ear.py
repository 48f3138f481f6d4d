"""What the ear hears beyond the vector: more measurements, emotion with its uncertainty, corrections, further encoders."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_columns()
    _create_tables()


def _add_columns() -> None:
    op.add_column("job", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    for name, default in (
        ("beat_strength", "0"),
        ("roughness", "0"),
        ("loudness_range_lu", "0"),
        ("voice", "0.5"),
        ("valence_uncertainty", "1"),
        ("arousal_uncertainty", "1"),
    ):
        op.add_column("track_embedding", sa.Column(name, sa.Double(), server_default=default, nullable=False))
    op.add_column("track_embedding", sa.Column("emotion_curve", sa.LargeBinary(), nullable=True))
    op.add_column(
        "track_embedding", sa.Column("is_music", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column("track_embedding", sa.Column("warnings", sa.JSON(), server_default="[]", nullable=False))


def _create_tables() -> None:
    op.create_table(
        "embedding_failure",
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("encoder_id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        *_of_a_track_by_an_encoder("embedding_failure"),
    )
    op.create_index(op.f("ix_embedding_failure_encoder_id"), "embedding_failure", ["encoder_id"])
    op.create_table(
        "track_vector",
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("encoder_id", sa.String(length=26), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_of_a_track_by_an_encoder("track_vector"),
    )
    op.create_index(op.f("ix_track_vector_encoder_id"), "track_vector", ["encoder_id"])
    op.create_table(
        "emotion_correction",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("track_id", sa.String(length=26), nullable=False),
        sa.Column("valence", sa.Double(), nullable=True),
        sa.Column("arousal", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_emotion_correction_track_id_track"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_emotion_correction_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "track_id", name=op.f("pk_emotion_correction")),
    )
    op.create_index(op.f("ix_emotion_correction_track_id"), "emotion_correction", ["track_id"])
    op.create_table(
        "emotion_calibration",
        sa.Column("encoder_id", sa.String(length=26), nullable=False),
        sa.Column("valence_slope", sa.Double(), nullable=False),
        sa.Column("valence_offset", sa.Double(), nullable=False),
        sa.Column("arousal_slope", sa.Double(), nullable=False),
        sa.Column("arousal_offset", sa.Double(), nullable=False),
        sa.Column("corrections", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["encoder_id"],
            ["model_version.id"],
            name=op.f("fk_emotion_calibration_encoder_id_model_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("encoder_id", name=op.f("pk_emotion_calibration")),
    )


def _of_a_track_by_an_encoder(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["encoder_id"], ["model_version.id"], name=op.f(f"fk_{table}_encoder_id_model_version")
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f(f"fk_{table}_track_id_track"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("track_id", "encoder_id", name=op.f(f"pk_{table}")),
    )
