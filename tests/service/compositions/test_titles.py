from itertools import product

import numpy as np
import pytest

from service.compositions.titles import title_for

WORDS = (
    "drifting ambient nights",
    "fast heavy guitars",
    "slow piano and strings",
    "bright electronic dance music",
    "something nobody ever said",
)
MOODS = tuple(product((-0.7, 0.7), repeat=2))


def test_the_same_taste_and_seed_give_the_same_title() -> None:
    first, second = (title_for("jazz", 0.3, -0.2, np.random.default_rng(5)) for _ in range(2))
    assert first == second


def test_a_hundred_seeds_give_mostly_different_titles_in_every_mood_and_style() -> None:
    for words, (valence, arousal) in product(WORDS, MOODS):
        titles = {title_for(words, valence, arousal, np.random.default_rng(seed)) for seed in range(100)}
        assert len(titles) >= 60, (words, valence, arousal)


def test_titles_are_short_and_written_as_titles() -> None:
    for words, (valence, arousal), seed in product(WORDS, MOODS, range(30)):
        title = title_for(words, valence, arousal, np.random.default_rng(seed))
        assert title[0].isupper()
        assert len(title) <= 50
        assert title == " ".join(title.split())


@pytest.mark.parametrize(
    ("words", "telling"),
    [
        ("energetic techno", {"Neon", "Circuits", "Machines", "Concrete"}),
        ("classical mornings", {"Prelude"}),
        ("folk and flute", {"Reeds"}),
    ],
)
def test_the_words_of_the_taste_choose_the_images(words: str, telling: set[str]) -> None:
    titles = " ".join(title_for(words, 0.1, 0.1, np.random.default_rng(seed)) for seed in range(40))
    assert any(image in titles for image in telling)


def test_a_title_that_is_taken_is_not_given_again() -> None:
    taken: set[str] = set()
    for _ in range(120):
        title = title_for("ambient", -0.5, -0.5, np.random.default_rng(1), taken)
        assert title not in taken
        taken.add(title)
