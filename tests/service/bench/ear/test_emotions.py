from pathlib import Path

import numpy as np
import pytest

from service.bench.ear.emotions import WORDS, emotion_ranks, mood_rows
from service.bench.ear.heard_store import HeardTrack
from service.bench.ear.known_tracks import Known, PackagedTrack
from service.bench.ear.labels import Told
from service.bench.ear.library import LibraryTrack
from service.errors import InvalidRequest

MOODS = ("calm", "tender", "nostalgic", "happy", "energetic")


def heard(valence: float, arousal: float) -> HeardTrack:
    facts = {
        "valence": valence,
        "arousal": arousal,
        "valence_uncertainty": 0.5,
        "arousal_uncertainty": 0.25,
        "loudness_lufs": -14.0,
    }
    return HeardTrack(np.zeros(400), np.zeros(60), np.zeros(100), facts)


def packaged(sign: float) -> list[tuple[PackagedTrack, HeardTrack]]:
    return [
        (
            PackagedTrack(Path(f"{mood}_acoustic_{number}.opus"), Known(), mood, is_electronic=False),
            heard(0.1 * number, sign * WORDS[mood][1]),
        )
        for mood in MOODS
        for number in range(3)
    ]


def test_an_ear_that_agrees_with_the_words_ranks_perfectly_and_one_that_hears_the_contrary_does_not(
    rng: np.random.Generator,
) -> None:
    for sign in (1.0, -1.0):
        told = emotion_ranks(mood_rows(packaged(sign), None, [], [], []), rng)["packaged"]
        assert (told["n"], told["groups"]) == (15, 5)
        assert told["arousal"]["rank_correlation"]["value"] == pytest.approx(sign)
        assert told["arousal"]["pairs_in_order"]["value"] == (1.0 if sign > 0 else 0.0)
    # Within each word valence was dealt out alike, so the words tell nothing of it.
    assert told["valence"]["rank_correlation"]["value"] == pytest.approx(0.0, abs=1e-9)
    assert told["arousal"]["control"] is None
    assert told["words"]["calm"]["arousal"]["mean"] == pytest.approx(-WORDS["calm"][1], abs=1e-4)


def library() -> tuple[list[LibraryTrack], list[HeardTrack], list[str]]:
    tracks = [LibraryTrack(Told(f"a/{n}.ogg"), f"/a/{n}.ogg", str(n), 60.0, None, None) for n in range(3)]
    return tracks, [heard(0.0, 0.1 * n) for n in range(3)], ["x", "x", "y"]


def test_a_table_tells_moods_in_words_or_numbers(tmp_path: Path) -> None:
    path = tmp_path / "moods.csv"
    path.write_text("path,mood\na/0.ogg,Calm\na/2.ogg,energetic\n", encoding="utf-8")
    rows = mood_rows([], path, *library())
    assert [(row["path"], row["mood"], row["group"]) for row in rows] == [
        ("a/0.ogg", "calm", "x"),
        ("a/2.ogg", "energetic", "y"),
    ]
    path.write_text("path,valence,arousal\na/1.ogg,-0.5,0.25\n", encoding="utf-8")
    rows = mood_rows([], path, *library())
    assert [(row["known_valence"], row["known_arousal"], row["mood"]) for row in rows] == [(-0.5, 0.25, None)]


def test_a_word_that_has_no_place_here_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "moods.csv"
    path.write_text("path,mood\na/0.ogg,purple\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="purple"):
        mood_rows([], path, *library())


def test_without_a_judge_nothing_is_measured(rng: np.random.Generator) -> None:
    assert "--moods" in emotion_ranks([], rng)["not_measured"]
