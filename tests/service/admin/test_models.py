import json
from pathlib import Path

from apiflask import APIFlask
from flask.testing import FlaskClient

from service.operations.model_versions import in_use
from service.operations.training_records import training_curves
from service.settings import load_settings
from service.store.tables import User
from tests.service.admin.owned_house import OwnedHouse
from tests.service.clients import listener, parts_of


def ranker_in_use(web_app: APIFlask) -> str:
    with parts_of(web_app).database.session(read_only=True) as db_session:
        version = in_use(db_session, "ranker")
        assert version is not None
        return version.id


def test_versions_are_shown_with_what_was_measured_of_them(owned: OwnedHouse, owner: FlaskClient) -> None:
    assert owned.rankers
    page = owner.get("/admin/models").text
    for said in ("222222222222", "111111111111", "Found in the first 20", "23.1%", "94.0%", "Denoiser: loss"):
        assert said in page


def test_a_ranker_is_rolled_back_and_put_in_use_again(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    former, present = owned.rankers
    assert ranker_in_use(web_app) == present
    page = owner.post("/admin/models/roll-back", follow_redirects=True).text
    assert "is in use; everybody&#39;s list is made anew." in page
    assert ranker_in_use(web_app) == former
    owner.post(f"/admin/models/{present}/promote")
    assert ranker_in_use(web_app) == present
    log = owner.get("/admin/log").text
    assert "put a model in use" in log
    assert "in use ranker blend 111111111111" in log


def test_everybodys_list_is_made_anew_by_another_ranker(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    def revision() -> int:
        with parts_of(web_app).database.session(read_only=True) as db_session:
            return db_session.get_one(User, owned.ben_id).list_revision

    before = revision()
    owner.post("/admin/models/roll-back")
    assert revision() == before + 1


def test_what_is_no_ranker_is_not_put_in_use_here(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    assert owned.held
    with parts_of(web_app).database.session(read_only=True) as db_session:
        encoder = in_use(db_session, "encoder")
        assert encoder is not None
    page = owner.post(f"/admin/models/{encoder.id}/promote", follow_redirects=True).text
    assert "is no ranker" in page


def test_models_are_for_owners(web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient) -> None:
    with parts_of(web_app).database.session() as db_session:
        listener(db_session, "ada").is_owner = False
    assert owner.post("/admin/models/roll-back").status_code == 403
    assert ranker_in_use(web_app) == owned.rankers[1]


def test_a_record_of_training_that_is_broken_counts_as_none(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, composer_dir=tmp_path)
    assert training_curves(settings) == []
    (tmp_path / "training.json").write_text("{", encoding="utf-8")
    (tmp_path / "transformer.json").write_text(
        json.dumps({"curve": [{"step": 1, "bits_a_note": 9.0}, {"step": 2, "bits_a_note": 5.0}, "odd"]}),
        encoding="utf-8",
    )
    (curve,) = training_curves(settings)
    assert curve.points == ((1, 9.0), (2, 5.0))
