"""How much is measured: all of it, or just enough to see that every part runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Numbers of everything that a part draws, composes or repeats; lengths in seconds.

    `shortest_seconds` is what a track of the library must last; `corpus_pieces` of each split are read for a quick look;
    `judge_steps` of training make the judge of typicality (0: a Markov model judges), `arm_each` pieces a cluster are composed
    for each arm.
    """

    clusters: int
    each: int
    piece_seconds: float
    shortest_seconds: float
    corpus_pieces: int
    codec_bars: int
    real_windows: int
    learnt_windows: int
    speed_seconds: float
    speed_times: int
    mood_bases: int
    mood_seconds: float
    arm_each: int
    trees: int
    judge_steps: int
    rungs: int
    draws: int


FULL = Scale(
    clusters=10,
    each=24,
    piece_seconds=30.0,
    shortest_seconds=45.0,
    corpus_pieces=0,
    codec_bars=6_000,
    real_windows=960,
    learnt_windows=1_500,
    speed_seconds=60.0,
    speed_times=3,
    mood_bases=3,
    mood_seconds=15.0,
    arm_each=6,
    trees=200,
    judge_steps=600,
    rungs=100,
    draws=1_000,
)

QUICK = Scale(
    clusters=2,
    each=2,
    piece_seconds=10.0,
    shortest_seconds=30.0,
    corpus_pieces=150,
    codec_bars=96,
    real_windows=150,
    learnt_windows=150,
    speed_seconds=10.0,
    speed_times=1,
    mood_bases=1,
    mood_seconds=10.0,
    arm_each=1,
    trees=20,
    judge_steps=0,
    rungs=4,
    draws=50,
)
