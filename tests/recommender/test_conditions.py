from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.conditions import JudgedPiece, learn_conditions

PRIOR = {"tempo": 0.1, "density": 0.2}


def piece(liked: bool, *marks: str, **quantities: float) -> JudgedPiece:
    return JudgedPiece(liked, quantities, frozenset(marks))


def test_without_thumbs_nothing_leans_and_all_is_as_uncertain_as_before() -> None:
    posterior = learn_conditions([], PRIOR)
    assert posterior.means == {"tempo": 0, "density": 0}
    assert posterior.variances == pytest.approx({"tempo": 0.01, "density": 0.04})
    assert posterior.odds == {}


def test_a_like_pulls_to_where_the_piece_was_and_a_dislike_to_the_other_side() -> None:
    liked, disliked = (learn_conditions([piece(up, tempo=0.1)], PRIOR) for up in (True, False))
    assert liked.means["tempo"] == pytest.approx(0.1 / 5)
    assert -liked.means["tempo"] < disliked.means["tempo"] < 0
    assert liked.variances["tempo"] < disliked.variances["tempo"] < PRIOR["tempo"] ** 2


def test_many_likes_lead_all_the_way() -> None:
    posterior = learn_conditions([piece(True, tempo=0.15)] * 200, PRIOR)
    assert posterior.means["tempo"] == pytest.approx(0.15, abs=0.005)


def test_what_liked_pieces_have_is_likelier_to_be_wanted() -> None:
    odds = learn_conditions([piece(True, "major", "lead:9"), piece(False, "major", "bass:4")], PRIOR).odds
    assert odds["lead:9"] > 0 > odds["bass:4"]
    assert odds["major"] == 0


def test_a_quantity_beyond_reach_pulls_no_further_than_its_reach() -> None:
    far, edge = (learn_conditions([piece(True, tempo=offset)], PRIOR).means for offset in (5.0, 0.3))
    assert far == pytest.approx(edge)


@given(
    st.lists(st.tuples(st.booleans(), st.floats(-1, 1)), max_size=12),
    st.booleans(),
    st.floats(-1, 1),
    st.randoms(use_true_random=False),
)
def test_a_thumb_that_is_taken_back_leaves_no_trace_in_any_order(
    thumbs: list[tuple[bool, float]],
    up: bool,
    offset: float,
    order: Random,
) -> None:
    pieces = [piece(liked, "a" if liked else "b", tempo=there) for liked, there in thumbs]
    before = learn_conditions(pieces, PRIOR)
    shuffled = [*pieces, piece(up, "c", tempo=offset)]
    order.shuffle(shuffled)
    shuffled.remove(piece(up, "c", tempo=offset))
    assert learn_conditions(shuffled, PRIOR) == before


def test_a_draw_is_settled_by_its_numbers() -> None:
    posterior = learn_conditions([piece(True, tempo=0.1)], PRIOR)
    one, other = (posterior.draw(np.random.default_rng(3)) for _ in range(2))
    assert one == other
    assert one.keys() == PRIOR.keys()
