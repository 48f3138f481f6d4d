"""A library of three sounds; what comes out is known from where each vector points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from recommender.candidates import TrackTable
from recommender.feedback import Thumbs
from recommender.interactions import Interactions
from recommender.pipeline import Recommendation, Request, recommend
from recommender.ranking import Taste
from tests.recommender.blobs import SIZE, blob, heard

NOW = 1_000 * 86_400
A_WEEK_AGO = NOW - 7 * 86_400
PER_SOUND = 30


@dataclass(frozen=True)
class Library:
    table: TrackTable

    def search(self, vectors: np.ndarray, k: int) -> list[list[str]]:
        order = np.argsort(-(vectors @ self.table.vectors.T), axis=1, kind="stable")[:, :k]
        return [[self.table.track_ids[index] for index in row] for row in order]

    def load(self, ids: Sequence[str]) -> TrackTable:
        wanted = set(ids)
        return self.table.at(
            np.array([row for row, each in enumerate(self.table.track_ids) if each in wanted], dtype=np.intp)
        )


@pytest.fixture
def library(rng: np.random.Generator) -> Library:
    """30 tracks around each of three axes, a00-c29; every other artist has four tracks; c25-c29 are composed."""
    ids = tuple(f"{sound}{index:02}" for sound in "abc" for index in range(PER_SOUND))
    vectors = np.concatenate([blob(axis, PER_SOUND, rng, spread=0.15) for axis in range(3)])
    artists = tuple(f"{track_id[0]}{int(track_id[1:]) // 4}" for track_id in ids)
    composed = np.array([track_id >= "c25" for track_id in ids])
    return Library(TrackTable(ids, vectors, artists, composed))


def two_tastes(*, muted: tuple[bool, bool] = (False, False), weights: tuple[float, float] = (1, 1)) -> Taste:
    return Taste(
        ("first", "second"),
        np.eye(2, SIZE, dtype=np.float32),
        np.array([0.6, 0.4]),
        np.array(weights, dtype=np.float64),
        np.array(muted),
        ("a00", "b00"),
    )


def played_some() -> Interactions:
    return heard([(f"{sound}{index:02}", A_WEEK_AGO + index) for sound in "ab" for index in range(10)])


def ask(library: Library, **changes: object) -> list[Recommendation]:
    request = Request(
        places=20,
        now_seconds=NOW,
        seed=7,
        interactions=played_some(),
        taste=two_tastes(),
        thumbs=Thumbs(),
        search=library.search,
        load_tracks=library.load,
        composed_and_new=tuple(track_id for track_id in library.table.track_ids if track_id >= "c25"),
        pool=library.table.track_ids,
    )
    return recommend(replace(request, **changes))  # type: ignore[arg-type]  # the fields are checked by what follows


def ids_of(listed: Sequence[Recommendation]) -> list[str]:
    return [item.track_id for item in listed]


def test_a_list_is_full_mixed_and_has_both_origins(library: Library) -> None:
    listed = ask(library)
    assert len(set(ids_of(listed))) == 20
    assert 1 <= sum(item.composed for item in listed) <= 5
    assert {item.track_id[0] for item in listed} >= {"a", "b"}


def test_the_score_is_the_sum_of_its_parts(library: Library) -> None:
    assert all(item.score == pytest.approx(sum(item.parts.values())) for item in ask(library))


def test_the_same_state_gives_the_same_list(library: Library) -> None:
    assert ask(library) == ask(library)


def test_no_artist_has_more_than_two_places_in_twenty(library: Library) -> None:
    artist_of = dict(zip(library.table.track_ids, library.table.artists, strict=True))
    artists = [artist_of[item.track_id] for item in ask(library) if not item.composed]
    assert max(artists.count(artist) for artist in artists) <= 2


def test_a_thumb_down_hides_the_track_and_clearing_it_gives_the_same_list_back(library: Library) -> None:
    before = ask(library)
    down = before[0].track_id
    assert down not in ids_of(ask(library, thumbs=Thumbs(down=(down,))))
    assert ask(library, thumbs=Thumbs()) == before


def test_a_thumb_down_lowers_its_neighbours_in_the_same_cluster_and_nobody_elsewhere(
    library: Library,
) -> None:
    after = ask(library, thumbs=Thumbs(down=("a05",)), places=80)
    penalties = {item.track_id: item.parts["thumb_down"] for item in after}
    assert all(penalty < -0.2 for track_id, penalty in penalties.items() if track_id.startswith("a"))
    assert all(penalty == 0 for track_id, penalty in penalties.items() if track_id.startswith("b"))


def test_a_thumb_up_lifts_its_neighbours_and_is_their_reason(library: Library) -> None:
    before, after = ask(library), ask(library, thumbs=Thumbs(up=("b20",)))
    assert sum(item.track_id[0] == "b" for item in after) > sum(item.track_id[0] == "b" for item in before)
    reasons = {item.track_id: item.reason for item in after}
    assert reasons["b20"].kind == "liked"
    assert any(reason.kind == "near_liked" and reason.anchor_id == "b20" for reason in reasons.values())


def test_a_muted_cluster_gives_nothing_to_the_list(library: Library) -> None:
    listed = ask(library, taste=two_tastes(muted=(False, True)))
    assert not [track_id for track_id in ids_of(listed) if track_id.startswith("b")]
    assert listed


def test_with_everything_muted_the_list_is_a_varied_start_that_says_so(library: Library) -> None:
    listed = ask(library, taste=two_tastes(muted=(True, True)))
    assert {item.reason.kind for item in listed} == {"all_muted"}


def test_a_cluster_with_more_weight_gets_more_places(library: Library) -> None:
    def share_of_b(weights: tuple[float, float]) -> int:
        return sum(
            track_id.startswith("b") for track_id in ids_of(ask(library, taste=two_tastes(weights=weights)))
        )

    assert share_of_b((1, 8)) > share_of_b((8, 1))


def test_no_plays_give_a_varied_start_that_says_so(library: Library) -> None:
    listed = ask(library, taste=None, interactions=heard([]))
    assert len(listed) == 20
    assert {item.reason.kind for item in listed} == {"cold"}
    assert {item.track_id[0] for item in listed[:3]} == {"a", "b", "c"}


def test_one_play_without_clusters_gives_what_sounds_alike(library: Library) -> None:
    listed = ask(library, taste=None, interactions=heard([("b03", A_WEEK_AGO)]))
    assert len(listed) == 20
    assert sum(track_id.startswith("b") for track_id in ids_of(listed)) >= 12
    assert {item.reason.anchor_id for item in listed if item.reason.kind == "similar"} == {"b03"}


def test_ten_thousand_plays_of_one_track_do_not_fill_the_list(library: Library) -> None:
    listed = ask(
        library, taste=None, interactions=heard([("b03", A_WEEK_AGO + play) for play in range(10_000)])
    )
    assert len(set(ids_of(listed))) == 20
    assert {item.reason.plays for item in listed if item.track_id == "b03"} == {10_000}


def test_what_was_played_an_hour_ago_waits(library: Library) -> None:
    history = heard([*((f"a{index:02}", A_WEEK_AGO) for index in range(10)), ("a03", NOW - 3_600)])
    assert "a03" not in ids_of(ask(library, interactions=history))


def test_what_is_skipped_again_and_again_scores_lower(library: Library) -> None:
    events = [("a03", A_WEEK_AGO + index) for index in range(6)] + [("a04", A_WEEK_AGO)]
    skipped = heard(events, skipped=[False, *[True] * 5, False])
    listed = {item.track_id: item for item in ask(library, interactions=skipped, places=90)}
    assert listed["a03"].parts["like"] < listed["a04"].parts["like"]


def test_an_empty_library_gives_an_empty_list() -> None:
    nothing = Library(TrackTable((), np.zeros((0, SIZE), np.float32), (), np.zeros(0, np.bool_)))
    assert ask(nothing, composed_and_new=()) == []
    assert ask(nothing, taste=None, composed_and_new=()) == []


def test_a_list_without_places_is_refused(library: Library) -> None:
    with pytest.raises(ValueError, match="at least one place"):
        ask(library, places=0)
