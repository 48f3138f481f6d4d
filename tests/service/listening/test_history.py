from datetime import UTC, datetime

import numpy as np

from service.listening.history import history
from service.listening.listens import ListenEvent, record_listen
from service.store.database import Database
from tests.service.small_library import add_listener, add_track


def test_a_history_is_arrays_oldest_first_without_what_the_library_lacks(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        tracks = {title: add_track(db_session, title, "Artist").id for title in ("one", "two")}
        for day, title, played in ((3, "one", 200.0), (1, "two", 50.0), (2, "absent", 10.0)):
            when = datetime(2026, 5, day, 21, 30, tzinfo=UTC)
            event = ListenEvent(
                when,
                title,
                "Artist",
                "test",
                played_seconds=played,
                track_seconds=200.0,
                skipped=played < 100,
            )
            record_listen(db_session, ada.id, event)
        heard = history(db_session, ada.id)
    assert heard.track_ids == tuple(sorted(tracks.values()))
    assert [heard.track_ids[index] for index in heard.track] == [tracks["two"], tracks["one"]]
    assert heard.hour.tolist() == [21, 21]
    assert heard.skipped.tolist() == [True, False]
    assert np.allclose(heard.played_share, [0.25, 1.0])
    assert np.all(np.diff(heard.listened_at) > 0)


def test_somebody_without_listens_has_an_empty_history(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        assert len(history(db_session, ada.id)) == 0
