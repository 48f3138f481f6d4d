import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from service.library.troubles import duplicates
from service.operations.job_queue import end_job
from service.store.tables import EmbeddingFailure, Job, Track
from tests.service.admin.owned_house import OwnedHouse
from tests.service.clients import parts_of
from tests.service.small_library import add_track, blob_encoder


def jobs_of(web_app: APIFlask, kind: str) -> list[Job]:
    with parts_of(web_app).database.session(read_only=True) as db_session:
        return list(db_session.scalars(select(Job).where(Job.kind == kind, Job.state == "queued")))


def test_files_that_could_not_be_read_are_shown_with_their_reason(owner: FlaskClient) -> None:
    page = owner.get("/admin/catalogue").text
    assert "/music/broken \ufffd.flac" in page
    assert "The file ends before its sound does." in page


def test_a_track_that_could_not_be_listened_to_is_listened_to_again(
    web_app: APIFlask, owner: FlaskClient
) -> None:
    with parts_of(web_app).database.session() as db_session:
        track = add_track(db_session, "Unheard", "A")
        encoder_id = blob_encoder(db_session).id
        db_session.add(
            EmbeddingFailure(
                track_id=track.id,
                encoder_id=encoder_id,
                code="silent_audio",
                reason="It is silent.",
                modified_ns=1,
            )
        )
    assert "It is silent." in owner.get("/admin/catalogue").text
    owner.post(f"/admin/catalogue/tracks/{track.id}/listen-again")
    (job,) = jobs_of(web_app, "embed_tracks")
    assert job.payload["track_ids"] == [track.id]


def test_tracks_of_one_name_artist_and_length_are_there_twice(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    assert owned.held
    with parts_of(web_app).database.session() as db_session:
        add_track(db_session, "same song", "THE TWINS", album="Live", duration_seconds=320.0)
        groups, has_more = duplicates(db_session, 10)
    assert [sorted(track.album or "" for track in group) for group in groups] == [
        ["First Pressing", "Second Pressing"]
    ]
    assert not has_more
    page = owner.get("/admin/catalogue/duplicates").text
    assert "First Pressing" in page
    assert "Live" not in page


def test_names_that_are_there_twice_come_a_page_at_a_time(web_app: APIFlask) -> None:
    with parts_of(web_app).database.session() as db_session:
        for title in ("a", "b", "c"):
            for _ in range(2):
                add_track(db_session, title, "The Many")
        first, has_more = duplicates(db_session, 2)
        rest, has_still_more = duplicates(db_session, 2, 2)
    assert ([group[0].title for group in first + rest], has_more, has_still_more) == (
        ["a", "b", "c"],
        True,
        False,
    )


def test_tracks_that_are_gone_or_no_music_are_flagged(owner: FlaskClient) -> None:
    page = owner.get("/admin/catalogue/flagged").text
    for said in ("Gone Since", "Its file is gone.", "A Chapter Read Aloud", "It is no music to the ear"):
        assert said in page
    assert "piano 0" not in page


@pytest.mark.parametrize("number", ["0", "-3", "x", "9" * 40, "\u0663", "7"])
def test_a_page_that_is_not_there_is_empty_and_no_error(owner: FlaskClient, number: str) -> None:
    for part in ("", "/duplicates", "/flagged"):
        assert owner.get(f"/admin/catalogue{part}", query_string={"page": number}).status_code == 200


def test_a_long_list_is_paged(web_app: APIFlask, owner: FlaskClient) -> None:
    with parts_of(web_app).database.session() as db_session:
        for number in range(45):
            add_track(
                db_session,
                f"lost {number:02d}",
                "A",
                missing_since=db_session.scalar(select(Track.created_at)),
            )
    first = owner.get("/admin/catalogue/flagged").text
    assert 'href="/admin/catalogue/flagged?page=2"' in first
    second = owner.get("/admin/catalogue/flagged?page=2").text
    assert "lost 44" in second
    assert "lost 44" not in first


def test_the_owner_has_tracks_compared_by_sound_and_sees_what_was_found(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    assert owned.held
    assert "Not compared yet" in owner.get("/admin/catalogue/duplicates").text
    page = owner.post("/admin/catalogue/duplicates/compare", follow_redirects=True).text
    assert "The tracks are compared by their sound." in page
    (job,) = jobs_of(web_app, "find_twins")
    with parts_of(web_app).database.session() as db_session:
        first, second = (add_track(db_session, title, "A").id for title in ("Nocturne", "<script>Track 7"))
        result = {"compared": 7, "pairs": [[first, second, 0.999]]}
        end_job(db_session, db_session.get_one(Job, job.id), "done", result=result)
    page = owner.get("/admin/catalogue/duplicates").text
    assert "7 tracks were compared," in page
    assert "same sound, other names" in page
    assert "&lt;script&gt;Track 7" in page
    assert "had tracks compared by their sound" in owner.get("/admin/log").text
