from pathlib import Path

import pytest

from service.bench.library.some_tracks import link_some_tracks
from service.errors import InvalidRequest
from tests.audio_files import melody, write_audio


def test_only_what_lasts_long_enough_is_linked_and_the_same_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(4):
        write_audio(folder / f"{number}.wav", melody(6.0, sample_rate=8_000, seed=number), 8_000)
        write_audio(folder / f"{number} effect.wav", melody(1.0, sample_rate=8_000, seed=number), 8_000)
    (folder / "broken.flac").write_bytes(b"no music")
    assert link_some_tracks(folder, tmp_path / "two", 2) == 2
    assert link_some_tracks(folder, tmp_path / "again", 2) == 2
    targets = [
        [link.readlink().name for link in sorted(links.iterdir())]
        for links in (tmp_path / "two", tmp_path / "again")
    ]
    assert targets[0] == targets[1]
    assert not any("effect" in name for name in targets[0])
    assert link_some_tracks(folder, tmp_path / "all", 99) == 4


def test_a_folder_without_a_track_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidRequest, match="no track"):
        link_some_tracks(tmp_path / "empty", tmp_path / "links", 3)
