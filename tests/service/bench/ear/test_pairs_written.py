from pathlib import Path

import numpy as np
import pytest

from generator.corpus import read_corpus
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from service.bench.ear.pairs_written import excerpt_starts, heard_later_by, recorded_pieces, written_notes
from service.bench.ear.transcription import HEARD_RATE
from tests.generator.corpora import write_tables


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tables(tmp_path_factory.mktemp("corpus"), pieces=3)


def test_a_file_is_a_recording_of_the_one_piece_that_bears_its_name(corpus: Path) -> None:
    titles = [("song 1", ""), ("track 7", "Song 2"), ("Song 0", ""), ("copy", "song 0"), ("Song 99", "")]
    found = recorded_pieces(titles, corpus)
    assert {number: piece.title for number, piece in found.items()} == {0: "Song 1", 1: "Song 2"}


def test_a_folder_without_a_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds neither"):
        recorded_pieces([("song", "")], tmp_path)


def test_excerpts_begin_inside_what_both_sides_share(corpus: Path) -> None:
    piece = next(iter(read_corpus(corpus)))
    starts = excerpt_starts(piece, 25.0, 10.0, 3)
    assert len(starts) == 3
    assert np.all(np.diff(starts) > 0)
    assert 0 <= starts[0] <= starts[-1] <= 15.0
    assert excerpt_starts(piece, 25.0, 26.0, 3) == []


def test_a_cut_holds_the_notes_of_its_stretch_and_no_others(corpus: Path) -> None:
    piece = next(iter(read_corpus(corpus)))
    notes = written_notes(piece, 8.0, 10.0)
    step = 60.0 / 120.0 / 12
    played = piece.notes.onset_steps * step
    inside = (played >= 8.0) & (played < 18.0)
    cut = np.sort(np.concatenate([track.onset_steps for track in notes.tracks])) * step + 8.0
    assert set(np.round(cut, 6)) <= set(np.round(played[inside], 6))
    assert len(cut) > 0.5 * inside.sum()


def test_a_delay_is_measured_and_other_music_is_not_aligned(corpus: Path, rng: np.random.Generator) -> None:
    piece = next(iter(read_corpus(corpus)))
    notes = written_notes(piece, 4.0, 8.0)
    mono = render_notes(notes, rng=rng).mean(0)[: 8 * SYNTHESIS_RATE : SYNTHESIS_RATE // HEARD_RATE]
    late = np.pad(mono, (HEARD_RATE // 10, 0))[: len(mono)]
    assert heard_later_by(notes, mono) == pytest.approx(0.0, abs=0.05)
    assert heard_later_by(notes, late) == pytest.approx(0.1, abs=0.05)
    assert heard_later_by(notes, rng.standard_normal(len(mono)).astype(np.float32)) is None
