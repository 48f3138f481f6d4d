import numpy as np
import pytest

from service.bench.ear.retrieval import Question, ask, compare, cosines, nearest

STYLES = ("waltz", "march", "reel")


def library(albums_of_a_style: int = 4, tracks_of_an_album: int = 3) -> Question:
    labels, albums = [], []
    for style in STYLES:
        for album in range(albums_of_a_style):
            labels += [style] * tracks_of_an_album
            albums += [f"{style} {album}"] * tracks_of_an_album
    return Question.of(labels, albums)


def one_hot(names: np.ndarray) -> np.ndarray:
    return (names[:, None] == np.unique(names)[None, :]).astype(float)


def test_vectors_that_are_the_style_find_it_always(rng: np.random.Generator) -> None:
    question = library()
    told = compare(
        question,
        {"ours": one_hot(question.labels), "bar": rng.standard_normal((36, 5))},
        ours="ours",
        bar="bar",
        rng=rng,
    )
    perfect = told["representations"]["ours"]
    assert told["queries"] == 36
    assert told["groups"] == 12
    for figure in ("recall_at_1", "recall_at_10", "average_precision"):
        assert perfect[figure]["value"] == perfect[figure]["low"] == perfect[figure]["macro"]["value"] == 1.0
    # Nine others of a style are not on the asker's album: the tenth place cannot be right.
    assert perfect["precision_at_10"]["value"] == pytest.approx(0.9)
    assert told["gain"]["recall_at_1"]["micro"]["low"] > 0


def test_labels_dealt_anew_and_vectors_of_chance_find_what_chance_finds(rng: np.random.Generator) -> None:
    question = library(albums_of_a_style=10)
    told = compare(
        question,
        {"ours": one_hot(question.labels), "bar": one_hot(question.labels)},
        ours="ours",
        bar="bar",
        rng=rng,
    )
    assert told["labels_dealt_anew"]["recall_at_1"] == pytest.approx(1 / 3, abs=0.08)
    assert told["representations"]["random"]["recall_at_1"]["value"] == pytest.approx(1 / 3, abs=0.15)
    assert told["gain"]["recall_at_1"]["micro"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_no_track_of_the_own_album_answers() -> None:
    question = library()
    albums_alone = one_hot(question.groups)
    assert all(
        question.groups[track] not in question.groups[near]
        for track, near in enumerate(nearest(question, cosines(albums_alone), 35))
    )
    # The own album is all that these vectors know: without it every candidate is equally far, and the first stands first.
    assert ask(question, cosines(albums_alone))["recall_at_1"].mean() == pytest.approx(1 / 3)


def test_who_has_no_right_answer_is_counted_and_left_out(rng: np.random.Generator) -> None:
    question = Question.of(["waltz", "waltz", "march", "march"], ["a", "b", "c", "c"])
    vectors = {"ours": one_hot(question.labels)}
    told = compare(question, vectors, ours="ours", bar="ours", rng=rng)
    assert told["queries"] == 2
    assert told["left_out_without_a_right_answer"] == 2
    assert told["labels"]["march"] == {"tracks": 2, "groups": 1}


def test_precision_and_average_precision_are_those_of_the_book() -> None:
    # The asker and four candidates, of which the first and the third nearest are right.
    question = Question.of(["waltz", "waltz", "march", "waltz", "march"], list("abcde"))
    similar = np.zeros((5, 5))
    similar[0] = [1.0, 0.9, 0.8, 0.7, 0.6]
    figures = ask(question, similar)
    assert figures["precision_at_10"][0] == pytest.approx(0.5)
    assert figures["average_precision"][0] == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_a_style_with_many_tracks_does_not_speak_for_all_in_the_macro_figure(
    rng: np.random.Generator,
) -> None:
    labels = ["waltz"] * 30 + ["march"] * 2
    question = Question.of(labels, [str(n) for n in range(32)])
    everything_is_a_waltz = np.ones((32, 1))
    told = compare(question, {"ours": everything_is_a_waltz}, ours="ours", bar="ours", rng=rng)
    figure = told["representations"]["ours"]["recall_at_1"]
    assert figure["value"] == pytest.approx(30 / 32)
    assert figure["macro"]["value"] == pytest.approx(0.5)
