import importlib
import io
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import mutagen.flac
import numpy as np
import pytest
import soundfile

from service.errors import InvalidRequest
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import Settings
from service.store.database import open_database


@pytest.fixture
def job(require: Callable[[str], None]) -> ModuleType:
    require("demo")
    return importlib.import_module("service.jobs.render_scores")


@pytest.fixture
def grave(job: ModuleType) -> Any:
    """Two slow bars for two violins and bass."""
    return job.ScoreExcerpt(
        slug="grave",
        corpus_path="corelli/opus3no1/1grave.xml",
        title="Grave",
        composer="Arcangelo Corelli",
        terms="CC BY",
        stated="CC-BY",
        first_bar=1,
        bars=2,
        quarters_per_minute=60,
        parts=(("lead", 40), ("comp", 40), ("bass", 42)),
    )


def test_each_part_becomes_a_track_on_the_grid(job: ModuleType, grave: Any) -> None:
    notes = job.read_notes(grave)
    assert [(track.row, track.program) for track in notes.tracks] == [
        ("lead", 40),
        ("comp", 40),
        ("bass", 42),
    ]
    assert notes.duration_seconds == 8.0
    for track in notes.tracks:
        assert np.all(np.diff(track.onset_steps) >= 0)
        assert track.onset_steps[-1] < 8 * 12
    # The sonata opens on a chord of F major, its fifth on top.
    assert [int(track.pitch[0]) for track in notes.tracks] == [84, 81, 53]


def test_a_tied_note_is_one_note(job: ModuleType, grave: Any) -> None:
    lead = job.read_notes(replace(grave, bars=4)).tracks[0]
    overlaps = lead.onset_steps[1:] < (lead.onset_steps + lead.duration_steps)[:-1]
    assert not overlaps.any()
    assert lead.duration_steps.max() > 12


def test_chord_symbols_are_played_where_asked(job: ModuleType) -> None:
    jeanie = job.ScoreExcerpt(
        slug="jeanie",
        corpus_path="leadSheet/fosterBrownHair.mxl",
        title="Jeanie",
        composer="Stephen Foster",
        terms="public domain",
        stated="Public Domain",
        first_bar=2,
        bars=2,
        quarters_per_minute=120,
        parts=(("lead", 73),),
        chords=("comp", 24),
    )
    lead, guitar = job.read_notes(jeanie).tracks
    # An F major chord twice in the first bar, three keys each.
    first_bar = guitar.pitch[guitar.onset_steps < 48]
    assert sorted({int(pitch) % 12 for pitch in first_bar}) == [0, 5, 9]
    assert len(first_bar) == 6
    assert len(lead.pitch) < len(guitar.pitch)


def test_an_excerpt_beyond_the_end_of_a_score_is_refused(job: ModuleType, grave: Any) -> None:
    with pytest.raises(InvalidRequest) as raised:
        job.read_notes(replace(grave, first_bar=18, bars=10))
    assert raised.value.code == "score_not_as_expected"


def test_the_job_writes_tagged_flac_files_once(
    job: ModuleType, grave: Any, sqlite_settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "scores"
    database = open_database(sqlite_settings)
    payload = job_requests.render_scores(folder, [asdict(grave)]).payload
    result = run_inline(database, sqlite_settings, job, payload, lambda _fraction, _text: None)
    again = run_inline(database, sqlite_settings, job, payload, lambda _fraction, _text: None)
    database.close()

    assert result == {"last_file": "grave.flac"}
    assert again == {}
    content = (folder / "grave.flac").read_bytes()
    tags = mutagen.flac.FLAC(io.BytesIO(content))
    assert (tags["title"], tags["artist"], tags["copyright"]) == (["Grave"], ["Arcangelo Corelli"], ["CC BY"])
    samples, rate = soundfile.read(io.BytesIO(content))
    assert rate == 48000
    assert 8.0 <= len(samples) / rate <= 12.0
    assert 0.05 < np.abs(samples).max() < 0.95
