"""A library of three sounds; what comes out is known from where each vector points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from recommender.candidates import TrackTable
from recommender.collaborative.factors import FactorConfig
from recommender.collaborative.fitting import CollaborativeConfig, fit_collaborative
from recommender.collaborative.model import CollaborativeModel
from recommender.collaborative.plays import play_matrix
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
        house_thumbs=lambda _ids: {},
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


def test_a_thumb_down_sinks_what_is_nearly_the_same_and_hardly_anything_else(library: Library) -> None:
    table = library.table
    row = table.track_ids.index("a05")
    twin = table.vectors[row] + 0.02 * table.vectors[0]
    vectors = table.vectors.copy()
    vectors[table.track_ids.index("a06")] = twin / np.linalg.norm(twin)
    after = ask(Library(table._replace(vectors=vectors)), thumbs=Thumbs(down=("a05",)), places=80)
    penalties = {item.track_id: item.parts["thumb_down"] for item in after}
    assert penalties.pop("a06") < -1.8
    assert np.median([lost for track_id, lost in penalties.items() if track_id[0] == "a"]) > -0.1
    assert all(lost == 0 for track_id, lost in penalties.items() if track_id[0] == "b")


def test_a_thumb_moves_no_chance_in_another_cluster(library: Library) -> None:
    def chances(thumbs: Thumbs) -> dict[str, float]:
        return {item.track_id: item.parts["chance"] for item in ask(library, thumbs=thumbs, places=80)}

    before, after = chances(Thumbs()), chances(Thumbs(down=("a05",)))
    both = before.keys() & after.keys()
    assert {
        track_id for track_id in both if track_id[0] == "b" and after[track_id] != before[track_id]
    } == set()
    assert any(after[track_id] != before[track_id] for track_id in both if track_id[0] == "a")


def test_what_others_of_the_house_like_is_likelier_to_be_liked(library: Library) -> None:
    before = {item.track_id: item.parts["chance"] for item in ask(library, places=80)}
    said = {"b03": (4, 0), "b04": (0, 4)}
    after = {
        item.track_id: item.parts["chance"]
        for item in ask(
            library, house_thumbs=lambda ids: {each: said[each] for each in ids if each in said}, places=80
        )
    }
    assert after["b03"] > before["b03"]
    assert after["b04"] < before["b04"]
    assert after["b05"] == before["b05"]


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


def others_who_play(library: Library, sound: str, listeners: int = 60) -> CollaborativeModel:
    """What a house has learnt in which everybody who plays the first tracks of one sound plays all of the third."""
    rng = np.random.default_rng(5)
    ids = tuple(track_id for track_id in library.table.track_ids if track_id < "c25")
    together = [at for at, name in enumerate(ids) if name[0] == "c" or (name[0] == sound and name[1] == "0")]
    apart = [at for at, name in enumerate(ids) if name[0] not in ("c", sound)]
    pairs = [
        (listener, track)
        for listener in range(listeners)
        for track in rng.permutation(together if listener % 2 else apart)[:12]
    ]
    listener, track = np.array(pairs).T
    matrix = play_matrix(listener, track, np.ones(len(pairs)), (listeners, len(ids)))
    vectors = library.table.vectors[: len(ids)]
    return fit_collaborative(ids, matrix, CollaborativeConfig(FactorConfig(dimensions=8)), rng, vectors)


def test_what_others_play_who_play_the_same_comes_into_the_list(library: Library) -> None:
    played = heard([(f"a{index:02}", A_WEEK_AGO) for index in range(8)])
    alone = ask(library, taste=None, interactions=played, composed_and_new=())
    shared = ask(
        library,
        taste=None,
        interactions=played,
        composed_and_new=(),
        collaborative=others_who_play(library, "a"),
    )
    of_third = [sum(item.track_id[0] == "c" for item in listed) for listed in (alone, shared)]
    assert of_third[1] > of_third[0]
    assert all("collaborative" not in item.parts for item in alone)
    assert all(item.score == pytest.approx(sum(item.parts.values())) for item in shared)
    parts = {item.track_id: item.parts["collaborative"] for item in shared}
    assert min(part for track_id, part in parts.items() if "c00" <= track_id < "c25") > 0


def test_a_house_of_few_has_less_of_a_say(library: Library) -> None:
    played = heard([(f"a{index:02}", A_WEEK_AGO) for index in range(8)])
    few, many = (
        max(
            abs(item.parts["collaborative"])
            for item in ask(
                library,
                taste=None,
                interactions=played,
                collaborative=replace(others_who_play(library, "a"), listeners=listeners),
            )
        )
        for listeners in (4, 400)
    )
    assert few < many / 4


def test_a_listener_whose_tracks_the_house_does_not_know_gets_the_same_list_as_without(
    library: Library,
) -> None:
    strange = others_who_play(library, "a")
    strange = replace(strange, track_ids=tuple(f"z{track_id}" for track_id in strange.track_ids))
    assert ask(library, collaborative=strange) == ask(library)


def test_what_the_house_plays_brings_back_nothing_with_a_thumb_down(library: Library) -> None:
    model = others_who_play(library, "a")
    down = tuple(f"c{index:02}" for index in range(10))
    listed = ask(library, collaborative=model, thumbs=Thumbs(down=down), places=80)
    assert not set(down) & set(ids_of(listed))
