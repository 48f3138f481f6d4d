import pytest

from service.listening.names import comparable, comparable_artist, comparable_title


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Für Elise", "fur elise"),
        ("Don't Stop", "dont  stop".replace("dont", "don t")),
        ("Rock & Roll", "rock and roll"),
        ("Gymnopédie No. 1", "Gymnopedie No 1"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Song (feat. Somebody)", "Song"),
        ("Song ft. Somebody Else", "Song"),
        ("Song - 2011 Remaster", "Song"),
        ("Song (Remastered 2009)", "Song"),
    ],
)
def test_guests_and_remasters_do_not_make_another_title(one: str, other: str) -> None:
    assert comparable_title(one) == comparable_title(other)


def test_other_versions_stay_other_titles() -> None:
    assert comparable_title("Song (live)") != comparable_title("Song")
    assert comparable_title("Feather") != comparable_title("Fe")


def test_a_leading_the_does_not_make_another_artist() -> None:
    assert comparable_artist("The Beatles") == comparable_artist("Beatles")
    assert comparable_artist("The The") == "the"
    assert comparable_artist("The") == "the"


def test_a_name_of_signs_only_is_still_a_name() -> None:
    assert comparable("!!!") == "!!!"
    assert comparable(None) == comparable_title("") == comparable_artist(None) == ""
