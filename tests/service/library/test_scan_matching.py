from collections.abc import Callable

import pytest

from service.library.folder_walk import FolderWalk, FoundFile
from service.library.scan_matching import DUPLICATE, Catalogue, Kind, KnownFailure, KnownTrack, plan_scan
from service.library.tags import TrackTags

TAGS = TrackTags(title="Song")
Start = Callable[..., Catalogue]


def _file(path: bytes, time: int = 1) -> FoundFile:
    return FoundFile(path, 100, time)


def _track(content_hash: str, path: bytes, *, is_missing: bool = False) -> KnownTrack:
    return KnownTrack(content_hash, path, 100, 1, is_missing, TAGS)


@pytest.fixture
def start() -> Start:
    def start(
        tracks: list[KnownTrack], files: list[FoundFile], unreadable: tuple[bytes, ...] = ()
    ) -> Catalogue:
        walk = FolderWalk(files=files, unreadable_folders=list(unreadable))
        return Catalogue(
            tracks,
            root=b"/m",
            walk=walk,
            unchanged=plan_scan(files, tracks, []).unchanged,
            exists=lambda path: path == b"/elsewhere/here",
        )

    return start


def test_unchanged_files_and_standing_failures_are_not_read_again() -> None:
    failure = KnownFailure(b"/m/bad", 100, 1, "unreadable_audio", "It is bad.")
    plan = plan_scan([_file(b"/m/a"), _file(b"/m/bad"), _file(b"/m/new")], [_track("A", b"/m/a")], [failure])
    assert [file.path for file in plan.to_read] == [b"/m/new"]
    assert plan.standing_failures == (failure,)


def test_changed_files_are_read_before_new_ones() -> None:
    plan = plan_scan([_file(b"/m/1"), _file(b"/m/2", time=2)], [_track("B", b"/m/2")], [])
    assert [file.path for file in plan.to_read] == [b"/m/2", b"/m/1"]


def test_second_copies_are_read_again_when_the_first_is_gone() -> None:
    copy = KnownFailure(b"/m/copy", 100, 1, DUPLICATE, "It is a copy.")
    assert plan_scan([_file(b"/m/a"), _file(b"/m/copy")], [_track("A", b"/m/a")], [copy]).to_read == ()
    assert plan_scan([_file(b"/m/copy")], [_track("A", b"/m/a")], [copy]).to_read == (_file(b"/m/copy"),)


def test_a_file_under_a_new_name_is_the_same_track(start: Start) -> None:
    catalogue = start([_track("A", b"/m/a")], [_file(b"/m/b")])
    assert catalogue.place(_file(b"/m/b"), "A", TAGS).kind == Kind.MOVED
    assert catalogue.vanished() == ([], 1)


def test_a_second_copy_is_a_duplicate_of_the_first(start: Start) -> None:
    catalogue = start([], [_file(b"/m/a"), _file(b"/m/b")])
    assert catalogue.place(_file(b"/m/a"), "A", TAGS).kind == Kind.ADDED
    placement = catalogue.place(_file(b"/m/b"), "A", TAGS)
    assert (placement.kind, placement.twin) == (Kind.DUPLICATE, b"/m/a")


def test_a_copy_of_a_track_in_another_folder_is_a_duplicate_only_while_that_file_is_there(
    start: Start,
) -> None:
    catalogue = start([_track("A", b"/elsewhere/here"), _track("B", b"/elsewhere/gone")], [])
    assert catalogue.place(_file(b"/m/a"), "A", TAGS).kind == Kind.DUPLICATE
    assert catalogue.place(_file(b"/m/b"), "B", TAGS).kind == Kind.MOVED


def test_new_tags_and_a_mere_touch_are_told_apart(start: Start) -> None:
    catalogue = start([_track("A", b"/m/a")], [_file(b"/m/a", time=2)])
    assert catalogue.place(_file(b"/m/a", time=2), "A", TAGS).kind == Kind.UNCHANGED
    assert catalogue.place(_file(b"/m/a", time=3), "A", TrackTags(title="Other")).kind == Kind.RETAGGED


def test_files_that_took_each_others_names_keep_their_identities(start: Start) -> None:
    files = [_file(b"/m/a", time=2), _file(b"/m/b", time=2)]
    catalogue = start([_track("A", b"/m/a"), _track("B", b"/m/b")], files)
    first = catalogue.place(files[0], "B", TAGS)
    second = catalogue.place(files[1], "A", TAGS)
    assert (first.kind, first.displaced_hash) == (Kind.MOVED, "A")
    assert (second.kind, second.displaced_hash) == (Kind.MOVED, None)
    assert catalogue.vanished() == ([], 2)


def test_other_audio_under_an_old_name_is_another_track(start: Start) -> None:
    catalogue = start([_track("A", b"/m/a")], [_file(b"/m/a", time=2)])
    placement = catalogue.place(_file(b"/m/a", time=2), "N", TAGS)
    assert (placement.kind, placement.displaced_hash) == (Kind.ADDED, "A")


def test_what_is_not_found_has_vanished_unless_its_folder_cannot_be_read(start: Start) -> None:
    tracks = [_track("A", b"/m/a"), _track("B", b"/m/locked/b"), _track("C", b"/m/c", is_missing=True)]
    assert start(tracks, [], (b"/m/locked",)).vanished() == (["A"], 2)
