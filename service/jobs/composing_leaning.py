"""From thumbs on composed pieces to how far the next piece for their taste leans: as plain numbers for the generator."""

from collections.abc import Sequence

import numpy as np

from generator.taste.condition import TasteSound, as_lively_as, mood_of
from generator.taste.leaning import Leaning, instrument
from recommender.conditions import JudgedPiece, learn_conditions
from service.compositions.judged import JudgedComposition

PRIOR_DEVIATIONS = {"tempo_octaves": 0.06, "density": 0.05}
"""How far from what a taste suggests its pieces may be wanted: a sixteenth of an octave is 4 % of a tempo."""

_MAJOR, _MINOR = "major", "minor"
_ANCHOR = "anchor:"


def leaning_for(
    judged: Sequence[JudgedComposition], taste: TasteSound, model_sha256: str, rng: np.random.Generator
) -> Leaning:
    """The leaning drawn for one piece: the same thumbs and numbers give the same one.

    Anchors are numbers of one version of the composer, and count only for pieces of that (``model_sha256``).
    """
    posterior = learn_conditions(
        [_judged_piece(each, taste, model_sha256) for each in judged], PRIOR_DEVIATIONS
    )
    offsets = posterior.draw(rng)
    odds = dict(posterior.odds)
    major = odds.pop(_MAJOR, 0.0) - odds.pop(_MINOR, 0.0)
    return Leaning(
        tempo_octaves=offsets["tempo_octaves"],
        density=offsets["density"],
        major=major,
        instruments={mark: odd for mark, odd in odds.items() if not mark.startswith(_ANCHOR)},
        anchors={
            int(mark.removeprefix(_ANCHOR)): odd for mark, odd in odds.items() if mark.startswith(_ANCHOR)
        },
    )


def _judged_piece(judged: JudgedComposition, taste: TasteSound, model_sha256: str) -> JudgedPiece:
    """Against what the taste suggests today; a piece of which something was not kept says nothing of that."""
    asked = judged.conditioning
    quantities = {}
    if "tempo_bpm" in asked:
        suggested = np.median([as_lively_as(float(tempo), taste.arousal) for tempo in taste.tempo_bpm])
        quantities["tempo_octaves"] = float(np.log2(asked["tempo_bpm"] / suggested))
    if "density" in asked:
        mood = mood_of(taste, textured=bool(asked.get("textures")))
        quantities["density"] = asked["density"] - mood.density
    marks = {instrument(row, program) for row, program in asked.get("programs", {}).items()}
    if "mode" in asked:
        marks.add(asked["mode"])
    if judged.model_sha256 == model_sha256:
        marks |= {f"{_ANCHOR}{number}" for number in asked.get("textures", ())}
    return JudgedPiece(judged.liked, quantities, frozenset(marks))
