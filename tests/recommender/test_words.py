import numpy as np
import pytest

from recommender.tags import MSD_TAGS, MTT_TAGS
from recommender.words import WORDS, ClusterSound, cluster_words, sound_words

TAGS = MSD_TAGS + MTT_TAGS
LIBRARY = np.full(100, 0.1)
ALL_DAY = np.full(24, 1 / 24)


def tags(**activations: float) -> np.ndarray:
    values = np.full(100, 0.02)
    for name, activation in activations.items():
        values[TAGS.index(name)] = activation
    return values


def at(*hours: int) -> np.ndarray:
    profile = np.zeros(24)
    profile[list(hours)] = 1 / len(hours)
    return profile


def test_there_is_a_word_or_a_reason_for_none_for_each_of_the_hundred_tags() -> None:
    assert len(WORDS) == len(TAGS) == 100
    pairs = dict(zip(TAGS, WORDS, strict=True))
    assert (pairs["piano"], pairs["Hip-Hop"], pairs["choral"]) == ("piano", "hip-hop", "choir")
    assert (pairs["no vocals"], pairs["woman"], pairs["House"]) == ("instrumental", "female voice", "house")
    assert [pairs[name] for name in ("80s", "sexy", "fast", "quiet")] == [None] * 4


def test_a_cluster_is_named_by_what_it_has_and_the_library_has_not() -> None:
    words = sound_words(tags(piano=0.8, guitar=0.3), LIBRARY)
    assert words[:2] == ["piano", "guitar"]


def test_what_all_clusters_share_is_passed_over_for_what_only_one_has() -> None:
    quiet = ClusterSound(tags(guitar=0.6, piano=0.5, classical=0.4), -0.5, at(20, 21))
    loud = ClusterSound(tags(guitar=0.6, metal=0.5, drums=0.4), 0.6, at(7, 8))
    first, second = cluster_words([quiet, loud], LIBRARY)
    assert first == "calm piano and classical, evenings"
    assert second == "energetic metal and drums, mornings"


def test_clusters_that_sound_the_same_still_get_different_words() -> None:
    same = ClusterSound(tags(piano=0.5, jazz=0.4, harp=0.3), 0.0, ALL_DAY)
    phrases = cluster_words([same, same, same], LIBRARY)
    assert len(set(phrases)) == 3


def test_no_time_is_said_for_what_is_heard_all_day() -> None:
    assert cluster_words([ClusterSound(tags(piano=0.9), 0.0, ALL_DAY)], LIBRARY)[0].count(",") == 0


def test_a_word_that_follows_from_another_is_not_said_beside_it() -> None:
    words = sound_words(tags(violin=0.9, strings=0.85, flute=0.5), LIBRARY)
    assert words[:2] == ["violin", "flute"]


def test_tags_of_another_encoder_are_refused() -> None:
    with pytest.raises(ValueError, match="100 tags"):
        sound_words(np.zeros(50), LIBRARY)
