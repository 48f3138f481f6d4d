from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.accounts.people import add_user
from service.compositions.keeping import FOLDER, SCREENED_OUT, ComposedPiece, ReviewPolicy, store_composition
from service.errors import NotFound, StorageFull
from service.store.database import Database
from service.store.ids import new_id
from service.store.tables import Composition, ModelVersion, ReviewDecision, Track, User
from tests.service.compositions.full_disk import largest_file


@pytest.fixture
def media_dir(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def piece(database: Database) -> ComposedPiece:
    with database.session() as db_session:
        user_id = add_user(db_session, "anna").id
    return ComposedPiece(
        user_id=user_id,
        cluster_id=None,
        title="Slow Harbour",
        seconds=60.0,
        seed=7,
        engine="latent-diffusion",
        model_name="homespun-1",
        model_sha256="ab" * 32,
        dtype="float32",
        threads=2,
        passed=True,
        files={"flac": b"sound" * 100, "midi": b"notes", "cover": b"cover"},
        sound_sha256="cd" * 32,
        duration_seconds=59.5,
        sample_rate=48000,
        conditioning={"tempo_bpm": 100.0},
        measurements={"loudness_lufs": -14.0},
        stage_seconds={"sample": 1.5},
    )


def left_behind(media_dir: Path) -> list[Path]:
    return sorted((media_dir / FOLDER).rglob("*"))


def counts(database: Database) -> tuple[int, int]:
    with database.session(read_only=True) as db_session:
        return tuple(
            db_session.scalar(select(func.count()).select_from(table)) or 0 for table in (Composition, Track)
        )  # type: ignore[return-value]  # two tables, two counts


def test_a_listed_piece_becomes_files_a_composition_and_a_track_of_its_listener(
    database: Database, media_dir: Path, piece: ComposedPiece
) -> None:
    kept = store_composition(database, media_dir, piece)
    with database.session(read_only=True) as db_session:
        composition = db_session.get_one(Composition, kept.composition_id)
        track = db_session.get_one(Track, kept.track_id)
        version = db_session.get_one(ModelVersion, composition.model_version_id)
    assert {
        kind: (media_dir / path).read_bytes() for kind, path in composition.media_paths.items()
    } == piece.files
    assert (composition.state, composition.track_id) == ("listed", track.id)
    assert (composition.seed, composition.dtype, composition.threads) == (7, "float32", 2)
    assert (version.kind, version.name, version.sha256) == ("generator", "homespun-1", "ab" * 32)
    assert composition.conditioning == {"tempo_bpm": 100.0}
    assert (track.origin, track.owner_id, track.artist) == ("composed", piece.user_id, "anna's studio")
    assert Path(track.file_name) == media_dir / composition.media_paths["flac"]
    assert track.size_bytes == 500


def test_a_held_piece_is_kept_and_is_no_track(
    database: Database, media_dir: Path, piece: ComposedPiece
) -> None:
    kept = store_composition(database, media_dir, replace(piece, passed=False))
    assert kept.track_id is None
    assert counts(database) == (1, 0)
    with database.session(read_only=True) as db_session:
        assert db_session.get_one(Composition, kept.composition_id).state == "held"


def test_the_same_sound_for_the_same_listener_is_kept_once(
    database: Database, media_dir: Path, piece: ComposedPiece
) -> None:
    first = store_composition(database, media_dir, piece)
    again = store_composition(database, media_dir, replace(piece, title="Another Name"))
    assert first.is_new
    assert not again.is_new
    assert (again.composition_id, again.track_id, again.title) == (
        first.composition_id,
        first.track_id,
        "Slow Harbour",
    )
    assert counts(database) == (1, 1)
    assert len(list((media_dir / FOLDER).iterdir())) == 1


def test_two_listeners_may_have_the_same_sound(
    database: Database, media_dir: Path, piece: ComposedPiece
) -> None:
    with database.session() as db_session:
        other = add_user(db_session, "ben").id
    store_composition(database, media_dir, piece)
    assert store_composition(database, media_dir, replace(piece, user_id=other)).is_new
    assert counts(database) == (2, 2)


def test_a_full_disk_leaves_nothing_half_written(
    database: Database, media_dir: Path, piece: ComposedPiece
) -> None:
    # The cover fits and the sound does not.
    too_large = replace(piece, files={"cover": b"cover", "flac": bytes(4_000_000)})
    with largest_file(2_000_000), pytest.raises(StorageFull):
        store_composition(database, media_dir, too_large)
    assert left_behind(media_dir) == []
    assert counts(database) == (0, 0)
    assert store_composition(database, media_dir, too_large).is_new


def test_rows_that_cannot_be_written_take_their_files_with_them(
    database: Database, media_dir: Path, piece: ComposedPiece
) -> None:
    with pytest.raises(NotFound):
        store_composition(database, media_dir, replace(piece, user_id=new_id()))
    assert left_behind(media_dir) == []
    assert counts(database) == (0, 0)


def test_a_job_that_is_run_again_is_given_what_it_made(
    database: Database, media_dir: Path, piece: ComposedPiece
) -> None:
    job_id = new_id()
    first = store_composition(database, media_dir, piece, job_id=job_id, occasion="standing")
    again = store_composition(
        database, media_dir, replace(piece, sound_sha256="ef" * 32), job_id=job_id, occasion="standing"
    )
    assert (again.composition_id, again.track_id, again.is_new) == (
        first.composition_id,
        first.track_id,
        False,
    )
    assert counts(database) == (1, 1)
    with database.session(read_only=True) as db_session:
        row = db_session.get_one(Composition, first.composition_id)
    assert (row.job_id, row.occasion) == (job_id, "standing")


@pytest.mark.parametrize(
    ("policy", "passed", "state"),
    [
        ("flagged", True, "listed"),
        ("flagged", False, "held"),
        ("all", True, "held"),
        ("all", False, "held"),
        ("none", True, "listed"),
        ("none", False, "rejected"),
    ],
)
def test_screening_and_policy_decide_what_becomes_of_a_piece(
    database: Database,
    media_dir: Path,
    piece: ComposedPiece,
    policy: ReviewPolicy,
    passed: bool,  # a case of the table above
    state: str,
) -> None:
    kept = store_composition(database, media_dir, replace(piece, passed=passed), review_policy=policy)
    assert kept.state == state
    assert (kept.track_id is not None) == (state == "listed")
    with database.session(read_only=True) as db_session:
        decisions = db_session.scalars(select(ReviewDecision)).all()
        revision = db_session.get_one(User, piece.user_id).list_revision
    assert [(row.action, row.reason, row.reviewer_id) for row in decisions] == (
        [("reject", SCREENED_OUT, None)] if state == "rejected" else []
    )
    assert revision == (1 if state == "listed" else 0)
