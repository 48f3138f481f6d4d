import numpy as np
import pytest

from service.bench.ear.heard_store import HeardTrack
from service.bench.generator.style import DESCRIPTORS, Judged, StyleJudge, measure_style

CLUSTERS = ("blues", "choir", "drone", "march")
FEATURES = 6 + len(DESCRIPTORS)


def pieces(
    rng: np.random.Generator, each: int, *, nearness: float = 1.0, offset: float = 0.0, of: int = 4
) -> Judged:
    """Pieces of clusters that lie apart by `nearness` in a direction each, all moved by `offset` in another."""
    numbers = np.repeat(np.arange(of), each)
    features = 0.3 * rng.standard_normal((len(numbers), FEATURES))
    features[np.arange(len(numbers)), numbers] += nearness
    features[:, 5] += offset
    names = tuple(f"{number}-{place}" for place, number in enumerate(numbers))
    return Judged(names, features, tuple(CLUSTERS[number] for number in numbers))


@pytest.fixture
def judge(rng: np.random.Generator) -> StyleJudge:
    return StyleJudge(pieces(rng, 12))


def test_ours_stands_between_the_floor_and_the_oracle(judge: StyleJudge, rng: np.random.Generator) -> None:
    blank = pieces(rng, 8, nearness=0.0)
    figures, rows = measure_style(
        judge,
        ours=pieces(rng, 8, nearness=0.35, offset=3.0),
        oracle=pieces(rng, 8, offset=3.0),
        recordings=pieces(rng, 8),
        fixed=blank,
        arms={"tempo": blank},
        rng=rng,
    )
    assert figures["ceiling"]["share"]["value"] > 0.9
    assert figures["oracle"]["share"]["value"] > 0.9
    assert figures["floor"] == pytest.approx(0.25, abs=0.01)
    assert 0.2 < figures["ratio"]["value"] < 0.9
    assert figures["ratio"]["low"] < figures["ratio"]["value"] < figures["ratio"]["high"]
    assert figures["ours"]["p"] < 0.01
    assert figures["fixed_instruments_p"] == figures["fixed"]["p"] > 0.01
    assert figures["arms"]["tempo"]["n"] == figures["ours"]["n"] == 32
    assert {row["set"] for row in rows} == {"ours", "oracle", "ceiling", "fixed", "arm tempo"}
    assert all((row["told"] == row["for"]) == (row["place_of_own"] == 1) for row in rows)


def test_what_all_renders_share_tells_no_cluster(judge: StyleJudge, rng: np.random.Generator) -> None:
    moved = pieces(rng, 10)
    moved.features[:, 0] += 5.0
    found = judge.scores(moved).argmax(1)
    assert (found == judge.numbers(moved)).mean() > 0.9
    as_heard = judge.scores(moved, placed=False).argmax(1)
    assert (as_heard == 0).mean() > 0.9


def test_a_judge_of_one_cluster_and_a_piece_for_an_unknown_one_are_refused(
    judge: StyleJudge, rng: np.random.Generator
) -> None:
    with pytest.raises(ValueError, match="two clusters"):
        StyleJudge(pieces(rng, 12, of=1))
    unknown = Judged(("a",), np.zeros((1, FEATURES)), ("polka",))
    with pytest.raises(ValueError, match="no cluster 'polka'"):
        judge.numbers(unknown)


def test_a_judge_hears_the_embedding_and_the_descriptors() -> None:
    facts = dict.fromkeys(DESCRIPTORS, 0.5) | {"brightness_hz": 1000.0}
    heard = HeardTrack(np.zeros(400), np.eye(3, dtype=np.float32)[0], np.zeros(100), facts)
    judged = Judged.of(["a", "b"], [heard, heard], ["x", "y"])
    assert judged.features.shape == (2, 3 + len(DESCRIPTORS))
    assert judged.features[0, 3 + DESCRIPTORS.index("brightness_hz")] == pytest.approx(np.log(1000.0))
