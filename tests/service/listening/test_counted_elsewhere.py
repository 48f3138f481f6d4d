from datetime import UTC, datetime

from service.listening.counted_elsewhere import MOST_COUNTED
from service.listening.history import history
from service.listening.listens import ListenEvent, record_listen
from service.store.database import Database
from service.store.ids import new_id
from service.store.tables import ElsewhereAccount, ElsewhereCount, ElsewhereServer
from tests.service.small_library import add_listener, add_track

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


def test_plays_counted_elsewhere_stand_beside_the_listens_that_are_known(database: Database) -> None:
    ada, ben = add_listener(database), add_listener(database, "ben")
    with database.session() as db_session:
        heard, often = (add_track(db_session, title, "Artist").id for title in ("heard", "often"))
        for day, skipped in ((1, False), (2, True), (4, False)):
            event = ListenEvent(NOON.replace(day=day), "heard", "Artist", "test", skipped=skipped)
            record_listen(db_session, ada.id, event)
        server = ElsewhereServer(url="http://music.example")
        db_session.add(server)
        db_session.flush()
        account = ElsewhereAccount(
            id=new_id(), user_id=ada.id, server_id=server.id, name="ada", password_encrypted=b""
        )
        db_session.add(account)
        db_session.flush()
        for track_id, plays in ((heard, 3), (often, 2 * MOST_COUNTED)):
            db_session.add(
                ElsewhereCount(account_id=account.id, track_id=track_id, plays=plays, last_played_at=NOON)
            )
        db_session.flush()
        plays = history(db_session, ada.id)
        assert len(history(db_session, ben.id)) == 0
    days = [datetime.fromtimestamp(moment, UTC).day for moment in plays.listened_at.tolist()]
    assert days == sorted(days)
    of_track = [plays.track_ids[index] for index in plays.track]
    # Two of three are known one by one; a skip is none of them.
    assert of_track.count(heard) == 3 + 1
    assert of_track.count(often) == MOST_COUNTED
