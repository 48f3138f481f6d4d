import logging
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from recommender.collaborative.model import CollaborativeModel, FoldIn, Neighbours
from service.errors import CorruptArtifact, NotPrepared
from service.operations.model_versions import promote, register
from service.radio.learnt_weights import WEIGHTS, delete_all_but, learnt_in_use, read_learnt, write_learnt
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.ids import new_id
from tests.service.radio.houses import House
from tests.service.small_library import SIZE, blob_encoder


def model_of(track_ids: tuple[str, ...], rng: np.random.Generator) -> CollaborativeModel:
    count = len(track_ids)
    return CollaborativeModel(
        tuple(sorted(track_ids)),
        rng.normal(size=(count, 4)).astype(np.float32),
        Neighbours(
            np.arange(count + 1, dtype=np.int64),
            rng.permutation(count).astype(np.int32),
            np.ones(count, np.float32),
        ),
        FoldIn(0.1, 0.01),
        1.5,
        12,
        rng.normal(size=(SIZE + 1, 4)).astype(np.float32),
    )


@pytest.fixture
def house(sqlite_settings: Settings, rng: np.random.Generator) -> Iterator[House]:
    database = open_database(sqlite_settings)
    yield House(database, sqlite_settings, rng).listened()
    database.close()


def use(database: Database, sha256: str) -> str:
    with database.session() as db_session:
        version = register(db_session, "ranker", "blend", new_id().ljust(64, "0"), {WEIGHTS: sha256}, {})
        promote(db_session, version)
        return blob_encoder(db_session).id


def test_a_model_is_read_as_it_was_written(sqlite_settings: Settings, rng: np.random.Generator) -> None:
    written = model_of(tuple(new_id() for _ in range(5)), rng)
    sha256 = write_learnt(sqlite_settings.learnt_dir, written, "encoder")
    read = read_learnt(sqlite_settings.learnt_dir, sha256, "encoder")
    assert read.track_ids == written.track_ids
    assert (read.fold_in, read.listeners) == (written.fold_in, written.listeners)
    np.testing.assert_array_equal(read.vectors, written.vectors)
    np.testing.assert_array_equal(read.neighbours.tracks, written.neighbours.tracks)
    assert write_learnt(sqlite_settings.learnt_dir, written, "encoder") == sha256


def test_of_another_encoder_new_tracks_have_no_place(
    sqlite_settings: Settings, rng: np.random.Generator
) -> None:
    sha256 = write_learnt(sqlite_settings.learnt_dir, model_of((new_id(),), rng), "encoder")
    assert read_learnt(sqlite_settings.learnt_dir, sha256, "another").audio_map is None


def test_a_missing_or_damaged_file_says_so(sqlite_settings: Settings, rng: np.random.Generator) -> None:
    folder = sqlite_settings.learnt_dir
    with pytest.raises(NotPrepared):
        read_learnt(folder, "0" * 64, "encoder")
    sha256 = write_learnt(folder, model_of((new_id(),), rng), "encoder")
    path = next(folder.iterdir())
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(CorruptArtifact):
        read_learnt(folder, sha256, "encoder")


def test_files_of_versions_that_are_kept_stay(sqlite_settings: Settings, rng: np.random.Generator) -> None:
    folder = sqlite_settings.learnt_dir
    kept, gone = (write_learnt(folder, model_of((new_id(),), rng), "encoder") for _ in range(2))
    delete_all_but(folder, {kept})
    assert read_learnt(folder, kept, "encoder")
    with pytest.raises(NotPrepared):
        read_learnt(folder, gone, "encoder")


def test_a_list_tells_what_the_house_plays_together_as_a_part_of_its_score(
    house: House, rng: np.random.Generator
) -> None:
    ids = tuple(track.id for sound in house.tracks.values() for track in sound)
    model = replace(model_of(ids, rng), listeners=100)
    use(house.database, write_learnt(house.settings.learnt_dir, model, "none"))
    before = house.list()
    assert all("collaborative" in item.parts for item in before)
    assert house.list() == before


def test_lists_are_made_without_a_file_that_has_gone_and_the_log_tells(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    encoder_id = use(house.database, "f" * 64)
    with caplog.at_level(logging.WARNING), house.database.session(read_only=True) as db_session:
        assert learnt_in_use(db_session, house.settings, encoder_id) is None
    assert "without what the house plays together" in caplog.text
    assert len(house.list()) == 20
