"""Jobs of a listener's that are watched in a real browser, by one stream for all of them."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from apiflask import APIFlask
from sqlalchemy import select

from service.operations.job_queue import end_job
from service.store.tables import Job
from tests.browsers import complaints_of, open_browser
from tests.service.api.served import served
from tests.service.clients import parts_of
from tests.service.two_tastes import house_of_two_tastes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # a browser


@pytest.fixture
def page(web_app: APIFlask, require: Callable[[str], None], rng: np.random.Generator) -> Iterator["Page"]:
    """The music page of Ada, who has two tastes; nothing is done about any job."""
    require("browser")
    secret = house_of_two_tastes(web_app, rng)
    with served(web_app, ends_jobs=False) as api, open_browser() as browser:
        address = api.removesuffix("/api/v1")
        context = browser.new_context(base_url=address)
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": "homespun_session", "value": secret, "url": address}])
        complaints = complaints_of(context, address)
        page = context.new_page()
        page.goto("/")
        yield page
        assert [each for each in complaints if "/cover" not in each] == []
        context.close()


def _change(web_app: APIFlask, job_id: str, text: str) -> None:
    with parts_of(web_app).database.session() as db_session:
        job = db_session.get_one(Job, job_id)
        job.state, job.progress, job.progress_text = "running", 0.5, text
        job.revision += 1


def test_two_pieces_are_followed_and_one_dies(web_app: APIFlask, page: "Page") -> None:
    streams: list[str] = []
    page.on("request", lambda request: streams.append(request.url) if "events" in request.url else None)
    for button in page.locator("[data-compose]").all():
        button.click()
    cards = page.locator(".composing")
    cards.nth(1).get_by_text("waiting for its turn").wait_for()
    with parts_of(web_app).database.session(read_only=True) as db_session:
        jobs = list(db_session.scalars(select(Job.id).where(Job.kind == "compose_music").order_by(Job.id)))
    assert len(jobs) == 2

    for number, job_id in enumerate(jobs):
        _change(web_app, job_id, f"part {number}")
    page.get_by_text("part 0").first.wait_for()
    page.get_by_text("part 1").first.wait_for()

    sentence = "The process that did this died, 3 times in all."
    with parts_of(web_app).database.session() as db_session:
        job = db_session.get_one(Job, jobs[0])
        end_job(db_session, job, "failed", error_code="worker_died", error=sentence)
    page.get_by_text(sentence).wait_for()
    page.get_by_text("part 1").first.wait_for()
    assert len(streams) == 1
