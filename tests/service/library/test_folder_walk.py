import os
from pathlib import Path

import pytest

from service.library.folder_walk import is_below, shown_path, walk_folder


def _names(root: Path) -> list[bytes]:
    return [os.path.relpath(file.path, os.fsencode(root)) for file in walk_folder(os.fsencode(root)).files]


def test_audio_files_are_found_by_name_at_any_depth_and_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("z.MP3", "notes.txt", "b/c/a.opus", "b/d.Flac", ".hidden.mp3"):
        (tmp_path / name).touch()
    assert _names(tmp_path) == [b"z.MP3", b"b/d.Flac", b"b/c/a.opus"]


def test_circles_of_links_end_and_no_file_is_found_twice(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "song.mp3").touch()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "0 again").symlink_to(tmp_path / "a")
    (tmp_path / "0 song.mp3").symlink_to(tmp_path / "a" / "song.mp3")
    os.link(tmp_path / "a" / "song.mp3", tmp_path / "hard.mp3")
    assert _names(tmp_path) == [b"hard.mp3"]


def test_a_link_to_music_outside_is_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "song.mp3").touch()
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "more").symlink_to(tmp_path / "outside")
    assert _names(tmp_path / "inside") == [b"more/song.mp3"]


def test_pipes_and_broken_links_are_listed_with_a_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "link.mp3").symlink_to(tmp_path / "nothing")
    walk = walk_folder(os.fsencode(tmp_path))
    assert [entry.code for entry in walk.unusable] == ["not_a_file", "broken_link"]
    assert walk.files == []


def test_names_that_are_no_text_or_hold_newlines_are_found(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.mp3", b"two\nlines.mp3"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    assert _names(tmp_path) == [b"two\nlines.mp3", b"\xff\xfe.mp3"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        walk_folder(os.fsencode(tmp_path / "nothing"))


def test_a_path_is_shown_on_one_line() -> None:
    assert shown_path(b"/a\n\xff\x1b/\xc3\xa4") == "/a\\n\\xff\\x1b/ä"


def test_being_below_a_folder_goes_by_whole_names() -> None:
    assert is_below(b"/music/a", b"/music")
    assert is_below(b"/music", b"/")
    assert not is_below(b"/music2/a", b"/music")
