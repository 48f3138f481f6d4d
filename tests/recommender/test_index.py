from pathlib import Path

import numpy as np
import pytest

from recommender.index import TrackIndex


def unit_vectors(tracks: int, rng: np.random.Generator) -> np.ndarray:
    vectors = rng.normal(size=(tracks, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_every_track_is_nearest_to_itself(rng: np.random.Generator) -> None:
    vectors = unit_vectors(20, rng)
    ids = [f"T{position:02d}" for position in range(20)]
    found, cosines = TrackIndex.build(ids, vectors).search(vectors, k=3)
    assert [row[0] for row in found] == ids
    np.testing.assert_allclose(cosines[:, 0], 1.0, atol=1e-5)
    assert (np.diff(cosines, axis=1) <= 0).all()


def test_the_order_of_the_tracks_makes_no_difference(rng: np.random.Generator) -> None:
    vectors = unit_vectors(20, rng)
    ids = [f"T{position:02d}" for position in range(20)]
    shuffled = rng.permutation(20)
    one = TrackIndex.build(ids, vectors)
    other = TrackIndex.build([ids[position] for position in shuffled], vectors[shuffled])
    assert one.serialized() == other.serialized()


def test_a_written_index_finds_the_same(tmp_path: Path, rng: np.random.Generator) -> None:
    vectors = unit_vectors(20, rng)
    index = TrackIndex.build([f"T{position:02d}" for position in range(20)], vectors)
    written = index.serialized()
    (tmp_path / "vectors").write_bytes(written.vectors)
    (tmp_path / "tracks").write_bytes(written.track_ids)
    read = TrackIndex.load(tmp_path / "vectors", tmp_path / "tracks")
    found, cosines = index.search(vectors, k=5)
    found_again, cosines_again = read.search(vectors, k=5)
    assert found == found_again
    np.testing.assert_array_equal(cosines, cosines_again)


def test_more_than_there_is_gives_what_there_is(rng: np.random.Generator) -> None:
    vectors = unit_vectors(3, rng)
    found, cosines = TrackIndex.build(["a", "b", "c"], vectors).search(vectors[:1], k=10)
    assert sorted(found[0]) == ["a", "b", "c"]
    assert cosines.shape == (1, 3)


def test_an_empty_index_finds_nothing(rng: np.random.Generator) -> None:
    empty = TrackIndex.build([], np.zeros((0, 16), dtype=np.float32))
    found, cosines = empty.search(unit_vectors(2, rng), k=5)
    assert found == [[], []]
    assert cosines.shape == (2, 0)


def test_a_track_given_twice_is_refused(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="each track id once"):
        TrackIndex.build(["a", "a"], unit_vectors(2, rng))


def test_a_file_that_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vectors").write_bytes(b"no index")
    (tmp_path / "tracks").write_bytes(b"a\n")
    with pytest.raises(ValueError, match="holds no index"):
        TrackIndex.load(tmp_path / "vectors", tmp_path / "tracks")


@pytest.fixture
def large(rng: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """More tracks than are searched exactly, of fifty kinds."""
    vectors = rng.normal(size=(50, 64))[np.arange(3_000) % 50] + 0.6 * rng.normal(size=(3_000, 64))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [f"T{position:04d}" for position in range(3_000)], vectors.astype(np.float32)


def test_a_large_library_is_searched_nearly_exactly(large: tuple[list[str], np.ndarray]) -> None:
    ids, vectors = large
    exact = TrackIndex.build(ids, vectors).search(vectors[:50], k=20)[0]
    found, cosines = TrackIndex.build(ids, vectors, exact_up_to=1_000).search(vectors[:50], k=20)
    assert [row[0] for row in found] == ids[:50]
    shares = [len({*one} & {*other}) / 20 for one, other in zip(exact, found, strict=True)]
    assert np.mean(shares) > 0.9
    np.testing.assert_allclose(cosines[:, 0], 1.0, atol=0.02)


def test_a_large_index_is_the_same_each_time_and_is_read_as_it_was_written(
    large: tuple[list[str], np.ndarray], tmp_path: Path
) -> None:
    ids, vectors = large
    index, again = (TrackIndex.build(ids, vectors, exact_up_to=1_000) for _ in range(2))
    written = index.serialized()
    assert written == again.serialized()
    (tmp_path / "vectors").write_bytes(written.vectors)
    (tmp_path / "tracks").write_bytes(written.track_ids)
    read = TrackIndex.load(tmp_path / "vectors", tmp_path / "tracks")
    assert read.search(vectors[:5], k=7)[0] == index.search(vectors[:5], k=7)[0]
    assert read.vector_size == 64


@pytest.mark.parametrize(("exact_up_to", "tolerance"), [(1_000_000, 0.0), (1_000, 0.01)])
def test_vectors_are_given_back_by_place(
    exact_up_to: int, tolerance: float, large: tuple[list[str], np.ndarray]
) -> None:
    ids, vectors = large
    index = TrackIndex.build(ids, vectors, exact_up_to=exact_up_to)
    places = index.positions_of(["T0007", "absent", "T2999", ""])
    assert places.tolist() == [7, -1, 2_999, -1]
    np.testing.assert_allclose(index.vectors_at(places[[0, 2]]), vectors[[7, 2_999]], atol=tolerance)
