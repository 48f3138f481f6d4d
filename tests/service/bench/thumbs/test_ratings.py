from pathlib import Path

import pytest

from service.bench.thumbs.ratings import read_ratings
from service.errors import HomespunError


def written(folder: Path, text: str) -> Path:
    (folder / "data.txt").write_text(text, encoding="utf-8")
    return folder


def test_ratings_are_read_by_listener_and_three_is_a_like(tmp_path: Path) -> None:
    ratings = read_ratings(written(tmp_path, "7\t30\t3\t0\n5\t20\t1\t0\n7\t20\t2\t1\n5\t10\t4\t0\n"))
    assert ratings.tracks == 3
    assert [each.tracks.tolist() for each in ratings.listeners] == [[1, 0], [2, 1]]
    assert [each.liked.tolist() for each in ratings.listeners] == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "ratings_missing"),
        ("", "bad_ratings"),
        ("1\t2\n", "bad_ratings"),
        ("1\t2\tx\n", "bad_ratings"),
        ("1\t2\t3\n1\t2\t1\n", "bad_ratings"),
    ],
)
def test_what_is_no_table_of_ratings_is_refused(text: str | None, code: str, tmp_path: Path) -> None:
    if text is not None:
        written(tmp_path, text)
    with pytest.raises(HomespunError) as refused:
        read_ratings(tmp_path)
    assert refused.value.code == code
