import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.accounts.people import add_user
from service.compositions.review import (
    REASONS,
    Action,
    audit,
    claim,
    decide,
    find_item,
    undo,
    waiting,
)
from service.errors import Conflict, HomespunError, InvalidRequest, NotFound
from service.library.visibility import find_track
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Composition, Job, ReviewDecision, Track, User, utc_now
from tests.service.compositions.held_pieces import RATE, SECONDS, keep_piece


@pytest.fixture
def ada(database: Database) -> str:
    with database.session() as db_session:
        return add_user(db_session, "ada").id


@pytest.fixture
def reviewers(database: Database) -> tuple[str, str]:
    with database.session() as db_session:
        return add_user(db_session, "rosa").id, add_user(db_session, "sam").id


@pytest.fixture
def held(database: Database, store_settings: Settings, ada: str) -> str:
    return keep_piece(database, store_settings, ada)


def say(
    database: Database, settings: Settings, reviewer: str, composition: str, action: Action, **words: str
) -> str:
    with database.session() as db_session:
        return decide(db_session, settings, reviewer, composition, action, **words).id


def composition_of(db_session: Session, composition_id: str) -> Composition:
    return db_session.get_one(Composition, composition_id, populate_existing=True)


def test_an_approved_piece_is_its_listeners_track_from_then_on(
    database: Database, store_settings: Settings, ada: str, reviewers: tuple[str, str], held: str
) -> None:
    with database.session(read_only=True) as db_session:
        revision = db_session.get_one(User, ada).list_revision
    say(database, store_settings, reviewers[0], held, "approve")
    with database.session(read_only=True) as db_session:
        composition = composition_of(db_session, held)
        assert composition.track_id is not None
        track = find_track(db_session, ada, composition.track_id)
        job = db_session.scalars(select(Job)).one()
        assert db_session.get_one(User, ada).list_revision > revision
    assert (composition.state, track.owner_id, track.sample_rate) == ("listed", ada, RATE)
    assert track.duration_seconds == pytest.approx(SECONDS)
    assert (job.kind, job.payload["track_ids"]) == ("embed_tracks", [track.id])


def test_a_rejected_piece_never_becomes_a_track_and_its_listeners_list_is_made_anew(
    database: Database, store_settings: Settings, ada: str, reviewers: tuple[str, str], held: str
) -> None:
    say(database, store_settings, reviewers[0], held, "reject", reason="distorted", note="at 0:04")
    with database.session(read_only=True) as db_session:
        assert composition_of(db_session, held).state == "rejected"
        assert db_session.scalars(select(Track)).all() == []
        assert db_session.get_one(User, ada).list_revision == 1
        (told,) = find_item(db_session, held).decisions
        assert waiting(db_session, 10) == []
    assert (told.action, told.reason, told.note, told.reviewer) == ("reject", "distorted", "at 0:04", "rosa")


def test_undo_takes_an_approval_back_and_approving_again_uses_the_same_track(
    database: Database, store_settings: Settings, ada: str, reviewers: tuple[str, str], held: str
) -> None:
    approved = say(database, store_settings, reviewers[0], held, "approve")
    with database.session() as db_session:
        undo(db_session, reviewers[1], approved)
    with database.session(read_only=True) as db_session:
        composition = composition_of(db_session, held)
        track_id = composition.track_id
        assert track_id is not None
        assert composition.state == "held"
        with pytest.raises(NotFound, match="no such track"):
            find_track(db_session, ada, track_id)
        assert [item.id for item in waiting(db_session, 10)] == [held]
    say(database, store_settings, reviewers[1], held, "approve")
    with database.session(read_only=True) as db_session:
        assert find_track(db_session, ada, track_id).id == track_id
        assert db_session.scalar(select(func.count()).select_from(Track)) == 1
        actions = [(each.action, each.is_undone) for each in find_item(db_session, held).decisions]
    assert actions == [("approve", True), ("undo", False), ("approve", False)]


def test_only_the_decision_in_force_can_be_taken_back_and_only_once(
    database: Database, store_settings: Settings, reviewers: tuple[str, str], held: str
) -> None:
    rejected = say(database, store_settings, reviewers[0], held, "reject", reason="copy")
    with database.session() as db_session:
        taken_back = undo(db_session, reviewers[0], rejected).id
    for decision in (rejected, taken_back):
        with pytest.raises(Conflict) as refused, database.session() as db_session:
            undo(db_session, reviewers[0], decision)
        assert refused.value.code == "already_undone"


def test_a_piece_another_reviewer_claimed_can_be_decided_by_nobody_else_until_the_claim_ends(
    database: Database, store_settings: Settings, reviewers: tuple[str, str], held: str
) -> None:
    rosa, sam = reviewers
    with database.session() as db_session:
        item = claim(db_session, rosa, held)
    assert (item.is_claimed_by_another(sam), item.is_claimed_by_another(rosa)) == (True, False)
    with pytest.raises(Conflict) as refused:
        say(database, store_settings, sam, held, "approve")
    assert refused.value.code == "claimed_by_another"
    with pytest.raises(Conflict, match="Another reviewer"), database.session() as db_session:
        claim(db_session, sam, held)
    with database.session() as db_session:
        db_session.execute(update(Composition).values(claimed_until=utc_now() - timedelta(seconds=1)))
    with database.session() as db_session:
        assert claim(db_session, sam, held).claimed_by_id == sam
    say(database, store_settings, sam, held, "approve")


def test_of_two_decisions_at_once_one_wins_and_the_other_is_told(
    database: Database, store_settings: Settings, ada: str, reviewers: tuple[str, str]
) -> None:
    for round_ in range(5):
        piece = keep_piece(database, store_settings, ada, title=f"Round {round_}")

        def attempt(reviewer: str, action: Action, piece: str = piece) -> str:
            words = {"reason": "monotonous"} if action == "reject" else {}
            try:
                say(database, store_settings, reviewer, piece, action, **words)
            except HomespunError as error:
                return error.code
            return "won"

        with ThreadPoolExecutor(2) as executor:
            ends = sorted(executor.map(attempt, reviewers, ("approve", "reject")))
        assert ends == ["already_decided", "won"]
    with database.session(read_only=True) as db_session:
        assert db_session.scalar(select(func.count()).select_from(ReviewDecision)) == 5


def test_the_desk_never_sees_whose_a_piece_is(
    database: Database, store_settings: Settings, ada: str, reviewers: tuple[str, str]
) -> None:
    piece = keep_piece(database, store_settings, ada, title="Ada's Canada Song")
    say(database, store_settings, reviewers[0], piece, "approve")
    with database.session(read_only=True) as db_session:
        shown = json.dumps(
            [asdict(find_item(db_session, piece)), asdict(audit(db_session, 5)[0])],
            default=str,
            ensure_ascii=False,
        )
    assert "…'s Canada Song" in shown
    assert ada not in shown
    assert "ada" not in shown.replace("Canada", "").lower()
    assert "studio" not in shown


def test_what_was_asked_is_told_in_words_and_numbers(database: Database, held: str) -> None:
    with database.session(read_only=True) as db_session:
        item = find_item(db_session, held)
    assert item.asked["words"] is None
    assert (item.asked["tempo_bpm"], item.asked["key"], item.asked["mode"]) == (100.0, "E flat", "minor")
    assert "style" not in item.asked
    assert item.measured == {"loudness_lufs": -14.0}
    assert item.failures == ("clips: 9 samples at full scale",)


def test_a_piece_that_never_waited_is_not_the_desks_business(
    database: Database, store_settings: Settings, ada: str, reviewers: tuple[str, str]
) -> None:
    private = keep_piece(database, store_settings, ada, listed=True)
    with database.session(read_only=True) as db_session:
        assert waiting(db_session, 10, state="listed") == []
        with pytest.raises(NotFound):
            find_item(db_session, private)
    with pytest.raises(NotFound):
        say(database, store_settings, reviewers[0], private, "reject", reason="copy")


@pytest.mark.parametrize(
    ("action", "words", "code"),
    [
        ("reject", {}, "reason_missing"),
        ("reject", {"reason": "dull"}, "unknown_reason"),
        ("reject", {"reason": "other"}, "note_missing"),
        ("reject", {"reason": "other", "note": "x" * 1_001}, "note_too_long"),
        ("approve", {"reason": "copy"}, "reason_not_wanted"),
    ],
)
def test_a_rejection_has_one_of_the_fixed_reasons(
    database: Database,
    store_settings: Settings,
    reviewers: tuple[str, str],
    held: str,
    action: Action,
    words: dict[str, str],
    code: str,
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        say(database, store_settings, reviewers[0], held, action, **words)
    assert refused.value.code == code
    assert all(sentence.endswith(".") for sentence in REASONS.values())


def test_the_audit_tells_the_newest_first_and_goes_on_where_it_stopped(
    database: Database, store_settings: Settings, ada: str, reviewers: tuple[str, str]
) -> None:
    made = [
        say(
            database,
            store_settings,
            reviewers[0],
            keep_piece(database, store_settings, ada, title=f"No {n}"),
            "approve",
        )
        for n in range(3)
    ]
    with database.session(read_only=True) as db_session:
        first = audit(db_session, 2)
        rest = audit(db_session, 2, after=first[-1].id)
    assert [each.id for each in first + rest] == made[::-1]
