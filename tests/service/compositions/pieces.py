"""Pieces that were composed for a listener, at times that are known."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from service.compositions.keeping import ComposedPiece, Kept, store_composition
from service.store.database import Database
from service.store.ids import new_id
from service.store.tables import Composition, Listen, utc_now


@dataclass(frozen=True)
class Shelf:
    """Where pieces of one listener and one taste are kept."""

    database: Database
    media_dir: Path
    user_id: str
    cluster_id: str | None = None

    def add(
        self, *, days_ago: float = 0.0, passed: bool = True, size_bytes: int = 10, **options: Any
    ) -> Kept:
        piece = ComposedPiece(
            user_id=self.user_id,
            cluster_id=self.cluster_id,
            title="A Piece",
            seconds=10.0,
            seed=1,
            engine="latent-diffusion",
            model_name="homespun-1",
            model_sha256="ab" * 32,
            dtype="float32",
            threads=1,
            passed=passed,
            files={"flac": bytes(size_bytes)},
            sound_sha256=new_id(),
            duration_seconds=10.0,
            sample_rate=48000,
        )
        kept = store_composition(self.database, self.media_dir, piece, **options)
        self.change(kept, created_at=utc_now() - timedelta(days=days_ago))
        return kept

    def change(self, kept: Kept, **values: Any) -> None:
        with self.database.session() as db_session:
            row = db_session.get_one(Composition, kept.composition_id)
            for name, value in values.items():
                setattr(row, name, value)

    def play(self, kept: Kept) -> None:
        with self.database.session() as db_session:
            db_session.add(
                Listen(
                    user_id=self.user_id,
                    track_id=kept.track_id,
                    listened_at=utc_now(),
                    source="test",
                    title="A Piece",
                    artist="",
                    dedupe_key=new_id(),
                )
            )

    def row(self, kept: Kept) -> Composition:
        with self.database.session(read_only=True) as db_session:
            return db_session.get_one(Composition, kept.composition_id)
