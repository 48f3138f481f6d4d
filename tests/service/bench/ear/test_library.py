from pathlib import Path

import mutagen
import numpy as np
import pytest

from service.audio import DecoderPool
from service.bench.ear.library import Library, read_library
from service.errors import NotFound
from tests.audio_files import melody, write_audio


def read(folder: Path, *, limit: int | None = None, shortest_seconds: float = 5.0) -> Library:
    with DecoderPool() as pool:
        return read_library(
            folder,
            pool,
            shortest_seconds=shortest_seconds,
            limit=limit,
            rng=np.random.default_rng(1),
            report=lambda *_: None,
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(4):
        path = tmp_path / "albums" / str(number) / f"{number}.flac"
        path.parent.mkdir(parents=True)
        write_audio(path, melody(6.0, seed=number))
    return tmp_path / "albums"


def test_tags_say_tempo_and_key_and_where_a_track_belongs(folder: Path) -> None:
    file = mutagen.File(folder / "2" / "2.flac")
    file["bpm"], file["initialkey"], file["genre"], file["artist"] = "128", "F#m", "Reel", "Us"
    file.save()
    tracks = read(folder).tracks
    assert [track.told.path for track in tracks] == [f"{number}/{number}.flac" for number in range(4)]
    assert (tracks[2].bpm_tag, tracks[2].key_tag) == ("128", "F#m")
    assert (tracks[2].told.genre, tracks[2].told.artist) == ("Reel", "Us")
    assert (tracks[0].bpm_tag, tracks[0].key_tag) == (None, None)


def test_a_recording_that_lies_there_twice_counts_once_and_what_is_left_out_is_counted(folder: Path) -> None:
    (folder / "copy.flac").write_bytes((folder / "3" / "3.flac").read_bytes())
    (folder / "broken.mp3").write_bytes(b"no sound")
    write_audio(folder / "chime.wav", melody(5.2, seed=9))
    library = read(folder, shortest_seconds=5.5)
    assert len(library.tracks) == 4
    assert library.left_out["same_recording"] == library.left_out["shorter_than_asked"] == 1
    assert sum(library.left_out.values()) == 3


def test_a_limit_draws_the_same_tracks_every_time(folder: Path) -> None:
    drawn = [track.told.path for track in read(folder, limit=2).tracks]
    assert len(drawn) == 2
    assert drawn == [track.told.path for track in read(folder, limit=2).tracks]


def test_a_folder_without_music_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no music"):
        read(tmp_path)
