import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import mutagen
import numpy as np
import pytest
import soundfile
import torch
from sqlalchemy import select

from generator.checkpoint import save_tensors
from generator.codec import LATENT_ROWS, Codec, CodecConfig
from generator.copying.guard import PASSAGES_FILE
from generator.denoiser import Denoiser, DenoiserConfig
from generator.networks import ANCHORS_FILE, CODEC_FILE, DENOISER_FILE
from generator.pipeline import ATTEMPTS
from generator.taste.anchors import AnchorTable
from service.accounts.people import find_user
from service.compositions.keeping import FOLDER
from service.compositions.requests import ClusterTaste
from service.errors import CorruptArtifact, HomespunError, InvalidRequest, NotPrepared, StorageFull
from service.jobs import compose_music
from service.jobs.compose_music import sound_of
from service.operations import job_requests
from service.operations.fence import Fence
from service.operations.job_queue import run_inline
from service.settings import Settings, load_settings
from service.store.database import Database, open_database
from service.store.ids import new_id
from service.store.tables import Composition, Job, Track
from tests.generator.tunes import guard_without_passages
from tests.service.compositions.full_disk import largest_file
from tests.service.compositions.tastes import add_cluster, add_encoder, add_listener

SMALL_CODEC = CodecConfig(width=16, heads=2, encoder_layers=1, decoder_layers=1)
SMALL_DENOISER = DenoiserConfig(latent_channels=SMALL_CODEC.latent_channels, width=16, heads=2, layers=1)


class Store(NamedTuple):
    settings: Settings
    database: Database


def no_report(_fraction: float, _text: str) -> None:
    """Nobody watches."""


def anchor_table() -> AnchorTable:
    """Four anchors: a band in major and one in minor near the taste, a piano without drums, one far away."""
    return AnchorTable(
        vectors=np.array([[1, 0, 0], [1, 0, 0], [0.9, 0.1, 0], [0, 0, 1]], dtype=np.float32),
        styles=np.repeat(np.arange(4, dtype=np.float32)[:, None], 24, axis=1),
        programs=np.array(
            [[73, 0, 48, 33, 128], [62, 25, 48, 35, 128], [0, 0, -1, -1, -1], [10, 11, 12, 38, 128]]
        ),
        tempo_bpm=np.array([100.0, 100.0, 100.0, 60.0], dtype=np.float32),
        is_minor=np.array([False, True, True, False]),
        metre=np.zeros(4, dtype=np.int64),
        hubness=np.zeros(4, dtype=np.float32),
        source_styles=("a", "b", "c", "d"),
        credits=("A", "B", "C", "D"),
    )


def write_weights(folder: Path, *, plays: bool) -> Path:
    """Write the weights of an engine that answers everything alike: A and C, then E, and one stroke a beat, or nothing.

    All its parameters are zero but the biases of the last layers, so it is the biases that play.
    """
    codec, denoiser = Codec(SMALL_CODEC), Denoiser(SMALL_DENOISER)
    with torch.no_grad():
        for parameter in [*codec.parameters(), *denoiser.parameters()]:
            parameter.zero_()
        lines = codec.line_out.bias.fill_(-9.0).view(12, 145)
        drums = codec.drums_out.bias.fill_(-9.0).view(12, -1)
        if plays:
            for step, pitch in ((0, 33), (0, 36), (6, 40)):
                lines[step, pitch] = 9.0
                lines[step : step + 5, 72 + pitch] = 9.0
            lines[:, 144] = 0.5
            drums[0, 0] = drums[0, drums.shape[1] // 2] = 9.0
    scale = {
        "scale.mean": torch.zeros(len(LATENT_ROWS), SMALL_CODEC.latent_channels),
        "scale.deviation": torch.ones(len(LATENT_ROWS), SMALL_CODEC.latent_channels),
    }
    save_tensors(folder / CODEC_FILE, codec.state_dict(), {"codec": vars(SMALL_CODEC)})
    save_tensors(
        folder / DENOISER_FILE, {**denoiser.state_dict(), **scale}, {"denoiser": vars(SMALL_DENOISER)}
    )
    anchor_table().save(folder / ANCHORS_FILE, "tiny")
    guard_without_passages().save(folder / PASSAGES_FILE)
    return folder


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("playing"), plays=True)


@contextmanager
def annas_store(folder: Path) -> Iterator[Store]:
    """A store with a listener of one cluster, on SQLite; the store's own tests run on PostgreSQL too."""
    settings = load_settings(data_dir=folder, threads=1)
    database = open_database(settings)
    encoder_id = add_encoder(database)
    add_cluster(database, add_listener(database, encoder_id), encoder_id, 0, 1.0)
    yield Store(settings, database)
    database.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with annas_store(tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def used_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with annas_store(tmp_path_factory.mktemp("used")) as opened:
        yield opened


@pytest.fixture(scope="module")
def composed(used_store: Store, playing: Path) -> dict[str, Any]:
    """What came of composing with seed 5 in the used store."""
    return compose(used_store, playing)


def compose(store: Store, weights: Path, **request: Any) -> dict[str, Any]:
    settings = store.settings.model_copy(update={"composer_dir": weights})
    payload = job_requests.compose_music(annas_id(store), **{"seconds": 10.0, "seed": 5, **request}).payload
    return run_inline(store.database, settings, compose_music, payload, no_report)


def annas_id(store: Store) -> str:
    with store.database.session(read_only=True) as db_session:
        return find_user(db_session, "anna").id


def taste(**changes: Any) -> ClusterTaste:
    """A taste in C major at about 120 bpm, with drums."""
    plain = ClusterTaste(
        cluster_id="c",
        position=0,
        words="rock",
        valence=0.4,
        arousal=0.6,
        vectors=np.array([[1, 0, 0]] * 4, dtype=np.float32),
        tempo_bpm=np.array([118.0, 120.0, 122.0, 124.0]),
        tempo_confidence=np.array([0.5, 0.5, 0.5, 0.5]),
        key=np.zeros(4, dtype=np.int64),
        is_major=np.ones(4, dtype=bool),
        key_clarity=np.full(4, 0.8),
        percussive_share=np.full(4, 0.3),
    )
    return replace(plain, **changes)


def test_a_composition_is_a_labelled_file_of_the_asked_length_a_track_and_a_row(
    used_store: Store, composed: dict[str, Any]
) -> None:
    result = composed
    sound, rate = soundfile.read(result["files"]["flac"])
    assert (rate, sound.shape) == (48000, (10 * 48000, 2))
    assert result["screening"]["passed"], result["screening"]["failures"]
    assert result["screening"]["measurements"]["loudness_lufs"] == pytest.approx(-14.0, abs=0.5)
    tags = mutagen.File(result["files"]["flac"])
    assert tags["AI_GENERATED"] == ["1"]
    assert tags["TITLE"] == [result["title"]]
    with used_store.database.session(read_only=True) as db_session:
        composition = db_session.get_one(Composition, result["composition_id"])
        track = db_session.get_one(Track, result["track_id"])
    assert (composition.state, composition.seed, composition.dtype) == ("listed", 5, "float32")
    assert composition.conditioning["mode"] == "minor"
    assert (track.origin, track.title) == ("composed", result["title"])
    assert result["cluster"] == 0
    assert {"load", "compose", "render", "master", "label"} <= result["stage_seconds"].keys()


def test_the_same_seed_gives_the_same_piece_once_and_another_seed_another(
    used_store: Store, composed: dict[str, Any], playing: Path
) -> None:
    assert compose(used_store, playing)["track_id"] == composed["track_id"]
    assert compose(used_store, playing, seed=6)["track_id"] != composed["track_id"]


def test_a_wish_is_what_the_piece_was_asked_for(store: Store, playing: Path) -> None:
    composition_id = compose(store, playing, wish={"tempo_bpm": 72.0, "instruments": {"bass": "none"}})[
        "composition_id"
    ]
    with store.database.session(read_only=True) as db_session:
        asked = db_session.get_one(Composition, composition_id).conditioning
    assert asked["tempo_bpm"] == 72.0
    assert "bass" not in asked["programs"]


def test_what_fails_its_screening_is_tried_again_and_then_held(store: Store, tmp_path: Path) -> None:
    result = compose(store, write_weights(tmp_path / "silent", plays=False))
    assert result["track_id"] is None
    assert result["seed"] == 5 + ATTEMPTS - 1
    assert any("empty" in failure for failure in result["screening"]["failures"])
    with store.database.session(read_only=True) as db_session:
        composition = db_session.get_one(Composition, result["composition_id"])
        assert db_session.scalar(select(Track).where(Track.origin == "composed")) is None
    assert composition.state == "held"
    assert composition.measurements["failures"] == result["screening"]["failures"]


def test_a_piece_that_is_to_be_reviewed_first_waits_though_it_passed(store: Store, playing: Path) -> None:
    result = compose(store, playing, review_first=True)

    assert result["screening"]["passed"]
    assert result["track_id"] is None


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"seconds": 0.0}, "seconds_out_of_range"),
        ({"seconds": 10_000.0}, "seconds_out_of_range"),
        ({"seed": -1}, "seed_out_of_range"),
        ({"cluster_id": new_id()}, "unknown_cluster"),
    ],
)
def test_what_cannot_be_composed_is_refused_and_noted(
    store: Store, playing: Path, request_: dict[str, Any], code: str
) -> None:
    with pytest.raises(HomespunError) as caught:
        compose(store, playing, **request_)
    assert caught.value.code == code
    assert list(store.settings.media_dir.iterdir()) == []
    with store.database.session(read_only=True) as db_session:
        assert db_session.scalars(select(Job.error_code)).one() == code


def test_missing_weights_and_damaged_weights_are_told_apart(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotPrepared):
        compose(store, tmp_path / "none")
    damaged = write_weights(tmp_path / "damaged", plays=True)
    content = bytearray((damaged / DENOISER_FILE).read_bytes())
    content[-1] ^= 1
    (damaged / DENOISER_FILE).write_bytes(content)
    with pytest.raises(CorruptArtifact, match="checksum"):
        compose(store, damaged)
    assert list(store.settings.media_dir.iterdir()) == []


def test_a_full_disk_ends_in_one_sentence_with_nothing_half_written(store: Store, playing: Path) -> None:
    settings = store.settings.model_copy(update={"composer_dir": playing})
    payload = job_requests.compose_music(annas_id(store), seconds=10.0, seed=5).payload
    inputs = compose_music.load_inputs(store.database, settings, dict(payload))
    (output,) = compose_music.compute(inputs, no_report)
    # Room for the notes and not for the sound.
    with largest_file(len(output.piece.files["flac"]) - 1), pytest.raises(StorageFull):
        compose_music.store_result(store.database, output, Fence(new_id(), 1))
    assert [path for path in store.settings.media_dir.rglob("*") if path.name != FOLDER] == []
    with store.database.session(read_only=True) as db_session:
        assert db_session.scalar(select(Composition)) is None
        assert db_session.scalar(select(Track).where(Track.origin == "composed")) is None


def test_a_taste_heard_by_another_encoder_is_refused(store: Store, tmp_path: Path, playing: Path) -> None:
    other = shutil.copytree(playing, tmp_path / "another")
    anchor_table().save(other / ANCHORS_FILE, "another")
    with pytest.raises(NotPrepared, match="heard by tiny") as caught:
        compose(store, other)
    assert caught.value.code == "taste_of_another_encoder"


def test_a_taste_that_says_nothing_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="tempo_bpm") as caught:
        sound_of(taste(tempo_bpm=np.array([118.0, np.nan, 122.0, 124.0])))
    assert caught.value.code == "taste_unusable"
    assert sound_of(taste()).arousal == 0.6


def test_the_notes_and_the_cover_are_kept_beside_the_sound(composed: dict[str, Any]) -> None:
    midi = Path(composed["files"]["midi"]).read_bytes()
    assert midi[:4] == b"MThd"
    assert composed["title"].encode() in midi
    assert b"generative model" in midi
    assert Path(composed["files"]["cover"]).read_bytes()[:4] == b"\x89PNG"


def test_a_track_is_listened_to_next_and_a_held_piece_for_the_desk() -> None:
    payload = {"user_id": "u"}
    (heard,) = compose_music.follow_ups({"track_id": "t", "composition_id": "c", "state": "listed"}, payload)
    assert (heard.kind, heard.payload["track_ids"]) == ("embed_tracks", ["t"])
    (held,) = compose_music.follow_ups({"track_id": None, "composition_id": "c", "state": "held"}, payload)
    assert (held.kind, held.payload["composition_id"], held.user_id) == ("hear_held", "c", "u")
    rejected = {"track_id": None, "composition_id": "c", "state": "rejected"}
    assert compose_music.follow_ups(rejected, payload) == []
