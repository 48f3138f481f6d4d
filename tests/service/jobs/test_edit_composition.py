"""Edits of a composition whose notes are known, with an engine that plays one note and one stroke a beat."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile
from sqlalchemy import func, select

from generator.midi.reading import read_notes
from generator.notes import ROWS
from service.compositions.own_pieces import throw_away
from service.errors import HomespunError
from service.jobs import edit_composition
from service.operations import job_requests
from service.operations.fence import Fence
from service.operations.job_queue import run_inline
from service.settings import Settings
from service.store.ids import new_id
from service.store.tables import Composition, Track
from tests.generator.pieces import small_band
from tests.generator.same_notes import row_of, same_notes, same_track
from tests.service.compositions.written_pieces import keep_written
from tests.service.jobs.test_compose_music import Store, annas_id, annas_store, no_report, write_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("playing"), plays=True)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with annas_store(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture
def parent(store: Store) -> str:
    """A piece of its own for each test, in a house that all share."""
    return keep_written(store.database, store.settings, annas_id(store), small_band(2, tempo_bpm=150.0))


def settings_of(store: Store, weights: Path) -> Settings:
    return store.settings.model_copy(update={"composer_dir": weights})


def edit(store: Store, weights: Path, composition_id: str, **wish: Any) -> dict[str, Any]:
    payload = job_requests.edit_composition(annas_id(store), composition_id, wish, seed=5).payload
    return run_inline(store.database, settings_of(store, weights), edit_composition, payload, no_report)


def row(store: Store, composition_id: str) -> Composition:
    with store.database.session(read_only=True) as db_session:
        return db_session.get_one(Composition, composition_id)


def test_an_edited_piece_is_a_track_that_names_its_parent_and_keeps_what_was_not_named(
    store: Store, weights: Path, parent: str
) -> None:
    result = edit(store, weights, parent, kind="regenerate", rows=["drums"])

    before = read_notes(store.settings.media_dir / row(store, parent).media_paths["midi"])
    after = read_notes(Path(result["files"]["midi"]))
    for name in ROWS:
        same = same_track(row_of(before, name), row_of(after, name))
        assert same == (name != "drums")
    made = row(store, result["composition_id"])
    assert (made.parent_id, made.edit) == (parent, {"kind": "regenerate", "rows": ["drums"], "loops": False})
    assert (result["parent_id"], result["title"]) == (parent, "Slow Harbour (rewritten)")
    assert mutagen.File(result["files"]["flac"])["AI_GENERATED"] == ["1"]
    assert set(result["screening"]["measurements"]) >= {"loudness_lufs", "notes_per_bar"}
    assert row(store, parent).state == "listed"


def test_a_transposed_piece_is_in_another_key(store: Store, weights: Path, parent: str) -> None:
    result = edit(store, weights, parent, kind="transpose", semitones=3)
    notes = read_notes(Path(result["files"]["midi"]))
    assert (row_of(notes, "bass").pitch == 39).all()
    assert (row_of(notes, "drums").pitch == row_of(small_band(2), "drums").pitch).all()
    made = row(store, result["composition_id"])
    assert made.conditioning["key"] == 3
    assert made.model_version_id == row(store, parent).model_version_id


def test_a_loop_is_as_long_as_its_bars_and_what_is_made_of_it_is_one_too(
    store: Store, weights: Path, parent: str
) -> None:
    result = edit(store, weights, parent, kind="loop")
    sound, rate = soundfile.read(result["files"]["flac"])
    assert len(sound) == round(2 * 4 * 60 / 150 * rate)
    made = row(store, result["composition_id"])
    assert made.edit == {"kind": "loop", "loops": True}
    assert result["screening"]["passed"], result["screening"]["failures"]
    again = job_requests.edit_composition(annas_id(store), made.id, {"kind": "loop"}, seed=1).payload
    assert edit_composition.load_inputs(store.database, settings_of(store, weights), dict(again)).parent_loops


def test_stems_are_kept_beside_the_piece_and_are_made_once(store: Store, weights: Path, parent: str) -> None:
    results = [edit(store, weights, parent, kind="stems") for _ in range(2)]

    path = store.settings.media_dir / row(store, parent).media_paths["stems"]
    assert {result["files"]["stems"] for result in results} == {str(path)}
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == {*(f"{name}.flac" for name in ROWS), "notes.mid"}
        assert same_notes(read_notes(archive.read("notes.mid")), small_band(2, tempo_bpm=150.0))
        lengths = {len(soundfile.read(io.BytesIO(archive.read(f"{name}.flac")))[0]) for name in ROWS}
    assert len(lengths) == 1
    assert edit_composition.follow_ups(results[0], {}) == []


def test_an_edit_that_is_stored_twice_makes_one_piece(store: Store, weights: Path, parent: str) -> None:
    payload = job_requests.edit_composition(
        annas_id(store), parent, {"kind": "tempo", "tempo_bpm": 170.0}, seed=5
    ).payload
    inputs = edit_composition.load_inputs(store.database, settings_of(store, weights), dict(payload))
    (output,) = edit_composition.compute(inputs, no_report)
    fence = Fence(new_id(), 1)
    told = [edit_composition.store_result(store.database, output, fence) for _ in range(2)]
    assert told[0]["composition_id"] == told[1]["composition_id"]
    with store.database.session(read_only=True) as db_session:
        made = db_session.scalars(select(Composition).where(Composition.parent_id == parent)).one()
        tracks = select(func.count()).where(Track.title == made.title)
        assert db_session.scalar(tracks) == 1


def test_what_the_notes_do_not_allow_is_told_and_nothing_is_kept(
    store: Store, weights: Path, parent: str
) -> None:
    wishes: list[dict[str, Any]] = [
        {"kind": "regenerate", "first_bar": 3, "last_bar": 4},
        {"kind": "transpose", "semitones": -24},
        {"kind": "tempo", "tempo_bpm": 10.0},
    ]
    folder = store.settings.media_dir / "composed"
    kept = sorted(folder.iterdir())
    for wish in wishes:
        with pytest.raises(HomespunError, match=r"cannot be done: .*\.$") as caught:
            edit(store, weights, parent, **wish)
        assert caught.value.code == "edit_impossible"
    assert sorted(folder.iterdir()) == kept


def test_pieces_that_are_held_gone_or_anothers_are_not_edited(store: Store, weights: Path) -> None:
    held = keep_written(store.database, store.settings, annas_id(store), small_band(2), listed=False)
    gone = keep_written(store.database, store.settings, annas_id(store), small_band(2))
    with store.database.session() as db_session:
        throw_away(db_session, annas_id(store), gone)
    codes = []
    for composition_id in (held, gone, new_id()):
        with pytest.raises(HomespunError) as caught:
            edit(store, weights, composition_id, kind="stems")
        codes.append(caught.value.code)
    assert codes == ["not_listed", "unknown_composition", "unknown_composition"]


def test_a_broken_notes_file_is_told(store: Store, weights: Path, parent: str) -> None:
    path = store.settings.media_dir / row(store, parent).media_paths["midi"]
    for content in (b"", b"MThd broken", bytes(3 * 2**20)):
        path.write_bytes(content)
        with pytest.raises(HomespunError, match="cannot be read") as caught:
            edit(store, weights, parent, kind="stems")
        assert caught.value.code == "corrupt_artifact"


def test_a_recipe_of_another_time_is_told(store: Store, weights: Path, parent: str) -> None:
    with store.database.session() as db_session:
        piece = db_session.get_one(Composition, parent)
        piece.conditioning = {**piece.conditioning, "style": [0.1, 0.2]}
    with pytest.raises(HomespunError) as caught:
        edit(store, weights, parent, kind="vary", amount=0.3)
    assert caught.value.code == "unknown_recipe"


def test_layers_have_bars_of_one_length(store: Store, weights: Path, parent: str) -> None:
    result = edit(store, weights, parent, kind="layers")
    with zipfile.ZipFile(result["files"]["layers"]) as archive:
        notes = [read_notes(archive.read(f"{name}.mid")) for name in ("calm", "even", "lively")]
        lengths = {
            len(soundfile.read(io.BytesIO(archive.read(f"{name}.flac")))[0])
            for name in ("calm", "even", "lively")
        }
    assert len(lengths) == 1
    assert len({(each.bars, each.tempo_bpm) for each in notes}) == 1
    assert np.all(np.diff([each.note_count for each in notes]) > 0)
