from pathlib import Path

import numpy as np
import pytest

from recommender.index import TrackIndex
from service.errors import CorruptArtifact, NotPrepared
from service.library.published_index import open_index, publish_index


def index_of(tracks: int, rng: np.random.Generator) -> TrackIndex:
    vectors = rng.normal(size=(tracks, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return TrackIndex.build([f"T{position}" for position in range(tracks)], vectors)


def test_what_was_published_is_opened(tmp_path: Path, rng: np.random.Generator) -> None:
    published = publish_index(tmp_path, index_of(5, rng), encoder_id="E1", encoder="musicnn-1")
    opened, index = open_index(tmp_path)
    assert opened == published
    assert index.track_ids == ("T0", "T1", "T2", "T3", "T4")
    assert published.tracks == 5


def test_publishing_the_same_again_changes_no_file(tmp_path: Path, rng: np.random.Generator) -> None:
    index = index_of(5, rng)
    publish_index(tmp_path, index, encoder_id="E1", encoder="musicnn-1")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    publish_index(tmp_path, index, encoder_id="E1", encoder="musicnn-1")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_who_opened_the_last_index_still_finds_its_files(tmp_path: Path, rng: np.random.Generator) -> None:
    versions = [
        publish_index(tmp_path, index_of(tracks, rng), encoder_id="E1", encoder="musicnn-1")
        for tracks in (3, 4, 5)
    ]
    assert not (tmp_path / versions[0].vectors_file).exists()
    assert (tmp_path / versions[1].vectors_file).exists()
    assert open_index(tmp_path)[0] == versions[2]


def test_without_an_index_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotPrepared, match="homespun index rebuild"):
        open_index(tmp_path)


@pytest.mark.parametrize("damage", ["change", "delete"])
def test_a_damaged_index_is_refused_and_can_be_published_again(
    damage: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    index = index_of(5, rng)
    path = tmp_path / publish_index(tmp_path, index, encoder_id="E1", encoder="musicnn-1").vectors_file
    if damage == "change":
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    else:
        path.unlink()
    with pytest.raises(CorruptArtifact, match="homespun index rebuild"):
        open_index(tmp_path)
    publish_index(tmp_path, index, encoder_id="E1", encoder="musicnn-1")
    assert open_index(tmp_path)[1].track_ids == index.track_ids


def test_an_open_index_stays_open_until_another_is_published(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    publish_index(tmp_path, index_of(5, rng), encoder_id="E1", encoder="musicnn-1")
    first = open_index(tmp_path)[1]
    assert open_index(tmp_path)[1] is first
    publish_index(tmp_path, index_of(6, rng), encoder_id="E1", encoder="musicnn-1")
    assert len(open_index(tmp_path)[1].track_ids) == 6
    assert len(first.track_ids) == 5


def test_indexes_of_other_tracks_or_vectors_have_other_fingerprints(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    prints = [
        publish_index(tmp_path, index_of(tracks, rng), encoder_id="E1", encoder="musicnn-1").fingerprint
        for tracks in (5, 6)
    ]
    assert prints[0] != prints[1]
    assert {len(each) for each in prints} == {64}
