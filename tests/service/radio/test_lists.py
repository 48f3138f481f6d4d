import json
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from service.accounts.preferences import change_preferences
from service.errors import InvalidRequest, NotFound, NotPrepared
from service.listening.thumbs import set_thumb
from service.radio.lists import LISTED_PLACES, STANDS_FOR, asked_json, listed_json
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import Composition, ModelVersion, RecommendationList, Track, User, utc_now
from tests.service.radio.houses import House


@pytest.fixture
def house(sqlite_settings: Settings, rng: np.random.Generator) -> Iterator[House]:
    database = open_database(sqlite_settings)
    yield House(database, sqlite_settings, rng).listened()
    database.close()


def served(house: House, places: int = 20) -> list[str]:
    with house.database.session(read_only=True) as db_session:
        revision = db_session.get_one(User, house.ada.id).list_revision
    return listed_json(house.database, house.settings, house.ada.id, revision, places)


def ids_of(lines: list[str]) -> list[str]:
    return [json.loads(line)["track"]["id"] for line in lines]


def kept(house: House) -> RecommendationList:
    with house.database.session(read_only=True) as db_session:
        return db_session.get_one(RecommendationList, house.ada.id)


def compose(house: House, track: Track) -> str:
    with house.database.session() as db_session:
        version = ModelVersion(kind="generator", name=track.id, sha256="1" * 64)
        db_session.add(version)
        db_session.flush()
        composition = Composition(
            user_id=house.ada.id,
            track_id=track.id,
            state="listed",
            seconds=60,
            seed=1,
            engine="notes",
            model_version_id=version.id,
            dtype="float32",
            threads=1,
        )
        db_session.add(composition)
        db_session.flush()
        return composition.id


def test_each_place_is_one_object_with_all_that_a_player_shows(house: House) -> None:
    first = json.loads(served(house)[0])
    assert first.keys() == {"track", "score", "reason", "parts", "because"}
    assert first["track"].keys() == {
        "id",
        "title",
        "artist",
        "album",
        "duration_seconds",
        "origin",
        "gain_db",
    }
    assert first["score"] == pytest.approx(sum(first["parts"].values()), abs=1e-3)


def test_a_short_list_is_the_beginning_of_a_long_one(house: House) -> None:
    whole = served(house, LISTED_PLACES)
    assert len(set(ids_of(whole))) == LISTED_PLACES
    assert served(house, 7) == whole[:7]


def test_the_first_twenty_are_as_mixed_as_a_list_of_twenty(house: House) -> None:
    assert ids_of(served(house)) == [item.track_id for item in house.list(places=20, now=kept(house).made_at)]


def test_an_unchanged_list_is_served_as_it_was_kept(house: House) -> None:
    before = served(house)
    with house.database.session() as db_session:
        db_session.execute(update(RecommendationList).values(entries='{"kept": 1}\n{"kept": 2}'))
    assert served(house) == ['{"kept": 1}', '{"kept": 2}'] != before


def test_a_thumb_acts_on_the_next_list_and_taking_it_back_gives_exactly_the_list_before(
    house: House,
) -> None:
    before = served(house)
    hidden = ids_of(before)[0]
    house.thumb(hidden, "down")
    after = served(house)
    assert hidden not in ids_of(after)
    house.thumb(hidden, "clear")
    assert served(house) == before


def test_a_thumb_down_puts_neighbours_lower(house: House) -> None:
    before = {json.loads(line)["track"]["id"]: json.loads(line) for line in served(house)}
    hidden = next(id_ for id_, line in before.items() if line["track"]["title"].startswith("piano"))
    house.thumb(hidden, "down")
    after = [json.loads(line) for line in served(house)]
    piano = [line for line in after if line["track"]["title"].startswith("piano")]
    assert min(line["parts"]["thumb_down"] for line in piano) < -0.2
    assert all(
        line["parts"]["thumb_down"] == 0 for line in after if line["track"]["title"].startswith("metal")
    )


def test_a_thumb_is_taken_back_exactly_hours_later_while_the_list_stands(house: House) -> None:
    before = served(house)
    earlier = utc_now() - STANDS_FOR + timedelta(minutes=5)
    with house.database.session() as db_session:
        db_session.execute(update(RecommendationList).values(made_at=earlier))
    house.thumb(ids_of(before)[0], "down")
    served(house)
    assert kept(house).made_at == earlier


def test_an_old_list_is_made_anew_when_it_is_asked_for(house: House) -> None:
    served(house)
    with house.database.session() as db_session:
        db_session.execute(
            update(RecommendationList).values(made_at=utc_now() - STANDS_FOR, entries='{"old": 1}')
        )
    assert '{"old": 1}' not in served(house)
    assert utc_now() - kept(house).made_at < timedelta(minutes=1)


def test_another_index_makes_another_list(house: House) -> None:
    served(house)
    with house.database.session() as db_session:
        db_session.execute(update(RecommendationList).values(index_sha256="0" * 64, entries='{"old": 1}'))
    assert '{"old": 1}' not in served(house)


def test_a_newer_list_is_not_replaced_by_a_request_that_began_before(house: House) -> None:
    served(house)
    with house.database.session() as db_session:
        db_session.execute(update(RecommendationList).values(list_revision=99, entries='{"newer": 1}'))
    assert served(house) == ['{"newer": 1}']


@pytest.mark.parametrize("change", [{"state": "held"}, {"expired_at": utc_now()}])
def test_a_composition_that_is_withheld_or_expired_leaves_the_list(
    change: dict[str, object], house: House
) -> None:
    compositions = {track.id: compose(house, track) for track in house.adas}
    listed = next(id_ for id_ in ids_of(served(house, LISTED_PLACES)) if id_ in compositions)
    with house.database.session() as db_session:
        db_session.execute(update(Composition).where(Composition.id == compositions[listed]).values(**change))
        db_session.execute(update(User).values(list_revision=User.list_revision + 1))
    assert listed not in ids_of(served(house, LISTED_PLACES))


def test_nobody_elses_composed_tracks_are_in_a_list(house: House) -> None:
    bobs = {track.id for track in house.bobs}
    assert not bobs & set(ids_of(served(house, LISTED_PLACES)))


def test_a_piece_composed_since_the_index_was_made_can_be_listed(
    house: House, rng: np.random.Generator
) -> None:
    new = house.compose_another("piano", rng)
    assert new.id in house.ids_of_list(places=200)


def test_a_list_of_no_or_too_many_places_is_refused(house: House) -> None:
    for places in (0, LISTED_PLACES + 1):
        with pytest.raises(InvalidRequest, match="1 to"):
            listed_json(house.database, house.settings, house.ada.id, 0, places)


def test_a_listener_who_is_gone_has_no_list(house: House) -> None:
    with pytest.raises(NotFound):
        listed_json(house.database, house.settings, "nobody", 0)


def test_without_an_index_there_is_no_list_yet(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    with pytest.raises(NotPrepared):
        listed_json(database, sqlite_settings, "nobody", 0)
    database.close()


def test_a_list_is_kept_on_either_kind_of_store(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    house = House(database, store_settings, rng).listened()
    assert served(house) == served(house)
    with database.session(read_only=True) as db_session:
        assert db_session.scalars(select(RecommendationList.user_id)).all() == [house.ada.id]


def test_thumbs_on_tracks_raise_what_a_list_is_kept_by(house: House) -> None:
    with house.database.session() as db_session:
        before = db_session.get_one(User, house.ada.id).list_revision
        set_thumb(db_session, house.ada.id, house.tracks["metal"][0].id, "up")
    with house.database.session(read_only=True) as db_session:
        assert db_session.get_one(User, house.ada.id).list_revision > before


def test_an_explained_list_is_the_one_that_stands_with_exact_parts(house: House) -> None:
    standing = [json.loads(line) for line in served(house)]
    explained = [
        json.loads(line) for line in asked_json(house.database, house.settings, house.ada.id, explain=True)
    ]
    assert [place["track"]["id"] for place in explained] == [place["track"]["id"] for place in standing][:20]
    for place in explained:
        assert place["score"] == pytest.approx(sum(place["parts"].values()), abs=1e-9)
        assert place["because"]["kind"] in ("similar", "familiar", "composed", "further")
        assert (place["because"]["plays"] > 0) == (place["because"]["kind"] == "familiar")


def test_a_context_brings_what_feels_so_and_is_no_standing_list(house: House) -> None:
    before = served(house)

    def sounds(context: str) -> list[str]:
        lines = asked_json(house.database, house.settings, house.ada.id, context=context)
        return [json.loads(line)["track"]["title"].split()[0] for line in lines]

    assert sounds("energy").count("metal") > 10 > sounds("calm").count("metal")
    assert served(house) == before
    with pytest.raises(InvalidRequest) as refused:
        asked_json(house.database, house.settings, house.ada.id, context="jogging")
    assert refused.value.code == "unknown_context"


def test_how_much_of_a_list_is_familiar_is_the_listeners_to_say(house: House) -> None:
    def familiar(share: float) -> int:
        with house.database.session() as db_session:
            change_preferences(db_session, house.ada.id, familiar_share=share)
        return sum("You have played" in json.loads(line)["reason"] for line in served(house)[:20])

    assert familiar(0.9) > familiar(0.5) > familiar(0.0) == 0
    with house.database.session() as db_session, pytest.raises(InvalidRequest):
        change_preferences(db_session, house.ada.id, familiar_share=float("nan"))
