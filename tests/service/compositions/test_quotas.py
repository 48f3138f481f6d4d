import pytest

from service.compositions.quotas import set_quota, used_bytes
from service.compositions.requests import check_quota
from service.errors import Conflict, InvalidRequest, TooManyRequests
from service.operations.job_queue import enqueue
from service.operations.job_requests import compose_music
from service.settings import Settings
from service.store.database import Database
from service.store.tables import User, utc_now
from tests.service.compositions.pieces import Shelf
from tests.service.small_library import add_listener


def test_a_listeners_own_number_of_pieces_a_day_wins_over_the_houses(
    database: Database, store_settings: Settings
) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        set_quota(db_session, db_session.get_one(User, ada.id), daily=1, megabytes=None)
        check_quota(db_session, store_settings, ada.id)
        enqueue(db_session, compose_music(ada.id))
    with database.session() as db_session, pytest.raises(TooManyRequests) as refused:
        check_quota(db_session, store_settings, ada.id)
    assert refused.value.code == "quota_reached"
    assert str(refused.value).startswith("1 pieces a day")


def test_whoever_has_filled_their_room_is_composed_nothing_more(
    database: Database, store_settings: Settings
) -> None:
    ada = add_listener(database)
    shelf = Shelf(database, store_settings.media_dir, ada.id)
    shelf.add(size_bytes=1_500_000)
    with database.session() as db_session:
        user = db_session.get_one(User, ada.id)
        assert used_bytes(db_session, store_settings.media_dir, ada.id) == 1_500_000
        set_quota(db_session, user, daily=None, megabytes=2)
        check_quota(db_session, store_settings, ada.id)
    shelf.add(size_bytes=600_000)
    with database.session() as db_session, pytest.raises(Conflict) as refused:
        check_quota(db_session, store_settings, ada.id)
    assert refused.value.code == "storage_quota_reached"


def test_what_is_gone_takes_no_room(database: Database, store_settings: Settings) -> None:
    ada = add_listener(database)
    shelf = Shelf(database, store_settings.media_dir, ada.id)
    shelf.change(shelf.add(size_bytes=500), expired_at=utc_now())
    with database.session(read_only=True) as db_session:
        assert used_bytes(db_session, store_settings.media_dir, ada.id) == 0


@pytest.mark.parametrize("wrong", [-1, 10_000_001])
def test_a_limit_beyond_all_measure_is_refused(database: Database, wrong: int) -> None:
    ada = add_listener(database)
    with database.session() as db_session, pytest.raises(InvalidRequest) as refused:
        set_quota(db_session, db_session.get_one(User, ada.id), daily=None, megabytes=wrong)
    assert refused.value.code == "quota_out_of_range"
