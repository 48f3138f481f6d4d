from dataclasses import fields

import numpy as np
import pytest

from recommender.manner import ADJECTIVES, Sounds
from recommender.tags import TAGS
from recommender.vocabulary import NOUNS
from recommender.words import MOST_WORDS, ClusterSound, cluster_words, track_words
from tests.recommender.hearing import cluster, library, sounds, tag_row, together

ACOUSTIC = tag_row(msd_acoustic=0.4, mtt_guitar=0.7, mtt_quiet=0.2)
METAL = tag_row(msd_metal=0.8, mtt_rock=0.5, mtt_guitar=0.5, mtt_loud=0.4, mtt_fast=0.4)
GUITARS = tag_row(mtt_guitar=0.7, mtt_loud=0.3)
STRINGS = tag_row(mtt_piano=0.5, mtt_strings=0.45, mtt_slow=0.3)
DANCE = tag_row(msd_electronic=0.6, msd_dance=0.5, mtt_beat=0.4)
AMBIENT = tag_row(msd_ambient=0.5, mtt_ambient=0.4, mtt_slow=0.1)
PIANO = tag_row(mtt_piano=0.8)
POP = tag_row(msd_pop=0.7, mtt_pop=0.4)
EVENING, NIGHT = (19, 20, 21), (23, 0, 1)


def phrase(one: ClusterSound) -> str:
    return cluster_words([one], library())[0]


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (cluster(sounds(ACOUSTIC, lufs=-26), -0.4, hours=EVENING), "quiet acoustic evenings"),
        (cluster(sounds(GUITARS, bpm=150, lufs=-16), 0.5), "fast heavy guitars"),
        (cluster(sounds(STRINGS, bpm=70), -0.3), "slow piano and strings"),
        (cluster(sounds(STRINGS, bpm=70), -0.3, hours=EVENING), "slow evening piano and strings"),
        (cluster(sounds(DANCE, hertz=2200), 0.1, 0.4), "bright electronic dance music"),
        (cluster(sounds(tag_row(msd_dance=0.5, msd_House=0.4, msd_electronic=0.4), hertz=600)), "dance music"),
        (cluster(sounds(DANCE, hertz=2200), 0.1, 0.4, NIGHT), "bright electronic dance nights"),
        (cluster(sounds(METAL, bpm=150, lufs=-8), 0.9), "fast loud metal"),
        (cluster(sounds(AMBIENT, beat=0.1, hertz=600), -0.5, -0.3), "drifting dark ambient music"),
        (cluster(sounds(PIANO)), "piano pieces"),
        (cluster(sounds(PIANO), hours=EVENING), "evening piano"),
        (cluster(sounds(tag_row()), -0.5), "calm music"),
        (cluster(sounds(tag_row())), "a bit of everything"),
        (cluster(together(sounds(PIANO, 3), sounds(AMBIENT, 4), sounds(tag_row(), 3))), "piano and ambient music"),
        (cluster(together(sounds(PIANO), sounds(AMBIENT)), hours=NIGHT), "late-night piano and ambient music"),
    ],
)  # fmt: skip
def test_a_cluster_is_told_in_the_words_its_sound_earns(heard: ClusterSound, said: str) -> None:
    assert phrase(heard) == said


@pytest.mark.parametrize(
    ("heard", "unsaid"),
    [
        (cluster(sounds(METAL, lufs=-29), -0.5), {"quiet", "calm", "guitar", "rock"}),
        (cluster(sounds(AMBIENT, bpm=160, lufs=-7), 0.6), {"fast", "loud", "heavy", "energetic"}),
        (cluster(sounds(PIANO, bpm=60), 0.5), {"slow"}),
        (cluster(sounds(PIANO, bpm=180, sure=0.1), 0.5), {"fast"}),
        (cluster(sounds(PIANO, bpm=180, beat=0.1), 0.5), {"fast"}),
        (cluster(sounds(GUITARS, rough=0.2), 0.5), {"heavy"}),
        (cluster(sounds(AMBIENT), -0.5), {"drifting"}),
        (cluster(sounds(PIANO, hertz=2300), -0.1, -0.5), {"bright"}),
        (cluster(sounds(PIANO, 2), hours=EVENING), {"evening", "evenings"}),
        (cluster(sounds(PIANO), hours=(3, 9, 15, 20)), {"evening", "morning", "afternoon", "late-night"}),
        (cluster(sounds(tag_row(msd_male_vocalists=0.9, mtt_piano=0.5), voice=0.05)), {"male", "voice", "songs"}),
        (cluster(together(sounds(PIANO, 2), sounds(POP, 8))), {"piano"}),
    ],
)  # fmt: skip
def test_nothing_is_said_that_is_contradicted_or_rare(heard: ClusterSound, unsaid: set[str]) -> None:
    assert not unsaid.intersection(phrase(heard).split())


@pytest.mark.parametrize(
    ("voice", "elsewhere", "said"),
    [
        (0.95, 0.05, "pop songs"),
        (0.05, 0.95, "instrumental pop"),
        (0.5, 0.05, "pop"),
        (0.05, 0.05, "pop"),
        (0.95, 0.95, "pop"),
    ],
)
def test_singing_is_told_where_it_is_clear_and_not_everywhere(
    voice: float, elsewhere: float, said: str
) -> None:
    assert cluster_words([cluster(sounds(POP, voice=voice))], sounds(tag_row(), voice=elsewhere)) == [said]


def test_quiet_and_loud_are_set_against_the_library_within_what_people_mean() -> None:
    def says(lufs: float, everything_else: float) -> str:
        heard = cluster(sounds(tag_row(mtt_piano=0.8, mtt_quiet=0.3), lufs=lufs), -0.4)
        return cluster_words([heard], sounds(tag_row(), lufs=everything_else))[0]

    assert says(-20, -9) == "quiet piano"
    assert says(-20, -28) == "calm piano"
    assert says(-10, -6) == "calm piano"


def test_a_mood_is_set_against_the_library_within_what_people_mean() -> None:
    def says(arousal: float, everything_else: float) -> str:
        return cluster_words([cluster(sounds(PIANO), arousal)], sounds(tag_row(), arousal=everything_else))[0]

    assert says(-0.1, -0.05) == says(-0.25, -0.6) == "calm piano"
    assert says(-0.1, -0.4) == says(-0.02, 0.3) == "piano pieces"
    assert says(0.1, 0.05) == "lively piano"


def test_what_sets_a_cluster_apart_from_the_others_comes_first() -> None:
    both = {"mtt_guitar": 0.5, "msd_folk": 0.3}
    with_flute = cluster(sounds(tag_row(**both, mtt_flute=0.4)))
    with_harp = cluster(sounds(tag_row(**both, mtt_harp=0.3)))
    first, second = cluster_words([with_flute, with_harp], library())
    assert "flute" in first
    assert "harp" in second


def random_cluster(rng: np.random.Generator) -> ClusterSound:
    tracks = int(rng.integers(1, 9))
    tags = np.clip(rng.beta(0.4, 3.0, size=len(TAGS)) + rng.normal(0, 0.03, (tracks, len(TAGS))), 0, 1)
    ranges = {"tempo_bpm": (40, 200), "loudness_lufs": (-40, -5), "brightness_hz": (300, 3000)}
    measured = {
        field.name: rng.uniform(*ranges.get(field.name, (0, 1)), tracks)
        for field in fields(Sounds)
        if field.name != "tags"
    }
    heard = Sounds(tags=tags, **measured)
    arousal, valence = rng.uniform(-1, 1, 2)
    return cluster(heard, arousal, valence, hours=tuple(rng.integers(0, 24, 3)))


def test_whatever_is_heard_is_told_shortly_without_contradiction_and_not_twice() -> None:
    rng = np.random.default_rng(4)
    lean = {adjective.word: adjective.lean for adjective in ADJECTIVES}
    restful = {"quiet", "calm", "laid-back", "drifting"}
    for _ in range(150):
        clusters = [random_cluster(rng) for _ in range(rng.integers(1, 7))]
        said = cluster_words(clusters, library())
        assert said == cluster_words(clusters, library())
        assert len(set(said)) == len(clusters)
        for words in said:
            assert 1 <= len(words.split()) <= MOST_WORDS
            assert words == " ".join(words.split())
            assert not any(character.isdigit() for character in words)
            leaning = {lean[word] for word in words.split() if word in lean} - {0}
            assert len(leaning) <= 1, words
            assert not (restful & set(words.split()) and {"metal", "punk", "techno"} & set(words.split())), (
                words
            )


def test_six_clusters_of_one_sound_get_six_phrases() -> None:
    for tags in (tag_row(), PIANO, METAL):
        assert len(set(cluster_words([cluster(sounds(tags))] * 6, library()))) == 6


def test_an_empty_library_and_a_listener_without_clusters_are_no_trouble() -> None:
    empty = sounds(tag_row(), tracks=0)
    assert cluster_words([cluster(sounds(PIANO, lufs=-30), -0.5)], empty) == ["calm piano"]
    assert cluster_words([], empty) == []


def test_a_track_is_named_beside_others_or_not_at_all() -> None:
    others = np.stack([PIANO, METAL, ACOUSTIC, tag_row()])
    assert [track_words(tags, others) for tags in others] == ["piano", "metal", "acoustic guitar", ""]


def test_every_word_rests_on_tags_that_there_are() -> None:
    assert {tag for noun in NOUNS for tag in noun.least} <= set(TAGS)
    assert len({noun.word for noun in NOUNS}) == len(NOUNS)


def test_tags_of_another_encoder_are_refused() -> None:
    with pytest.raises(ValueError, match="100 tags"):
        track_words(np.zeros(50), np.zeros((3, 50)))
