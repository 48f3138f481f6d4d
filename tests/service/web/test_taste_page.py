import re
from datetime import timedelta

import numpy as np
import pytest
from apiflask import APIFlask
from sqlalchemy import select

from service.listening.mutes import mute
from service.store.tables import (
    Listen,
    Mute,
    TasteCluster,
    TasteMerge,
    TasteSnapshot,
    utc_now,
)
from tests.service.clients import browser_of, listener, parts_of
from tests.service.two_tastes import add_two_tastes


@pytest.fixture
def house(web_app: APIFlask, rng: np.random.Generator) -> APIFlask:
    """Ada has two tastes of five tracks each, and has played them."""
    with parts_of(web_app).database.session() as db_session:
        ada = listener(db_session, "ada")
        for track in add_two_tastes(db_session, ada, rng):
            db_session.add(
                Listen(
                    user_id=ada.id,
                    track_id=track.id,
                    listened_at=utc_now() - timedelta(days=3),
                    source="test",
                    title="t",
                    artist="a",
                    dedupe_key=track.id,
                )
            )
    return web_app


def _clusters(app: APIFlask) -> list[TasteCluster]:
    with parts_of(app).database.session(read_only=True) as db_session:
        return list(db_session.scalars(select(TasteCluster).order_by(TasteCluster.position)))


def test_every_track_of_the_map_stands_in_its_table(house: APIFlask) -> None:
    page = browser_of(house, "ada").get("/taste").text
    on_map = re.findall(r'data-on-map="(\w{26})"', page)
    assert len(on_map) == 10
    assert sorted(re.findall(r'id="on-map-(\w{26})"', page)) == sorted(on_map)
    assert page.count('class="map-region"') == 2
    assert 'aria-label="Map of your taste: piano at night, metal at night' in page
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)


def test_moods_are_told_by_hour_and_month_in_numbers_too(house: APIFlask) -> None:
    page = browser_of(house, "ada").get("/taste").text
    month = (utc_now() - timedelta(days=3)).strftime("%Y-%m")
    (row,) = re.findall(rf'<tr><th scope="row">{month}</th>(.*?)</tr>', page)
    # Metal is lively and piano calm; all of it is a little bright.
    assert re.findall(r">(\d+)</td>", row) == ["5", "5", "0", "0"]


def test_a_taste_is_renamed_weighed_muted_and_felt_otherwise(house: APIFlask) -> None:
    browser, first = browser_of(house, "ada"), _clusters(house)[0]
    told = {"name": " Sunday <b>mornings</b> ", "weight": "1.5", "valence": "-0.4", "arousal": ""}
    answer = browser.post(f"/taste/{first.id}", data=told, follow_redirects=True)
    assert "Sunday &lt;b&gt;mornings&lt;/b&gt;" in answer.text
    assert "<b>mornings" not in answer.text
    changed = _clusters(house)[0]
    assert (changed.name, changed.weight) == ("Sunday <b>mornings</b>", 1.5)
    assert (changed.own_valence, changed.own_arousal, changed.muted) == (-0.4, None, False)

    browser.post(f"/taste/{first.id}", data={"muted": "yes"})
    assert (_clusters(house)[0].muted, _clusters(house)[0].weight) == (True, 1.5)
    browser.post(f"/taste/{first.id}", data={"muted": "no", "name": "", "valence": ""})
    again = _clusters(house)[0]
    assert (again.muted, again.name, again.own_valence) == (False, None, None)


@pytest.mark.parametrize(
    "told",
    [
        {"name": "x" * 61},
        {"name": "two\nlines"},
        {"name": "a\0b"},
        {"weight": "9"},
        {"weight": "much"},
        {"weight": "nan"},
        {"valence": "2"},
        {"arousal": "inf"},
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(
    house: APIFlask, told: dict[str, str]
) -> None:
    first = _clusters(house)[0]
    answer = browser_of(house, "ada").post(f"/taste/{first.id}", data=told)
    assert answer.status_code == 400
    assert re.search(r'<p class="trouble" role="alert">[^<]+\.</p>', answer.text)
    assert _clusters(house)[0].weight == first.weight


def test_two_tastes_are_made_one_and_told_apart_again(house: APIFlask) -> None:
    browser, (one, other) = browser_of(house, "ada"), _clusters(house)
    assert browser.post(f"/taste/{one.id}/merge", data={"other_id": one.id}).status_code == 409
    page = browser.post(f"/taste/{one.id}/merge", data={"other_id": other.id}, follow_redirects=True).text
    assert "They are one taste now" in page
    assert [cluster.id for cluster in _clusters(house)] == [one.id]

    (merge_id,) = re.findall(r"/taste/merges/(\w{26})/split", page)
    assert browser.post(f"/taste/merges/{merge_id}/split").status_code == 303
    with parts_of(house).database.session(read_only=True) as db_session:
        assert db_session.scalars(select(TasteMerge)).all() == []
    # A second tab still shows the one that is gone.
    assert browser.post(f"/taste/{other.id}", data={"name": "gone"}).status_code == 404


def test_what_is_muted_is_listed_and_lifted(house: APIFlask) -> None:
    browser = browser_of(house, "ada")
    assert browser.post("/taste/mutes", data={"scope": "artist", "name": "<i>Noise</i>"}).status_code == 303
    page = browser.get("/taste").text
    assert "&lt;i&gt;Noise&lt;/i&gt;" in page
    assert browser.post("/taste/mutes", data={"scope": "artist", "name": ""}).status_code == 400
    assert browser.post("/taste/mutes", data={"scope": "planet", "name": "Mars"}).status_code == 400
    (mute_id,) = re.findall(r"/taste/mutes/(\w{26})/lift", page)
    assert browser.post(f"/taste/mutes/{mute_id}/lift").status_code == 303
    with parts_of(house).database.session(read_only=True) as db_session:
        assert db_session.scalars(select(Mute)).all() == []


def test_drift_tells_what_came_went_and_stayed(house: APIFlask) -> None:
    first, second = _clusters(house)
    with parts_of(house).database.session() as db_session:
        for cluster_id, words in ((first.id, "piano at night"), ("0" * 26, "an old love")):
            db_session.add(
                TasteSnapshot(
                    user_id=first.user_id,
                    day=(utc_now() - timedelta(days=40)).date(),
                    cluster_id=cluster_id,
                    words=words,
                    share=0.5,
                    valence=0.0,
                    arousal=0.0,
                    centroid=second.centroid,
                    encoder_id=first.encoder_id,
                )
            )
    page = browser_of(house, "ada").get("/taste?days=30").text
    for called, happened in (
        ("an old love", "it is gone"),
        ("metal at night", "it is new"),
        ("piano at night", "it sounds different"),
    ):
        assert re.search(rf"<bdi>{called}</bdi></th>.*{happened}", page)
    for odd in ("", "-1", "0", "999999999999", "x", "²"):
        assert browser_of(house, "ada").get("/taste", query_string={"days": odd}).status_code == 200


def test_another_listeners_taste_is_not_there(house: APIFlask) -> None:
    first, second = _clusters(house)
    ben = browser_of(house, "ben")
    with parts_of(house).database.session() as db_session:
        mute_id = mute(db_session, first.user_id, "tag", name="christmas").id
    assert ben.post(f"/taste/{first.id}", data={"name": "mine"}).status_code == 404
    assert ben.post(f"/taste/{first.id}/merge", data={"other_id": second.id}).status_code == 404
    assert ben.post(f"/taste/mutes/{mute_id}/lift").status_code == 404
    page = ben.get("/taste").text
    assert "No tastes yet" in page
    assert "piano at night" not in page
    assert "christmas" not in page
