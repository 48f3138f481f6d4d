from pathlib import Path

import numpy as np
import pytest

from generator.bars import LOWEST_PITCH
from generator.corpus import corpus_hash, read_corpus
from generator.dataset import BarDataset, bar_planes, build_dataset
from generator.notes import Notes
from generator.windows import find_windows, window_notes
from tests.generator.corpora import write_midi_folder, write_tables
from tests.generator.pieces import small_band


@pytest.fixture
def dataset(tmp_path: Path) -> BarDataset:
    return build_dataset(read_corpus(write_tables(tmp_path)))


def note_set(notes: Notes) -> set[tuple[str, int, int, int]]:
    return {
        (track.row, onset, duration, pitch)
        for track in notes.tracks
        for onset, duration, pitch in zip(
            track.onset_steps.tolist(), track.duration_steps.tolist(), track.pitch.tolist(), strict=True
        )
    }


def test_every_key_is_brought_to_the_same_frame(dataset: BarDataset) -> None:
    first, third = (
        bar_planes(dataset, dataset.segment_range(), np.array([dataset.piece_first_bar[piece]]))
        for piece in (0, 2)
    )
    assert dataset.piece_transposition[2] == -2
    assert bool((first.onset == third.onset).all())
    assert first.chords.tolist() == [[0, 0, 0, 0]]
    assert first.onset[0, 3, 0, 36 - LOWEST_PITCH] == 1


def test_a_window_gives_back_the_notes_it_was_made_of(dataset: BarDataset) -> None:
    windows = find_windows(dataset, "train")
    assert len(windows) == 4
    notes = window_notes(dataset, dataset.segment_range(), int(windows.first_bar[0]), int(windows.piece[0]))
    assert note_set(notes) == note_set(small_band(16))
    assert notes.bars == 16


def test_works_stay_in_their_split(dataset: BarDataset) -> None:
    assert dataset.piece_split.tolist() == [0, 0, 0, 0, 1, 2]
    assert set(find_windows(dataset, "test").piece.tolist()) == {5}


def test_a_dataset_is_the_same_after_saving(dataset: BarDataset, tmp_path: Path) -> None:
    dataset.save(tmp_path / "dataset.npz")
    loaded = BarDataset.load(tmp_path / "dataset.npz")
    assert np.array_equal(loaded.segment_pitch, dataset.segment_pitch)
    assert loaded.piece_credit.tolist() == dataset.piece_credit.tolist()
    assert loaded.piece_credit[0] == "Song 0 by Trad. (songs, CC0-1.0)"


def test_a_grade_can_be_asked_for(tmp_path: Path) -> None:
    corpus = write_tables(tmp_path)
    assert [piece.piece_id for piece in read_corpus(corpus, grade="A")] == [0, 2, 4]
    assert list(read_corpus(corpus, licence="GPL")) == []


def test_a_folder_of_midi_files_is_a_corpus(tmp_path: Path) -> None:
    pieces = list(read_corpus(write_midi_folder(tmp_path)))
    assert [piece.title for piece in pieces] == ["song 0", "song 1", "song 2"]
    assert pieces[0].tempo_bpm == pytest.approx(120.0)
    assert len(pieces[0].notes) == small_band(18).note_count


def test_a_corpus_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither"):
        list(read_corpus(tmp_path))


def test_the_hash_of_a_corpus_follows_its_content(tmp_path: Path) -> None:
    first = corpus_hash(write_midi_folder(tmp_path / "a"))
    assert corpus_hash(write_midi_folder(tmp_path / "b")) == first
    (tmp_path / "b" / "song 0.mid").write_bytes(b"other")
    assert corpus_hash(tmp_path / "b") != first
