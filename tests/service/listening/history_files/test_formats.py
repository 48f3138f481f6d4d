import io
import stat
import zipfile
from pathlib import Path
from zipfile import ZipInfo

import pytest

from service.errors import InvalidRequest
from service.listening.history_files import archive
from service.listening.history_files.formats import FORMATS, open_history_file
from service.listening.history_files.rows import FailedRow, ListenRow
from tests.service.listening.history_files.exported import rows_of, spotify_row, written, zipped
from tests.service.listening.history_files.test_apple_music import PLAY, activity
from tests.service.small_library import listen_line, write_lines

WHEN = 1_700_000_000


def refused(path: Path) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as error:
        rows_of(path)
    return error.value


def test_a_file_is_known_by_what_is_in_it_and_not_by_its_name(tmp_path: Path) -> None:
    rows = [spotify_row()]
    with open_history_file(written(tmp_path / "download (3).txt", rows)) as file:
        assert file.format.key == "spotify_extended"
    with open_history_file(write_lines(tmp_path / "spotify.json", [listen_line("x", "y", WHEN)])) as file:
        assert file.format.key == "listenbrainz"


def test_a_line_without_a_head_does_not_make_a_file_with_one_another_format(tmp_path: Path) -> None:
    path = tmp_path / "Apple Music Play Activity.csv"
    path.write_text(activity(PLAY) + "\n,,,14 Nov 2023 22:13")
    with open_history_file(path) as file:
        assert file.format.key == "apple_music"


@pytest.mark.parametrize(
    "words", [['"track_metadata"'], ['"scrobbles"', '"maloja"'], ['"endTime"', '"msPlayed"']]
)
def test_a_table_whose_titles_are_words_of_other_formats_stays_a_table(
    tmp_path: Path, words: list[str]
) -> None:
    rows = "".join(f"A,B,{word},14 Nov 2023 22:13\n" for word in words)
    with open_history_file(written(tmp_path / "a.csv", rows)) as file:
        assert file.format.key == "lastfm_to_csv"
    assert all(isinstance(row, ListenRow) for row in rows_of(tmp_path / "a.csv"))


def test_every_format_says_which_files_it_is() -> None:
    assert len({each.key for each in FORMATS}) == len(FORMATS) == 11
    assert all(each.files and each.service for each in FORMATS)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"playlists": [{"name": "Mix One"}]}', "playlists"),
        ('{"tracks": [{"artist": "Artist One"}]}', "library"),
        ('<?xml version="1.0"?><plist version="1.0"><dict/></plist>', "iTunes"),
        ("Dear Ada", "no listening history"),
        ("", "no listening history"),
    ],
)
def test_the_wrong_file_is_refused_in_a_sentence_that_says_what_it_is(
    content: str, told: str, tmp_path: Path
) -> None:
    error = refused(written(tmp_path / "file", content))
    assert error.code == "unknown_history_format"
    assert told in str(error)


def test_spotifys_account_data_is_taken_with_a_warning() -> None:
    (account,) = (each for each in FORMATS if each.key == "spotify_account")
    assert account.warning is not None
    assert "extended" in account.warning


def test_an_archive_of_two_services_is_refused(tmp_path: Path) -> None:
    first = written(tmp_path / "1", [spotify_row()]).read_bytes()
    second = write_lines(tmp_path / "2", [listen_line("x", "y", WHEN)]).read_bytes()
    error = refused(zipped(tmp_path / "both.zip", {"a.json": first, "b.jsonl": second}))
    assert error.code == "several_history_formats"


def test_what_an_archive_holds_besides_is_passed_over_by_name(tmp_path: Path) -> None:
    good = written(tmp_path / "1", [spotify_row()]).read_bytes()
    with open_history_file(zipped(tmp_path / "a.zip", {"h/a.json": good, "h/Read me.pdf": b"%PDF"})) as file:
        assert [entry.name for entry in file.entries] == ["h/a.json"]
        assert file.passed_over == ("h/Read me.pdf",)


def with_entry(path: Path, info: ZipInfo, content: bytes = b"x") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(info, content)
    return path


def test_archives_that_reach_out_or_explode_are_refused(tmp_path: Path) -> None:
    link = ZipInfo("listens/2023/1.jsonl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "symbolic link" in str(refused(with_entry(tmp_path / "l.zip", link, b"/etc/passwd")))
    for name in ("../1.jsonl", "/etc/1.jsonl", "a/../../1.jsonl", "..\\1.jsonl"):
        assert "leads out" in str(refused(with_entry(tmp_path / "n.zip", ZipInfo(name))))
    many = {f"{number}.json": "" for number in range(archive.MOST_ENTRIES + 1)}
    assert "500 entries" in str(refused(zipped(tmp_path / "many.zip", many)))
    assert "200-fold" in str(refused(zipped(tmp_path / "bomb.zip", {"1.json": "0" * 20_000_000})))


def test_a_bomb_within_an_archive_within_an_archive_is_found(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "1", {"1.json": "0" * 20_000_000}).read_bytes()
    middle = zipped(tmp_path / "2", {"1.zip": bomb}).read_bytes()
    assert "200-fold" in str(refused(zipped(tmp_path / "3.zip", {"2.zip": middle})))
    halves = {
        f"{number}.zip": zipped(tmp_path / "h", {f"{n}.json": "" for n in range(300)}).read_bytes()
        for number in "ab"
    }
    assert "500 entries" in str(refused(zipped(tmp_path / "4.zip", halves)))


def test_a_directory_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    content = bytearray(zipped(tmp_path / "a.zip", {"1.json": "[]"}).read_bytes())
    place = content.rfind(b"PK\x05\x06")
    content[place + 12 : place + 16] = (2**31).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(content)
    assert refused(tmp_path / "a.zip").code == "archive_over_limits"


@pytest.mark.parametrize(
    ("megabytes", "said"), [((501,), "more than 500 MB"), ((499,) * 5, "more than 2 GB in all")]
)
def test_entries_that_say_they_are_huge_are_not_read(
    megabytes: tuple[int, ...], said: str, tmp_path: Path
) -> None:
    path = zipped(tmp_path / "a.zip", {f"{number}.json": "[]" for number in range(len(megabytes))})
    content, place = bytearray(path.read_bytes()), 0
    for size in megabytes:
        # The sizes in the directory, packed and unpacked, are what a reader goes by before it reads.
        place = content.index(b"PK\x01\x02", place + 1)
        content[place + 20 : place + 28] = (size * 2**20).to_bytes(4, "little") * 2
    path.write_bytes(content)
    assert said in str(refused(path))


def test_a_damaged_archive_keeps_what_comes_before_the_damage(tmp_path: Path) -> None:
    rows = [spotify_row(master_metadata_track_name=f"Song {number * 7919}") for number in range(3_000)]
    path = zipped(tmp_path / "a.zip", {"a.json": written(tmp_path / "1", rows).read_bytes()})
    content = bytearray(path.read_bytes())
    middle = len(content) * 3 // 4
    content[middle : middle + 10] = bytes(10)
    path.write_bytes(content)
    *good, last = rows_of(path)
    assert len(good) > 100
    assert all(isinstance(row, ListenRow) for row in good)
    assert isinstance(last, FailedRow)


def test_half_an_archive_is_refused(tmp_path: Path) -> None:
    rows = [spotify_row(master_metadata_track_name=f"Song {number}") for number in range(100)]
    whole = zipped(tmp_path / "a.zip", {"a.json": written(tmp_path / "1", rows).read_bytes()}).read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    assert refused(tmp_path / "half.zip").code == "unreadable_archive"


def test_half_a_file_of_json_keeps_its_first_half(tmp_path: Path) -> None:
    rows = [spotify_row(master_metadata_track_name=f"Song {number}") for number in range(100)]
    whole = written(tmp_path / "1", rows).read_text(encoding="utf-8")
    *good, last = rows_of(written(tmp_path / "half.json", whole[: len(whole) // 2]))
    assert 40 < len(good) < 60
    assert last == FailedRow("half.json", len(good) + 1, "not JSON from here to the end of the file")


def test_a_row_without_an_end_is_not_read_into_memory(tmp_path: Path) -> None:
    stream = io.StringIO()
    stream.write(
        str([spotify_row()]).replace("'", '"').replace("None", "null").replace("False", "false")[:-1]
    )
    stream.write(', {"ts": "' + "9" * 3_000_000 + '"}]')
    good, failed = rows_of(written(tmp_path / "a.json", stream.getvalue()))
    assert isinstance(good, ListenRow)
    assert failed == FailedRow("a.json", 2, "longer than a row can be; nothing after it was read")
