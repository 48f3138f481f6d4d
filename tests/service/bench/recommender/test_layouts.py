from pathlib import Path

import pytest

from service.bench.recommender.layouts import Split, read_split
from service.errors import InvalidRequest


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.{'dat' if name == 'user_artists' else 'txt'}").write_text(text, encoding="utf-8")
    return folder


def named(split: Split) -> tuple[set[tuple[str, str, float]], set[tuple[str, str]]]:
    """What is learnt from, and what is asked for, by name."""
    train = {
        (split.listeners[listener], split.tracks[track], plays)
        for listener, track, plays in zip(split.listener, split.track, split.plays, strict=True)
    }
    test = {(split.listeners[at], split.tracks[track]) for at, own in enumerate(split.test) for track in own}
    return train, test


def test_lightgcn_has_a_split_of_its_own(tmp_path: Path) -> None:
    data = written(tmp_path, data1="1\t7\t3\n2\t8\t3.5e+02\n", test1="1\t8\t1\n3\t7\t1\n1\t7\t1\n")
    split = read_split(data, None, None)
    assert split.layout == "lightgcn"
    # Listener 3 has nothing to learn from and is asked for all the same; what is known is not.
    assert named(split) == ({("1", "7", 3.0), ("2", "8", 350.0)}, {("1", "8"), ("3", "7")})


def test_hetrec_asks_each_listener_for_a_tenth_the_same_each_time(tmp_path: Path) -> None:
    lines = [f"{listener}\t{track}\t{track}" for listener in (2, 3) for track in range(1, 21)]
    data = written(tmp_path, user_artists="userID\tartistID\tweight\n" + "\n".join(lines))
    train, test = named(read_split(data, "hetrec", None))
    assert (len(train), len(test)) == (32, 4)
    assert not {each[:2] for each in train} & test
    assert named(read_split(data, "hetrec", None)) == (train, test)


def test_s3rec_asks_for_the_last_of_each_sequence(tmp_path: Path) -> None:
    data = written(tmp_path, LastFM="a x y z\nb y x\nc x\n")
    train, test = named(read_split(data, None, None))
    assert test == {("a", "z"), ("b", "x")}
    assert {each[:2] for each in train} == {("a", "x"), ("a", "y"), ("b", "y"), ("c", "x")}


def test_cm100k_takes_ratings_of_three_and_more_as_liked(tmp_path: Path) -> None:
    lines = [f"{listener}\t{track}\t{1 + track % 4}\t0" for listener in (1, 2) for track in range(40)]
    train, test = named(read_split(written(tmp_path, data="\n".join(lines)), "cm100k", None))
    assert {int(each[1]) % 4 for each in train} | {int(track) % 4 for _, track in test} == {2, 3}


def test_a_split_file_decides_and_what_is_valid_takes_no_part(tmp_path: Path) -> None:
    data = written(tmp_path, LastFM="a x y z\nb x\n")
    split_file = tmp_path / "split.tsv"
    split_file.write_text("a\tx\ttest\na\ty\ttrain\na\tz\tvalid\nb\tx\ttrain\n", encoding="utf-8")
    train, test = named(read_split(data, "s3rec", split_file))
    assert ({each[:2] for each in train}, test) == ({("a", "y"), ("b", "x")}, {("a", "x")})


@pytest.mark.parametrize("line", ["1", "1\t2\tmany", "1\t2\tnan", "1\t2\t-3"])
def test_a_line_that_is_no_play_is_told_by_its_number(line: str, tmp_path: Path) -> None:
    data = written(tmp_path, data1=f"1\t2\t3\n{line}\n", test1="1\t3\t1\n")
    with pytest.raises(InvalidRequest, match=r"Line 2 of data1\.txt is no play") as raised:
        read_split(data, None, None)
    assert raised.value.code == "wrong_table"


def test_a_folder_without_a_known_data_set_says_so(tmp_path: Path) -> None:
    for layout in (None, "hetrec"):
        with pytest.raises(InvalidRequest) as raised:
            read_split(tmp_path, layout, None)
        assert raised.value.code == "unknown_layout"
    with pytest.raises(InvalidRequest, match=r"test1\.txt is missing"):
        read_split(written(tmp_path, data1="1\t2\t3\n"), None, None)
    with pytest.raises(InvalidRequest, match="nothing to learn from"):
        read_split(written(tmp_path, data1="", test1="1\t2\t3\n"), None, None)
