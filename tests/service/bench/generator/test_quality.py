from dataclasses import replace

import numpy as np
import pytest

from generator.engines.markov import MarkovEngine
from generator.measures.corruptions import shuffle_bars
from generator.notes import Notes
from service.bench.generator.quality import OurPiece, Quality, measure_quality, reconstruction_auc
from service.bench.generator.quality_ladder import drawn_like
from service.bench.generator.real_windows import RealWindow, match_windows
from tests.generator.pieces import small_band
from tests.service.bench.generator.songs import song, windows

COUNT = 10


def noisy(notes: Notes, rng: np.random.Generator) -> Notes:
    """Return the notes with every pitch and onset drawn anew."""
    tracks = []
    for track in notes.tracks:
        onset = np.sort(rng.integers(0, notes.bars * 48 - 6, len(track.onset_steps))).astype(np.int32)
        pitch = rng.integers(40, 80, len(onset)).astype(np.int16)
        tracks.append(
            replace(track, onset_steps=onset, duration_steps=np.full(len(onset), 6, np.int32), pitch=pitch)
        )
    return replace(notes, tracks=tuple(tracks))


def quality(ours: list[Notes], *, markov: object = noisy) -> Quality:
    return measure_quality(
        [OurPiece(notes, str(number), "pop") for number, notes in enumerate(ours)],
        windows(COUNT, 1, "test"),
        windows(24, 2, "train"),
        markov,  # type: ignore[arg-type]  # one of the corruptions written here
        np.random.default_rng(0),
        lambda _share, _words: None,
        trees=10,
        draws=40,
    )


@pytest.fixture(scope="module")
def of_one_source() -> Quality:
    rng = np.random.default_rng(5)
    return quality([song(rng) for _ in range(COUNT)], markov=lambda notes, _rng: notes)


@pytest.fixture(scope="module")
def of_noise() -> Quality:
    rng = np.random.default_rng(5)
    return quality([shuffle_bars(noisy(song(rng), rng), rng) for _ in range(COUNT)])


def test_songs_of_the_same_source_are_hardly_told_apart_and_noise_is(
    of_one_source: Quality, of_noise: Quality
) -> None:
    assert of_one_source.figures["auc"]["value"] < 0.75
    assert of_noise.figures["auc"]["value"] > 0.95
    assert of_noise.figures["mmd"]["value"] > of_one_source.figures["mmd"]["value"] + 0.05
    assert of_noise.figures["auc"]["n"] == of_noise.figures["auc"]["n_real"] == COUNT


def test_the_rows_that_betray_noise_are_named(of_noise: Quality) -> None:
    by_rows = of_noise.figures["auc_by_rows"]
    assert by_rows["bass"] > 0.9
    assert "drums" not in by_rows
    assert len(of_noise.figures["betraying"]) == 25
    assert all(abs(one["auc"] - 0.5) > 0.3 for one in of_noise.figures["betraying"])


def test_real_music_of_other_works_is_the_control_near_a_half(of_noise: Quality) -> None:
    assert 0.25 < of_noise.figures["auc_real"]["value"] < 0.75
    assert of_noise.figures["auc_controls"]["markov"]["value"] > 0.95
    assert set(of_noise.figures["auc_controls"]) == {"markov", "row_swapped"}


def test_songs_without_clashes_stay_under_the_level_and_noise_does_not(
    of_one_source: Quality, of_noise: Quality
) -> None:
    assert of_one_source.figures["clash_share_real"]["value"] > 0.8
    assert of_noise.figures["clash_share"]["value"] == 0.0
    assert of_noise.figures["clashes"]["value"] > of_noise.figures["clashes_real"]["value"]


def test_form_is_a_share_of_what_real_music_has(of_one_source: Quality, of_noise: Quality) -> None:
    assert of_one_source.figures["form_share"]["value"] == pytest.approx(1.0, abs=0.3)
    assert of_noise.figures["form_share"]["value"] < 0.2
    assert of_one_source.figures["form_share"]["n"] == COUNT


def test_the_ladder_of_form_falls_when_bars_are_shuffled(of_one_source: Quality) -> None:
    form = of_one_source.figures["ladder"]["form"]
    assert form["rungs"]["real"]["value"] > form["rungs"]["shuffled"]["value"]
    assert form["pairs_in_order"]["real<shuffled"] == 1.0
    assert form["admitted"] == (form["kept"] >= 0.9)
    assert form["own_ladder"] == ["real", "shuffled"]
    assert form["admitted_on_own"]
    assert {row["measure"] for row in of_one_source.rows["quality_ladder"]} == {
        "auc",
        "mmd",
        "clashes",
        "form",
    }


def test_each_piece_has_its_row_beside_its_real_window(of_one_source: Quality) -> None:
    rows = of_one_source.rows["quality_pieces"]
    assert len(rows) == COUNT
    assert len({row["real_work"] for row in rows}) == COUNT
    assert all(0.0 <= row["chance_composed"] <= 1.0 for row in rows)


def test_a_judge_that_misses_its_controls_is_called_invalid(of_one_source: Quality) -> None:
    # the engine that stands for Markov gives back what it is given, which no judge can find
    assert of_one_source.figures["auc_controls"]["markov"]["value"] < 0.9
    assert of_one_source.figures["auc"]["valid"] is False


def test_pieces_without_a_real_window_beside_them_are_refused() -> None:
    with pytest.raises(ValueError, match="0 of 2 pieces have a real window"):
        quality([small_band(9), small_band(9)])


def test_a_match_has_the_same_rows_metre_and_length_and_no_window_twice() -> None:
    rng = np.random.default_rng(0)
    pool = [*windows(6, 3, "test"), RealWindow(small_band(16), "band", "rock")]
    ours = [song(rng, 9), song(rng, 12), small_band(10), replace(small_band(10), beats_per_bar=3)]
    matches = match_windows(ours, ["pop"] * 4, pool, rng)
    assert [match.ours for match in matches] == [0, 1, 2]
    assert [match.window.notes.bars for match in matches] == [9, 12, 10]
    assert matches[2].window.work == "band"
    assert matches[0].window.work != matches[1].window.work


def test_a_style_of_the_same_name_is_preferred() -> None:
    rng = np.random.default_rng(0)
    pool = [
        replace_style(window, "jazz" if number == 4 else "pop")
        for number, window in enumerate(windows(6, 3, "test"))
    ]
    assert match_windows([song(rng, 16)], ["jazz"], pool, rng)[0].window.style == "jazz"


def replace_style(window: RealWindow, style: str) -> RealWindow:
    return RealWindow(window.notes, window.work, style)


def test_an_engine_draws_on_the_rows_metre_and_length_of_the_piece_it_stands_beside() -> None:
    rng = np.random.default_rng(1)
    engine = MarkovEngine.fit_notes([song(rng, 16) for _ in range(3)], order=1)
    piece = song(rng, 16)
    drawn = drawn_like(engine)(piece, rng)
    assert (drawn.bars, drawn.beats_per_bar) == (16, 4)
    assert {track.row for track in drawn.tracks} <= {"lead", "pad", "bass"}
    assert drawn.note_count > 16


def test_reconstructions_that_are_the_windows_themselves_cannot_be_told() -> None:
    real = [window.notes for window in windows(10, 3, "test")]
    works = [str(number) for number in range(10)]
    found = reconstruction_auc(real, real, works, np.random.default_rng(0), trees=10)
    assert found["value"] == pytest.approx(0.5, abs=0.05)
