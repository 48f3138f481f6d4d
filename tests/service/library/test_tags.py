from service.library.tags import MAX_CHARACTERS, clean_tags, clean_text


def test_a_track_without_tags_is_called_by_its_file() -> None:
    tags = clean_tags({}, b"/music/Some_Song.final.mp3")
    assert tags.title == "Some Song.final"
    assert tags.artist is None


def test_a_name_that_is_no_text_still_gives_a_title() -> None:
    assert clean_tags({}, b"/music/\xff\xfe.mp3").title == "��"


def test_control_characters_go_and_marks_of_direction_stay() -> None:
    assert clean_text("a\0b\r\nc\x1b[31m") == "a b c [31m"
    assert clean_text("\u202eabc\u200f") == "\u202eabc\u200f"


def test_markup_stays_text() -> None:
    assert clean_tags({"title": ["<script>alert(1)</script>"]}, b"x").title == "<script>alert(1)</script>"


def test_half_a_character_is_replaced() -> None:
    assert clean_text("a\ud800") == "a\N{REPLACEMENT CHARACTER}"


def test_a_huge_title_is_cut() -> None:
    title = clean_tags({"title": ["x" * 100_000]}, b"x").title
    assert len(title) == MAX_CHARACTERS
    assert title.endswith("…")


def test_several_artists_are_joined_once_each() -> None:
    assert clean_tags({"artist": ["Ann", "Bob", "Ann", "\0"]}, b"x").artist == "Ann, Bob"


def test_numbers_dates_and_identifiers_are_taken_where_they_are_some() -> None:
    tags = clean_tags(
        {
            "date": ["about 1987-05-01"],
            "track_number": ["3/12"],
            "disc_number": ["second"],
            "isrc": ["us-rc1-76-07839"],
            "recording_mbid": ["B10BBBFC-CF9E-42E0-BE17-E2C3E1D2600D"],
        },
        b"x",
    )
    assert (tags.year, tags.track_number, tags.disc_number) == (1987, 3, None)
    assert tags.isrc == "USRC17607839"
    assert tags.recording_mbid == "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"


def test_identifiers_that_are_none_are_left_out() -> None:
    tags = clean_tags(
        {"isrc": ["nonsense"], "recording_mbid": ["x" * 36], "track_number": ["9" * 5000]}, b"x"
    )
    assert (tags.isrc, tags.recording_mbid, tags.track_number) == (None, None, None)
