import pytest

from recommender.mood_words import SaidMood, arousal_of_groove, mood_of_words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("battle_theme", SaidMood(-0.5, 0.5)),
        ("Tropical Breeze", SaidMood(0.5, -0.5)),
        ("bossattack", SaidMood(-0.5, 0.5)),
        ("NightDream", SaidMood(0.5, -0.5)),
        ("Song 7 Ambient", SaidMood(None, -0.5)),
        ("Track 4", SaidMood(None, None)),
        ("lovely gloves", SaidMood(None, None)),
    ],
)
def test_words_of_a_title_say_a_mood(text: str, said: SaidMood) -> None:
    assert mood_of_words(text) == said


def test_words_that_contradict_each_other_say_nothing() -> None:
    assert mood_of_words("a calm battle") == SaidMood(-0.5, None)


@pytest.mark.parametrize(
    ("groove", "arousal"), [("pflib/metal2", 0.5), ("rb-ballad", -0.5), ("fastballad", None), ("waltz", None)]
)
def test_the_name_of_a_groove_says_how_lively_it_is(groove: str, arousal: float | None) -> None:
    assert arousal_of_groove(groove) == arousal
