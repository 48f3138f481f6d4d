from datetime import timedelta

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from service.admin.job_words import KINDS, told
from service.store.tables import Job, utc_now
from service.worker.job_kinds import JOB_MODULES
from tests.service.admin.owned_house import OwnedHouse
from tests.service.clients import parts_of


def state_of(web_app: APIFlask, job_id: str) -> str:
    with parts_of(web_app).database.session(read_only=True) as db_session:
        return db_session.get_one(Job, job_id).state


def test_the_list_tells_how_jobs_stand_and_why_they_failed(owned: OwnedHouse, owner: FlaskClient) -> None:
    assert owned.failed_job_id
    page = owner.get("/admin/jobs").text
    for said in (
        "Reading the music folder",
        "reading 412 of 1,030 files",
        "40 %",
        "No track has been listened",
    ):
        assert said in page


def test_what_is_in_a_listeners_own_job_is_not_told(owned: OwnedHouse, owner: FlaskClient) -> None:
    page = owner.get("/admin/jobs/list").text
    assert f'id="job-{owned.failed_job_id}"' in page
    assert "Composing" in page
    assert "Composing for Ben" not in page


def test_a_failed_job_is_done_again_and_called_off(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    job_id = owned.failed_job_id
    assert "It is queued again." in owner.post(f"/admin/jobs/{job_id}/retry", follow_redirects=True).text
    assert state_of(web_app, job_id) == "queued"
    assert "Called off." in owner.post(f"/admin/jobs/{job_id}/cancel", follow_redirects=True).text
    assert state_of(web_app, job_id) == "cancelled"
    told_again = owner.post(f"/admin/jobs/{job_id}/pause", follow_redirects=True).text
    assert "there is nothing to pause" in told_again


def test_a_job_that_is_gone_is_said_to_be_so(owned: OwnedHouse, owner: FlaskClient) -> None:
    page = owner.post(f"/admin/jobs/{owned.ben_id}/cancel", follow_redirects=True).text
    assert "There is no such job any more." in page


def test_a_job_whose_worker_fell_silent_is_told_of(web_app: APIFlask, owned: OwnedHouse) -> None:
    assert owned.held
    with parts_of(web_app).database.session(read_only=True) as db_session:
        job = db_session.scalars(select(Job).where(Job.kind == "scan_library")).one()
    assert job.lease_until is not None
    row = told(job, whose=None, is_own=False, now=job.lease_until + timedelta(seconds=1))
    assert row.is_silent
    assert not told(job, whose=None, is_own=False, now=utc_now()).is_silent


def test_only_jobs_in_one_state_can_be_looked_at(owner: FlaskClient) -> None:
    page = owner.get("/admin/jobs?state=failed").text
    assert page.count('<li class="job ') == 1
    assert owner.get("/admin/jobs?state=asleep").text.count('<li class="job ') == 4


def test_every_kind_of_job_has_its_words() -> None:
    of_the_demo = {"invent_histories", "lay_out_music"}
    assert JOB_MODULES.keys() - KINDS.keys() == of_the_demo
