import numpy as np
import pytest

from service.bench.ear.pair_gathering import TRANSCRIBED, WRITTEN, Pair, Pairs
from service.bench.ear.pairs import BEFORE, SHIPPED, figures_of_pairs
from service.errors import InvalidRequest

PACKAGES, TRACKS, DIMENSIONS = 6, 12, 200


WHOLE = "damped, hubs"
"""The shipped correction goes half the way, as part of what pairs differ by is style; this one goes all of it."""


def unit(vectors: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


def pairs_with_a_gap(rng: np.random.Generator) -> Pairs:
    """Six packages of twelve tracks, the first package's recorded from written pieces; two directions tell nothing."""
    names = [(package, track) for package in range(PACKAGES) for track in range(TRACKS)]
    content = rng.standard_normal((len(names), DIMENSIONS))
    content[:, :2] = 0.0
    real, rendered = content.copy(), content + 0.3 * rng.standard_normal(content.shape)
    real[:, :2], rendered[:, :2] = 12.0 * rng.standard_normal((2, len(names), 2))
    listed = [
        Pair(TRANSCRIBED if package else WRITTEN, f"package {package}", f"{package}/{track}", 0.0, (0,), 50)
        for package, track in names
    ]
    return Pairs(listed, unit(real), unit(rendered))


def test_a_correction_fitted_on_other_packages_finds_renders_again(rng: np.random.Generator) -> None:
    figures = figures_of_pairs(pairs_with_a_gap(rng), rng).figures
    before, after = (figures[TRANSCRIBED][name].recall_at_10 for name in (BEFORE, WHOLE))
    assert before.value < 0.8 * after.value
    assert after.low is not None
    assert before.high is not None
    assert after.low > before.high
    assert figures[WRITTEN][WHOLE].recall_at_10.value > figures[WRITTEN][BEFORE].recall_at_10.value


def test_another_tracks_render_and_shuffled_pairs_are_no_better_than_chance(rng: np.random.Generator) -> None:
    figures = figures_of_pairs(pairs_with_a_gap(rng), rng).figures
    chance = 10 / (PACKAGES * TRACKS)
    assert figures["another's render"][WHOLE].recall_at_10.value == pytest.approx(chance, abs=0.12)
    shuffled = figures["fitted on shuffled pairs"][WHOLE].reciprocal_rank.value
    assert shuffled < figures[TRANSCRIBED][WHOLE].reciprocal_rank.value


def test_anchors_compete_where_they_are_given(rng: np.random.Generator) -> None:
    pairs = pairs_with_a_gap(rng)
    crowd = np.repeat(pairs.real, 20, axis=0)
    measured = figures_of_pairs(pairs, rng, anchors=unit(crowd))
    crowded = measured.figures[f"{TRANSCRIBED} among anchors"][BEFORE]
    assert crowded.recall_at_10.value == 0.0
    assert crowded.candidates == 21 * len(pairs.pairs)
    assert f"{TRANSCRIBED} among anchors" not in figures_of_pairs(pairs, rng).figures


def test_other_excerpts_of_the_same_track_do_not_compete(rng: np.random.Generator) -> None:
    pairs = pairs_with_a_gap(rng)
    twice = Pairs(
        [pair for pair in pairs.pairs for _ in range(2)],
        np.repeat(pairs.rendered, 2, axis=0),
        np.repeat(pairs.rendered, 2, axis=0),
    )
    assert figures_of_pairs(twice, rng).figures[TRANSCRIBED][BEFORE].recall_at_1.value == 1.0


def test_a_tie_is_no_find(rng: np.random.Generator) -> None:
    pairs = pairs_with_a_gap(rng)
    pairs.rendered[:] = pairs.rendered[0]
    assert figures_of_pairs(pairs, rng).figures[TRANSCRIBED][BEFORE].recall_at_10.value == 0.0


def test_written_pairs_alone_are_tested_on_tracks_that_were_left_out(rng: np.random.Generator) -> None:
    alone = figures_of_pairs(pairs_with_a_gap(rng), rng).figures["written alone"][SHIPPED]
    assert (alone.pairs, alone.candidates) == (TRACKS, TRACKS)


def test_pairs_of_one_package_cannot_be_measured(rng: np.random.Generator) -> None:
    pairs = pairs_with_a_gap(rng)
    few = Pairs(pairs.pairs[TRACKS : 2 * TRACKS], pairs.real[:TRACKS], pairs.rendered[:TRACKS])
    with pytest.raises(InvalidRequest, match="two top-level folders"):
        figures_of_pairs(few, rng)


def test_each_pair_has_a_row_and_the_whole_fits_into_json(rng: np.random.Generator) -> None:
    measured = figures_of_pairs(pairs_with_a_gap(rng), rng)
    rows = measured.rows()
    assert len(rows) == PACKAGES * TRACKS
    assert f"{WRITTEN}: {SHIPPED}" in rows[0]["ranks"]
    assert f"{WRITTEN}: {SHIPPED}" not in rows[-1]["ranks"]
    told = measured.to_json()
    assert told["pairs"] == {TRANSCRIBED: (PACKAGES - 1) * TRACKS, WRITTEN: TRACKS}
    assert told["packages"] == PACKAGES
    recall = told["figures"][TRANSCRIBED][SHIPPED]["recall_at_10"]
    assert recall["low"] <= recall["value"] <= recall["high"]
