from pathlib import Path

import pytest

from service.bench.ear.labels import Told, by_path, label_tracks, read_table, table_value, useful_genre
from service.errors import InvalidRequest


def test_folders_tell_the_style_where_there_are_no_tags() -> None:
    told = [Told(f"genres/{style}/{style}.{n}.wav") for style in ("blues", "disco") for n in range(3)]
    labelling = label_tracks(told, None)
    assert labelling.kind == "folders"
    assert labelling.styles == ("genres/blues",) * 3 + ("genres/disco",) * 3
    # A folder that is a style is no album: each file stands for itself.
    assert len(set(labelling.albums)) == 6
    assert labelling.sources_tell_styles


def test_genre_tags_tell_the_style_where_half_of_the_tracks_have_one() -> None:
    told = [
        Told("000/1.mp3", genre="Hip-Hop"),
        Told("000/2.mp3", genre="Soundtrack"),
        Told("001/3.mp3", genre="Folk; Celtic"),
        Told("001/4.mp3"),
    ]
    assert label_tracks(told, None).styles == ("hip-hop", None, "folk", None)
    assert label_tracks([*told, Told("001/5.mp3")], None).kind == "folders"


def test_a_table_goes_before_tags_and_its_last_matching_row_counts(tmp_path: Path) -> None:
    path = tmp_path / "styles.csv"
    path.write_text(
        "path,style,why\nband/,rock,heard\nband/*acoustic*,folk,title\nother,,unsure\n", encoding="utf-8"
    )
    table = by_path(read_table(path, ("path", "style")), "style")
    told = [
        Told("band/loud.ogg", genre="x"),
        Told("band/a/acoustic 1.ogg", genre="x"),
        Told("other/1.ogg", genre="x"),
    ]
    assert label_tracks(told, table).styles == ("rock", "folk", None)
    assert table_value(table, "bands/loud.ogg") is None


def test_the_album_is_the_tag_then_the_artist_then_the_folder_then_the_file() -> None:
    told = [
        Told("rock/a/1.ogg", album="Dawn", album_artist="Us", artist="One of us"),
        Told("rock/b/2.ogg", album="dawn", album_artist="us", artist="Another"),
        Told("rock/c/3.ogg", artist="Them"),
        Told("rock/d/4.ogg", artist="them"),
        Told("rock/e/5.ogg"),
        Told("rock/e/6.ogg"),
        Told("rock/f/song 7/song.ogg"),
        Told("rock/f/song 8/song.ogg"),
        Told("jazz/9.ogg"),
        Told("jazz/10.ogg"),
    ]
    albums = label_tracks(told, None).albums
    assert [albums.index(album) for album in albums] == [0, 0, 2, 2, 4, 4, 6, 6, 8, 9]


def test_tracks_that_lie_in_no_folder_have_their_album_for_a_source() -> None:
    told = [Told("1.ogg", genre="a", artist="x"), Told("2.ogg", genre="b", artist="y")]
    labelling = label_tracks(told, None)
    assert labelling.sources == labelling.albums
    assert labelling.style_count == 2


def test_genres_that_name_no_style_are_not_useful() -> None:
    assert [useful_genre(genre) for genre in ("Game", " Other ", "", None, "Death Metal", "Rock/Pop")] == [
        None,
        None,
        None,
        None,
        "death metal",
        "rock",
    ]


def test_a_table_without_its_columns_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "styles.csv"
    path.write_text("file,genre\na,b\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="path, style"):
        read_table(path, ("path", "style"))
    with pytest.raises(InvalidRequest):
        read_table(tmp_path / "none.csv", ("path", "style"))
