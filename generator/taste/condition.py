"""From a taste in real audio to what the generator is asked for: retrieve, then condition in-domain.

The tracks nearest a cluster's medoid say tempo, key and mode; the anchors that sound nearest to them say which instruments
play and what the notes are like. Each arm adds one of these, so that what each is worth can be measured.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from generator.conditioning import TEMPO_RANGE_BPM, Conditioning
from generator.emotion_map import MusicalMood, emotion_to_music
from generator.notes import DRUM_PROGRAM
from generator.taste.anchors import Anchors, AnchorTable
from generator.taste.leaning import Leaning

ARMS = ("tempo", "programs", "texture", "full")
"""What the anchors are used for, each arm more than the one before: nothing (tempo, key and mode are the tracks' own); their
instruments and metre; the accompaniment of one of them; the style that the denoiser follows."""

DEFAULT_BAND = {"lead": 73, "comp": 0, "pad": 48, "bass": 32, "drums": DRUM_PROGRAM}
"""Flute, piano, strings, upright bass and drums: what plays where no anchor is asked."""

SURELY_PERCUSSIVE, SURELY_NOT_PERCUSSIVE = 0.20, 0.13
"""Percussive shares between these say too little about drums; the anchors decide then."""

CLEAR_MAJORITY = 0.65

KNOWN_TEMPI_BPM = (10.0, 1000.0)
"""Beyond these nobody hears a beat, and no octave of one lies where the engines play."""


@dataclass(frozen=True, eq=False)
class TasteSound:
    """How a taste sounds: what was measured in the tracks nearest its medoid, the medoid first, and its mood.

    `vectors` float32 (tracks, dimensions) of unit length; the others (tracks,): tempo in bpm, pitch class 0-11, whether the
    mode is major, and confidence, clarity and percussive share from 0 to 1. `valence` and `arousal` run from -1 to 1.
    """

    vectors: np.ndarray
    tempo_bpm: np.ndarray
    tempo_confidence: np.ndarray
    key: np.ndarray
    key_clarity: np.ndarray
    is_major: np.ndarray
    percussive_share: np.ndarray
    valence: float
    arousal: float

    def __post_init__(self) -> None:
        """Refuse what no condition can be made of; raises ValueError with one clear sentence."""
        columns = {each.name: np.asarray(getattr(self, each.name)) for each in fields(self)}
        tracks = len(self.vectors)
        if not tracks:
            raise ValueError("a taste needs at least one track")
        for name, column in columns.items():
            if not np.isfinite(column).all():
                raise ValueError(f"{name} of a taste must be finite numbers")
            if column.ndim and len(column) != tracks:
                raise ValueError(f"a taste of {tracks} tracks has {len(column)} values of {name}")
        low, high = KNOWN_TEMPI_BPM
        if not ((self.tempo_bpm >= low) & (self.tempo_bpm <= high)).all():
            raise ValueError(f"tempo_bpm of a taste must lie between {low:.0f} and {high:.0f}")


def condition_for(
    taste: TasteSound,
    anchors: AnchorTable,
    seconds: float,
    rng: np.random.Generator,
    *,
    arm: str = "full",
    leaning: Leaning | None = None,
) -> Conditioning:
    """Translate a taste into what the generator is asked for, by one of the `ARMS`.

    Tempo and key are drawn from the tracks, by how sure they are: the mean of two tempos is neither. The mode is that of a
    clear majority of them, else valence decides. Register, articulation and dynamics follow valence and arousal (`mood_of`);
    the tempo is not bent by arousal, which it holds already. How much each track counts in finding anchors is drawn too, so
    that two seeds of one taste do not always meet the same band. ``leaning`` moves all this where the listener has said what
    they think of earlier pieces. Raises ValueError for another arm, and where the taste's
    vectors are not unit vectors of the anchors' encoder.
    """
    if arm not in ARMS:
        raise ValueError(f"an arm is one of {ARMS}, got {arm!r}")
    leaning = leaning or Leaning()
    textured = arm in ("texture", "full")
    mood = mood_of(taste, textured=textured)
    tempo_bpm = as_lively_as(float(_draw(taste.tempo_bpm, taste.tempo_confidence, rng)), taste.arousal)
    tempo_bpm = float(np.clip(tempo_bpm * 2.0**leaning.tempo_octaves, *TEMPO_RANGE_BPM))
    key = int(_draw(taste.key, taste.key_clarity, rng))
    told_mode = _mode(taste, leaning.major)
    mode = told_mode or mood.mode
    found = _retrieve(taste, anchors, tempo_bpm, mode, leaning, rng)
    by_anchors = arm != "tempo"
    style = found.style if arm == "full" else anchors.styles.mean(0)
    return Conditioning(
        seconds=seconds,
        tempo_bpm=tempo_bpm,
        key=key,
        mode=mode,
        style=tuple(float(value) for value in style),
        programs=dict(found.programs if by_anchors else DEFAULT_BAND),
        metre=found.metre if by_anchors else "4/4",
        textures=found.textures if textured else (),
        credits=found.credits if by_anchors else (),
    ).with_mood(
        # what the tracks say clearly is not blurred: only a mode that valence decides borrows from the other
        replace(
            mood,
            tempo_factor=1.0,
            mode=mode,
            mixture=0.0 if told_mode else mood.mixture,
            density=float(np.clip(mood.density + leaning.density, 0.0, 1.0)),
        )
    )


def mood_of(taste: TasteSound, *, textured: bool) -> MusicalMood:
    """Return the means of a taste's mood; where textures accompany, density and drums are as these were written.

    What sounds like the taste's tracks is as dense and drives as hard as they do: thinned for a calm taste, it would be so twice.
    """
    mood = emotion_to_music(taste.valence, taste.arousal)
    return replace(mood, density=0.5, drum_intensity=0.5) if textured else mood


def _retrieve(
    taste: TasteSound,
    anchors: AnchorTable,
    tempo_bpm: float,
    mode: str,
    leaning: Leaning,
    rng: np.random.Generator,
) -> Anchors:
    share = float(np.median(taste.percussive_share))
    return anchors.retrieve(
        taste.vectors,
        query_weights=rng.dirichlet(np.ones(len(taste.vectors))),
        tempo_bpm=tempo_bpm,
        has_drums=None if SURELY_NOT_PERCUSSIVE < share < SURELY_PERCUSSIVE else share >= SURELY_PERCUSSIVE,
        mode=mode,
        leaning=leaning.of_anchors(anchors.programs),
        rng=rng,
    )


def _draw(values: np.ndarray, sureness: np.ndarray, rng: np.random.Generator) -> Any:
    weights = np.maximum(sureness, 1e-3)
    return rng.choice(values, p=weights / weights.sum())


def as_lively_as(tempo_bpm: float, arousal: float) -> float:
    """Return the octave of a tempo that is nearest to what its arousal suggests, inside the range the engines know.

    Beats are counted in octaves of each other by people and programs alike; 75 bpm at rest and 140 bpm at full arousal
    span what listeners call calm and excited.
    """
    expected = 102.0 * 2.0 ** (0.45 * arousal)
    low, high = TEMPO_RANGE_BPM
    octaves = [tempo_bpm * 2.0**octave for octave in range(-3, 4)]
    return min(
        (tempo for tempo in octaves if low <= tempo <= high), key=lambda tempo: abs(np.log2(tempo / expected))
    )


def _mode(taste: TasteSound, leaning_to_major: float) -> str | None:
    """Return the mode of a clear majority of the tracks, None where there is none; the leaning counts as tracks would."""
    clarity = np.maximum(taste.key_clarity, 1e-3)
    major_share = float(clarity[taste.is_major].sum() / clarity.sum())
    lean = float(np.exp(leaning_to_major))
    major_share = major_share * lean / (major_share * lean + 1.0 - major_share)
    if major_share >= CLEAR_MAJORITY:
        return "major"
    return "minor" if major_share <= 1.0 - CLEAR_MAJORITY else None
