"""A taste with one composed piece, and what a thumb on it does to what the next one is asked for."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from generator.taste.condition import condition_for
from service.jobs import compose_music
from service.jobs.compose_music import sound_of
from service.jobs.composing_leaning import leaning_for
from service.listening.thumbs import set_thumb
from service.operations import job_requests
from service.settings import Settings
from service.store.database import Database, open_database
from tests.service.compositions.pieces import Shelf
from tests.service.compositions.tastes import Listener, add_cluster, add_encoder, add_listener
from tests.service.jobs.test_compose_music import anchor_table

MODEL = "ab" * 32
ASKED = {
    "tempo_bpm": 120.0,
    "density": 0.3,
    "mode": "minor",
    "programs": {"lead": 73, "comp": 0},
    "textures": [0],
}


class Taste:
    def __init__(self, database: Database, settings: Settings) -> None:
        encoder_id = add_encoder(database)
        self.database, self.settings = database, settings
        self.listener: Listener = add_listener(database, encoder_id)
        self.user_id = self.listener.user.id
        self.cluster_id = add_cluster(database, self.listener, encoder_id, 0, 1.0)
        self.shelf = Shelf(database, settings.media_dir, self.user_id, self.cluster_id)

    def compose(self, **asked: Any) -> str:
        kept = self.shelf.add()
        self.shelf.change(kept, conditioning=ASKED | asked)
        assert kept.track_id is not None
        return kept.track_id

    def thumb(self, track_id: str, value: str) -> None:
        with self.database.session() as db_session:
            set_thumb(db_session, self.user_id, track_id, value)

    def asked_next(self, seed: int = 7, model: str = MODEL) -> dict[str, Any]:
        request = job_requests.compose_music(self.user_id, cluster_id=self.cluster_id, seed=seed)
        inputs = compose_music.load_inputs(self.database, self.settings, dict(request.payload))
        sound = sound_of(inputs.taste)
        leaning = leaning_for(inputs.judged, sound, model, np.random.default_rng([seed, 2]))
        asked = condition_for(sound, anchor_table(), 30.0, np.random.default_rng([seed, 1]), leaning=leaning)
        return vars(asked)


@pytest.fixture
def taste(sqlite_settings: Settings) -> Iterator[Taste]:
    database = open_database(sqlite_settings)
    yield Taste(database, sqlite_settings)
    database.close()


def test_a_thumb_on_a_composed_piece_changes_what_the_next_is_asked_for_and_undo_is_exact(
    taste: Taste,
) -> None:
    piece = taste.compose()
    before = taste.asked_next()
    taste.thumb(piece, "up")
    liked = taste.asked_next()
    taste.thumb(piece, "down")
    disliked = taste.asked_next()
    assert liked["tempo_bpm"] > before["tempo_bpm"] > disliked["tempo_bpm"]
    assert liked["density"] != before["density"] != disliked["density"]
    taste.thumb(piece, "clear")
    assert taste.asked_next() == before


def test_anchors_count_for_the_composer_they_are_numbers_of_alone(taste: Taste) -> None:
    taste.thumb(taste.compose(), "down")

    def textures(model: str) -> list[int]:
        return [taste.asked_next(seed, model)["textures"][0] for seed in range(30)]

    assert textures(MODEL).count(0) < textures("cd" * 32).count(0)


def test_pieces_of_another_taste_or_of_before_something_was_kept_say_nothing_of_it(taste: Taste) -> None:
    before = taste.asked_next()
    other = taste.shelf.add()
    taste.shelf.change(other, conditioning={}, cluster_id=None)
    bare = taste.shelf.add()
    taste.shelf.change(bare, conditioning={})
    for kept in (other, bare):
        assert kept.track_id is not None
        taste.thumb(kept.track_id, "up")
    assert taste.asked_next() == before
