import pytest
from apiflask import APIFlask
from sqlalchemy import select

from service.compositions.keeping import Kept
from service.compositions.wish_words import WORDS_MAX_CHARACTERS
from service.store.ids import new_id
from service.store.tables import Composition, Job
from tests.service.clients import browser_of, parts_of
from tests.service.compositions.pieces import Shelf
from tests.service.compositions.tastes import add_cluster, add_encoder, add_listener

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def annas(web_app: APIFlask) -> tuple[APIFlask, str, str]:
    """The application, Anna's id and that of her only taste."""
    database = parts_of(web_app).database
    encoder_id = add_encoder(database)
    anna = add_listener(database, encoder_id)
    return web_app, anna.user.id, add_cluster(database, anna, encoder_id, 0, 1.0)


def jobs(app: APIFlask) -> list[Job]:
    with parts_of(app).database.session(read_only=True) as db_session:
        return list(db_session.scalars(select(Job).order_by(Job.id)))


def end(app: APIFlask, job: Job, kept: Kept) -> None:
    """The job is done, and this came of it."""
    with parts_of(app).database.session() as db_session:
        row = db_session.get_one(Job, job.id)
        row.state, row.progress = "done", 1.0
        row.result = {
            "composition_id": kept.composition_id,
            "track_id": kept.track_id,
            "state": kept.state,
            "title": kept.title,
        }


def test_the_plain_form_composes_several_as_it_says(annas: tuple[APIFlask, str, str]) -> None:
    app, _, cluster_id = annas
    told = {
        "words": "slow piano, no drums",
        "cluster_id": cluster_id,
        "mood": "own",
        "valence": "0.5",
        "arousal": "-0.25",
        "tempo_bpm": "80",
        "seconds": "90",
        "lead": "flute",
        "pieces": "2",
    }
    answer = browser_of(app, "anna").post("/compose", data=told)
    assert answer.status_code == 303
    queued = jobs(app)
    assert [job.kind for job in queued] == ["compose_music"] * 2
    assert all(job.id in answer.location for job in queued)
    payload = queued[0].payload
    assert (payload["cluster_id"], payload["seconds"]) == (cluster_id, 90.0)
    assert payload["wish"] == {
        "valence": 0.5,
        "arousal": -0.25,
        "tempo_bpm": 80.0,
        "instruments": {"comp": "piano", "drums": "none", "lead": "flute"},
    }
    assert queued[0].payload["seed"] != queued[1].payload["seed"]
    page = browser_of(app, "anna").get(answer.location).text
    assert page.count('class="card open"') == 2
    assert "waiting" in page


@pytest.mark.parametrize(
    ("told", "status", "sentence"),
    [
        ({"tempo_bpm": "very"}, 400, "Tempo bpm must be a number."),
        ({"tempo_bpm": "900"}, 400, "between 50 and 190"),
        ({"mood": "own", "valence": "nan", "arousal": "0"}, 400, "from -1 to 1"),
        ({"seconds": "1e9"}, 400, "10 to 600 seconds"),
        ({"pieces": "99"}, 400, "1 to 4 pieces"),
        ({"lead": "kazoo"}, 400, "an instrument of its own list"),
        ({"words": "zorblax"}, 400, "None of these words"),
        ({"words": "x" * (WORDS_MAX_CHARACTERS + 1)}, 400, "at most 500 characters"),
        ({"words": "piano" * 20_000}, 400, "at most 500 characters"),
        ({"cluster_id": "no\0such"}, 404, "There is no such taste."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    annas: tuple[APIFlask, str, str], told: dict[str, str], status: int, sentence: str
) -> None:
    answer = browser_of(annas[0], "anna").post("/compose", data={"words": "calm flute", "pieces": "1"} | told)
    assert answer.status_code == status
    assert sentence in answer.text
    if "words" not in told:
        assert "calm flute</textarea>" in answer.text
    assert jobs(annas[0]) == []


def test_words_are_read_aloud_and_script_in_them_stays_text(annas: tuple[APIFlask, str, str]) -> None:
    query = {"words": f"slow flute {SCRIPT} \u202eabc\0"}
    text = browser_of(annas[0], "anna").get("/fragments/understood", query_string=query).text
    assert "flute plays the tune" in text
    assert "Not understood" in text
    assert "<script>" not in text
    page = browser_of(annas[0], "anna").get("/compose", query_string=query).text
    assert SCRIPT not in page


def test_a_style_that_is_no_taste_is_said_to_be_none(annas: tuple[APIFlask, str, str]) -> None:
    query = {"words": "some jazz"}
    text = browser_of(annas[0], "anna").get("/fragments/understood", query_string=query).text
    assert "None of your tastes goes by “jazz”" in text


def test_whoever_has_no_taste_yet_is_told_how_to_get_one(web_app: APIFlask) -> None:
    assert "Nothing to compose from yet" in browser_of(web_app, "ben").get("/compose").text


def test_of_several_one_is_kept_and_the_others_go(annas: tuple[APIFlask, str, str]) -> None:
    app, anna, cluster_id = annas
    shelf = Shelf(parts_of(app).database, parts_of(app).settings.media_dir, anna, cluster_id)
    browser = browser_of(app, "anna")
    browser.post("/compose", data={"pieces": "2"})
    queued, kept = jobs(app), [shelf.add(), shelf.add()]
    for job, piece in zip(queued, kept, strict=True):
        end(app, job, piece)
    ids = [job.id for job in queued]
    page = browser.get("/compose/pieces", query_string={"job": ids}).text
    assert page.count("Keep this one") == 2
    answer = browser.post("/compose/keep", data={"keep": kept[1].composition_id, "job": ids})
    assert answer.location.endswith(f"/compositions/{kept[1].composition_id}")
    with parts_of(app).database.session(read_only=True) as db_session:
        gone = [db_session.get_one(Composition, each.composition_id).expired_at for each in kept]
    assert gone[0] is not None
    assert gone[1] is None


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"state": "failed", "error": f"The worker died {SCRIPT}"}, "The worker died &lt;script&gt;"),
        ({"state": "cancelled"}, "It was called off."),
        ({"state": "running", "progress": 0.4, "progress_text": "composing"}, "composing"),
    ],
)
def test_every_end_of_a_job_has_its_words(
    annas: tuple[APIFlask, str, str], columns: dict[str, object], words: str
) -> None:
    app = annas[0]
    browser = browser_of(app, "anna")
    browser.post("/compose", data={"pieces": "1"})
    (job,) = jobs(app)
    with parts_of(app).database.session() as db_session:
        row = db_session.get_one(Job, job.id)
        for name, value in columns.items():
            setattr(row, name, value)
    card = browser.get(f"/fragments/composing/{job.id}").text
    assert words in card
    assert ("Try again" in card) == (columns["state"] != "running")


def test_a_piece_is_called_off_and_run_again_without_a_script(annas: tuple[APIFlask, str, str]) -> None:
    app = annas[0]
    browser = browser_of(app, "anna")
    browser.post("/compose", data={"pieces": "1"})
    (job,) = jobs(app)
    assert browser.post(f"/compose/jobs/{job.id}/cancel").status_code == 303
    assert jobs(app)[0].state == "cancelled"
    assert browser.post(f"/compose/jobs/{job.id}/again").status_code == 303
    assert jobs(app)[0].state == "queued"


def test_what_another_composes_is_not_shown(annas: tuple[APIFlask, str, str]) -> None:
    app = annas[0]
    browser_of(app, "anna").post("/compose", data={"pieces": "1"})
    (job,) = jobs(app)
    ben = browser_of(app, "ben")
    assert ben.get(f"/fragments/composing/{job.id}").status_code == 404
    assert ben.get("/compose/pieces", query_string={"job": [job.id, "no\0id", new_id()]}).status_code == 404
    assert ben.post("/compose/keep", data={"keep": new_id(), "job": job.id}).status_code == 404
    assert ben.post(f"/compose/jobs/{job.id}/cancel").status_code == 404
