from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.library.visibility import find_track, visible_to
from service.operations.model_versions import register
from service.store.database import Database
from service.store.tables import Composition, Track, User, utc_now
from tests.service.small_library import add_listener, add_track


def _composed_for(db_session: Session, user: User, **columns: Any) -> Track:
    track = add_track(db_session, "made", origin="composed", owner_id=user.id)
    version = register(db_session, "generator", "composer", "1" * 64, {}, {})
    values: dict[str, Any] = {"state": "listed"} | columns
    db_session.add(
        Composition(
            user_id=user.id,
            track_id=track.id,
            seconds=60.0,
            seed=1,
            engine="latent",
            model_version_id=version.id,
            dtype="float32",
            threads=1,
            **values,
        )
    )
    db_session.flush()
    return track


def _seen_by(database: Database, user: User) -> set[str]:
    with database.session(read_only=True) as db_session:
        return set(db_session.scalars(select(Track.id).where(visible_to(user.id))))


def test_everybody_sees_the_catalogue_and_only_their_own_compositions(database: Database) -> None:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        catalogue = add_track(db_session, "old")
        for_ada, for_ben = _composed_for(db_session, ada), _composed_for(db_session, ben)

    assert _seen_by(database, ada) == {catalogue.id, for_ada.id}
    assert _seen_by(database, ben) == {catalogue.id, for_ben.id}


@pytest.mark.parametrize(
    "withheld", [{"state": "held"}, {"state": "rejected"}, {"state": "composing"}, {"expired_at": utc_now()}]
)
def test_a_composition_that_is_not_listed_or_has_expired_is_not_there(
    database: Database, withheld: dict[str, Any]
) -> None:
    ada = add_listener(database, "ada")
    with database.session() as db_session:
        track = _composed_for(db_session, ada, **withheld)

    assert _seen_by(database, ada) == set()
    with pytest.raises(NotFound), database.session(read_only=True) as db_session:
        find_track(db_session, ada.id, track.id)


def test_somebody_elses_track_and_no_track_are_refused_in_the_same_words(database: Database) -> None:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        track = _composed_for(db_session, ben)

    said = []
    for track_id in (track.id, "0" * 26, "", "'; DROP TABLE track"):
        with pytest.raises(NotFound) as refusal, database.session(read_only=True) as db_session:
            find_track(db_session, ada.id, track_id)
        said.append((str(refusal.value), refusal.value.code))

    assert set(said) == {("There is no such track.", "unknown_track")}
