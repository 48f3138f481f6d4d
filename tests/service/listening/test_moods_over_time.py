from datetime import UTC, datetime

import numpy as np
import pytest

from service.accounts.people import add_user
from service.listening.emotions import correct_emotion
from service.listening.moods_over_time import MOODS, mood_of, moods_over_time
from service.store.database import Database
from service.store.tables import Listen
from tests.service.small_library import add_sounding_tracks, add_track, blob_encoder

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((0.5, 0.5), "bright and lively"),
        ((0.0, -0.1), "bright and calm"),
        ((-0.1, 0.0), "dark and lively"),
        ((-1.0, -1.0), "dark and calm"),
    ],
)
def test_a_mood_is_a_quarter_of_the_plane(place: tuple[float, float], words: str) -> None:
    assert mood_of(*place) == words


def test_plays_are_counted_by_hour_month_and_mood_as_their_listener_feels_them(
    database: Database, rng: np.random.Generator
) -> None:
    with database.session() as db_session:
        ada, ben = add_user(db_session, "ada"), add_user(db_session, "ben")
        blob_encoder(db_session).promoted = True
        (piano,), (metal,) = (add_sounding_tracks(db_session, each, 1, rng) for each in ("piano", "metal"))
        unheard = add_track(db_session, "Unheard")
        plays = [
            (ada, piano, datetime(2026, 11, 29, 23, 59, tzinfo=UTC), False),
            (ada, metal, datetime(2026, 2, 1, 0, 0, tzinfo=UTC), False),
            (ada, metal, datetime(2026, 2, 1, 0, 5, tzinfo=UTC), False),
            (ada, metal, datetime(2026, 2, 2, 0, 5, tzinfo=UTC), True),
            (ada, metal, datetime(2024, 2, 2, 0, 5, tzinfo=UTC), False),
            (ada, unheard, datetime(2026, 2, 2, 0, 5, tzinfo=UTC), False),
            (ben, piano, datetime(2026, 2, 2, 0, 5, tzinfo=UTC), False),
        ]
        for number, (user, track, when, skipped) in enumerate(plays):
            db_session.add(
                Listen(
                    user_id=user.id,
                    track_id=track.id,
                    listened_at=when,
                    source="test",
                    title="t",
                    artist="a",
                    skipped=skipped,
                    dedupe_key=str(number),
                )
            )
        db_session.flush()
        told = moods_over_time(db_session, ada.id, NOW)
        # Metal is bright and lively, piano bright and calm.
        assert told.plays == 3
        assert (told.hours[23], told.hours[0]) == ((0, 1, 0, 0), (2, 0, 0, 0))
        months = {(year, month): counts for year, month, counts in told.months}
        assert (told.months[0][:2], told.months[-1][:2]) == ((2025, 12), (2026, 11))
        assert (months[2026, 2], months[2026, 11]) == ((2, 0, 0, 0), (0, 1, 0, 0))

        correct_emotion(db_session, ada.id, metal.id, valence=-0.9, arousal=None)
        assert MOODS[2] == "dark and lively"
        assert moods_over_time(db_session, ada.id, NOW).hours[0][2] == 2


def test_nothing_is_told_where_nothing_was_listened_to(database: Database) -> None:
    with database.session() as db_session:
        told = moods_over_time(db_session, add_user(db_session, "ada").id, NOW)
        assert (told.plays, len(told.hours), len(told.months)) == (0, 24, 12)
