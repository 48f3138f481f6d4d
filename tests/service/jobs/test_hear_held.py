from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from service.accounts.people import add_user
from service.admin.asked_and_measured import compared
from service.compositions.review import decide, find_item
from service.errors import NotPrepared
from service.jobs import embed_tracks, hear_held, rebuild_index, scan_library
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import Settings
from service.store.database import open_database
from tests.service.compositions.held_pieces import keep_piece


def write_noise(path: Path, brightness: float, rng: np.random.Generator) -> None:
    noise = rng.normal(scale=0.1, size=16_000 * 8).astype(np.float32)
    soundfile.write(path, noise if brightness else np.cumsum(noise) / 100, 16_000)


def test_a_held_piece_is_shown_beside_the_catalogue_tracks_it_sounds_like(
    sqlite_settings: Settings, tmp_path: Path, rng: np.random.Generator, require: Callable[[str], None]
) -> None:
    require("encoder")
    music = tmp_path / "music"
    music.mkdir()
    for number, brightness in enumerate((0.0, 1.0)):
        write_noise(music / f"{number}.flac", brightness, rng)
    database = open_database(sqlite_settings)

    def run(job: object, request: job_requests.JobRequest) -> dict[str, object]:
        return run_inline(database, sqlite_settings, job, request.payload, lambda *_: None)  # type: ignore[arg-type]  # modules are no classes

    with database.session() as db_session:
        ada, rosa = add_user(db_session, "ada").id, add_user(db_session, "rosa").id
    piece = keep_piece(database, sqlite_settings, ada)
    with pytest.raises(NotPrepared, match="no search index"):
        run(hear_held, job_requests.hear_held(piece, ada))
    run(scan_library, job_requests.scan_library(music))
    run(embed_tracks, job_requests.embed_tracks())
    run(rebuild_index, job_requests.rebuild_index())
    assert run(hear_held, job_requests.hear_held(piece, ada))["nearest"] == 2
    with database.session(read_only=True) as db_session:
        item = find_item(db_session, piece)
    nearest = item.nearest
    assert [near.similarity for near in nearest] == sorted(
        (near.similarity for near in nearest), reverse=True
    )
    assert all(-1.0 <= near.similarity <= 1.0 for near in nearest)
    # a held tone has a key and no beat
    told = {row.name: row.measured for row in compared(item)}
    assert told["Key"] == f"{item.measured['key']} {item.measured['mode']}"
    assert told["Loudness"] == "-14.0 LUFS"
    assert told["Tempo"] == ""
    with database.session() as db_session:
        decide(db_session, sqlite_settings, rosa, piece, "approve")
    assert run(hear_held, job_requests.hear_held(piece, ada)) == {}
    database.close()
