from pathlib import Path

import numpy as np
import pytest

from generator.copying.guard import IDIOM_WORKS, PASSAGES_FILE, PassageFilter
from generator.copying.index import PassageIndex
from generator.dataset import BarDataset
from tests.generator.tunes import Tune, as_notes, corpus_of, draw_bass, draw_tune, guard_without_passages

TUNES = [draw_tune(np.random.default_rng([1, number])) for number in range(6)]
BASSES = [draw_bass(np.random.default_rng([2, number])) for number in range(6)]


def idiom(works: int) -> list[tuple[str, str, Tune, Tune]]:
    """One tune that so many works share."""
    return [("train", f"shared {number}", TUNES[5], BASSES[5]) for number in range(works)]


@pytest.fixture(scope="module")
def corpus() -> BarDataset:
    own = [("train", f"w{number}", TUNES[number], BASSES[number]) for number in range(3)]
    return corpus_of([*own, *idiom(IDIOM_WORKS), ("test", "t", TUNES[3], BASSES[3])])


@pytest.fixture(scope="module")
def guard(corpus: BarDataset) -> PassageFilter:
    return PassageFilter.fit(corpus, {"corpus_sha256": "0"})


@pytest.mark.parametrize("up", [0, 5, -13])
def test_a_training_piece_is_found_from_its_first_note_to_its_last_in_any_key(
    guard: PassageFilter, up: int
) -> None:
    found = guard.repeated(as_notes(TUNES[1], BASSES[1], up=up))
    assert found["tune"].longest_beats == (TUNES[1][-1][0] - TUNES[1][0][0]) / 12
    assert found["tune"].share == found["chords"].share == 1.0
    assert len(guard.faults(found, bars=16)) == 2


def test_a_new_piece_repeats_nothing(guard: PassageFilter) -> None:
    found = guard.repeated(as_notes(TUNES[4], BASSES[4]))
    assert (found["tune"].longest_beats, found["tune"].share) == (0.0, 0.0)
    assert found["tune"].passages == len(TUNES[4]) - 8
    assert guard.faults(found, bars=16) == []


def test_four_copied_bars_are_measured_in_beats(guard: PassageFilter) -> None:
    mixed = [note for note in TUNES[4] if note[0] < 192] + [note for note in TUNES[0] if 192 <= note[0] < 384]
    mixed += [note for note in TUNES[4] if note[0] >= 384]
    copied = [onset for onset, _ in TUNES[0] if 192 <= onset < 384]
    found = guard.repeated(as_notes(mixed, BASSES[4]))["tune"]
    assert found.longest_beats == (copied[-1] - copied[0]) / 12
    assert 0 < found.share < 0.5
    assert "repeats a tune of the training music for" in guard.faults({"tune": found}, bars=16)[0]


def test_what_five_works_share_is_idiom_and_what_four_share_is_not(guard: PassageFilter) -> None:
    shared = as_notes(TUNES[5], BASSES[5])
    assert guard.repeated(shared)["tune"].share == 0.0
    fewer = PassageFilter.fit(corpus_of([*idiom(IDIOM_WORKS - 1), ("test", "t", TUNES[3], BASSES[3])]), {})
    assert fewer.repeated(shared)["tune"].share == 1.0


def test_two_pieces_of_one_work_do_not_make_an_idiom() -> None:
    versions = [("train", "one work", TUNES[5], BASSES[5])] * IDIOM_WORKS
    guard = PassageFilter.fit(corpus_of([*versions, ("test", "t", TUNES[3], BASSES[3])]), {})
    assert guard.repeated(as_notes(TUNES[5], BASSES[5]))["tune"].share == 1.0


def test_the_threshold_is_what_held_back_works_repeat_themselves() -> None:
    half = [note for note in TUNES[0] if note[0] < 384] + [note for note in TUNES[3] if note[0] >= 384]
    guard = PassageFilter.fit(
        corpus_of([("train", "w", TUNES[0], BASSES[0]), ("test", "t", half, BASSES[3])]), {}
    )
    own = guard.repeated(as_notes(half, BASSES[3]))
    assert own["tune"].longest_beats == guard.threshold_beats("tune", 16) > 28
    assert guard.faults(own, bars=16) == []
    assert guard.threshold_beats("tune", 31) == guard.threshold_beats("tune", 16)
    assert guard.threshold_beats("tune", 4) == guard.threshold_beats("tune", 8) < 32


def test_without_held_back_works_there_is_no_threshold() -> None:
    with pytest.raises(ValueError, match="no test works"):
        PassageFilter.fit(corpus_of([("train", "w", TUNES[0], BASSES[0])]), {})


def test_a_filter_survives_its_file_and_a_damaged_file_is_refused(
    guard: PassageFilter, tmp_path: Path
) -> None:
    path = tmp_path / PASSAGES_FILE
    guard.save(path)
    read = PassageFilter.load(path)
    copy = as_notes(TUNES[1], BASSES[1])
    assert read.repeated(copy) == guard.repeated(copy)
    assert read.thresholds == guard.thresholds
    assert read.provenance["tune_passages"] == sum(len(tune) - 8 for tune in TUNES[:3])
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="checksum"):
        PassageFilter.load(path)


def test_the_index_names_the_piece_and_the_bars(corpus: BarDataset) -> None:
    mixed = [note for note in TUNES[4] if note[0] < 192]
    mixed += [(onset - 192, pitch) for onset, pitch in TUNES[2] if 384 <= onset < 576]
    found = PassageIndex(corpus).find(as_notes(mixed, BASSES[4], up=3))["tune"]
    assert found is not None
    assert (found.piece_id, found.work) == (102, "w2")
    assert found.credit == "Song 2 by Trad. (songs, CC0-1.0)"
    assert (found.first_bar, found.last_bar) == (5, 8)
    assert (found.source_first_bar, found.source_last_bar) == (9, 12)
    copied = [onset for onset, _ in TUNES[2] if 384 <= onset < 576]
    assert found.beats == (copied[-1] - copied[0]) / 12


def test_the_index_finds_nothing_in_a_new_piece_nor_in_an_idiom(corpus: BarDataset) -> None:
    index = PassageIndex(corpus)
    assert index.find(as_notes(TUNES[4], BASSES[4]))["tune"] is None
    assert index.find(as_notes(TUNES[5], BASSES[5]))["tune"] is None


def test_an_empty_filter_knows_nothing() -> None:
    assert guard_without_passages().repeated(as_notes(TUNES[0], BASSES[0]))["tune"].longest_beats == 0.0
