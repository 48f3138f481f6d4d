from datetime import timedelta
from pathlib import Path

import pytest

from service.accounts.people import add_user
from service.compositions.keeping import FOLDER
from service.compositions.retention import (
    choose_expired,
    expire,
    measure_files,
    remove_files,
    unheard_pieces,
)
from service.listening.thumbs import set_thumb
from service.store.database import Database
from service.store.tables import Track, User, utc_now
from tests.service.compositions.pieces import Shelf


@pytest.fixture
def shelf(database: Database, tmp_path: Path) -> Shelf:
    with database.session() as db_session:
        return Shelf(database, tmp_path, add_user(db_session, "anna").id)


def waiting(shelf: Shelf) -> list[str]:
    with shelf.database.session(read_only=True) as db_session:
        return [piece.composition_id for piece in unheard_pieces(db_session)]


def chosen(shelf: Shelf, *, keep_days: int = 30, cap_bytes: int = 10**9) -> list[str]:
    with shelf.database.session(read_only=True) as db_session:
        return choose_expired(
            unheard_pieces(db_session),
            measure_files(shelf.media_dir),
            now=utc_now(),
            keep_days=keep_days,
            cap_bytes=cap_bytes,
        )


def test_what_was_played_or_is_liked_or_waits_for_review_is_kept(shelf: Shelf) -> None:
    played, liked, no_longer_liked, held, rejected, unheard = (
        shelf.add(days_ago=9 - number, passed=number not in (3, 4), review_policy=policy)
        for number, policy in enumerate(["flagged"] * 4 + ["none", "flagged"])
    )
    shelf.play(played)
    with shelf.database.session() as db_session:
        for kept, value in ((liked, "up"), (no_longer_liked, "up"), (no_longer_liked, "clear")):
            assert kept.track_id is not None
            set_thumb(db_session, shelf.user_id, kept.track_id, value)
    assert held.state == "held"
    assert waiting(shelf) == [each.composition_id for each in (no_longer_liked, rejected, unheard)]


def test_pieces_go_after_the_days_they_are_kept_counted_from_when_they_were_handed_out(shelf: Shelf) -> None:
    old, handed_out, young = (shelf.add(days_ago=days) for days in (40, 41, 20))
    shelf.change(handed_out, handed_out_at=utc_now() - timedelta(days=2))
    assert chosen(shelf) == [old.composition_id]
    assert set(waiting(shelf)) == {old.composition_id, handed_out.composition_id, young.composition_id}


def test_over_the_cap_the_oldest_go_until_the_rest_fits_and_todays_stay(shelf: Shelf) -> None:
    oldest, older, old, new = (shelf.add(days_ago=days, size_bytes=100) for days in (9, 8, 7, 0.1))
    assert chosen(shelf, cap_bytes=400) == []
    assert chosen(shelf, cap_bytes=250) == [oldest.composition_id, older.composition_id]
    assert chosen(shelf, cap_bytes=10) == [oldest.composition_id, older.composition_id, old.composition_id]
    assert new.composition_id in waiting(shelf)


def test_a_piece_that_goes_leaves_its_row_and_its_listeners_list_is_made_anew(shelf: Shelf) -> None:
    gone, played_meanwhile = shelf.add(days_ago=40), shelf.add(days_ago=40)
    shelf.play(played_meanwhile)
    with shelf.database.session() as db_session:
        before = db_session.get_one(User, shelf.user_id).list_revision
        ids = expire(db_session, [gone.composition_id, played_meanwhile.composition_id], utc_now())
        db_session.expire_all()
        assert db_session.get_one(User, shelf.user_id).list_revision == before + 1
    remove_files(shelf.media_dir, ids)
    assert ids == [gone.composition_id]
    assert not (shelf.media_dir / FOLDER / gone.composition_id).exists()
    assert (shelf.media_dir / FOLDER / played_meanwhile.composition_id).exists()
    assert shelf.row(gone).expired_at is not None
    with shelf.database.session(read_only=True) as db_session:
        assert db_session.get_one(Track, gone.track_id).missing_since is not None
    assert waiting(shelf) == []
