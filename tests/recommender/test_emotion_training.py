import json
from dataclasses import replace

import numpy as np
import pytest

from recommender.emotion import estimate_with
from recommender.emotion_evidence import EmotionWeights, read_weights
from recommender.emotion_training import HeardExample, fit_emotion
from recommender.features import Features


def _examples(rng: np.random.Generator, count: int, collection: str = "a") -> list[HeardExample]:
    """Music whose arousal is told by its onsets and percussion, and whose valence by its mode, with errors of 0.2."""
    examples = []
    for number in range(count):
        onset_rate, percussive = rng.uniform(1, 10), rng.uniform(0, 1)
        is_major = bool(rng.random() < 0.5)
        features = Features(
            tempo_bpm=float(rng.uniform(70, 160)),
            tempo_confidence=0.6,
            beat_strength=float(rng.uniform(0.2, 0.8)),
            key=0,
            mode="major" if is_major else "minor",
            key_clarity=float(rng.uniform(0.4, 0.8)),
            onset_rate=onset_rate,
            percussive_share=percussive,
            loudness_lufs=float(rng.uniform(-25, -10)),
            brightness_hz=float(rng.uniform(600, 2500)),
            roughness=float(rng.uniform(0.1, 0.6)),
        )
        arousal = 0.08 * (onset_rate - 5.5) + 0.4 * (percussive - 0.5) + rng.normal(0, 0.2)
        valence = (0.3 if is_major else -0.3) + rng.normal(0, 0.2)
        examples.append(
            HeardExample(
                collection,
                f"group {number % 20}",
                rng.uniform(0.01, 0.3, 100),
                features,
                float(np.clip(valence, -1, 1)),
                float(np.clip(arousal, -1, 1)),
            )
        )
    return examples


def _fitted(
    examples: list[HeardExample], seed: int = 0
) -> tuple[EmotionWeights, dict[str, dict[str, float]]]:
    document = fit_emotion(examples, examples, np.random.default_rng(seed))
    text = json.dumps(document)
    return read_weights(text), json.loads(text)["metrics"]


def test_what_tells_the_truth_weighs_most_and_nothing_turns_round(rng: np.random.Generator) -> None:
    weights, _ = _fitted(_examples(rng, 200))
    arousal = weights.axes["arousal"].weight
    assert arousal.argmax() == 3  # onsets
    assert weights.axes["valence"].weight.argmax() == 0  # mode
    assert (arousal > 0).all()


def test_music_nobody_fitted_is_estimated_in_order(rng: np.random.Generator) -> None:
    weights, _ = _fitted(_examples(rng, 200))
    unseen = _examples(rng, 100)
    estimated = [estimate_with(weights, example.tags, example.features) for example in unseen]
    assert np.corrcoef([each.arousal for each in estimated], [each.arousal for each in unseen])[0, 1] > 0.6
    assert np.corrcoef([each.valence for each in estimated], [each.valence for each in unseen])[0, 1] > 0.6


def test_the_uncertainty_covers_two_thirds_of_the_errors(rng: np.random.Generator) -> None:
    weights, metrics = _fitted(_examples(rng, 300))
    unseen = _examples(rng, 200)
    estimated = [estimate_with(weights, example.tags, example.features) for example in unseen]
    inside = [
        abs(each.arousal - example.arousal) <= each.arousal_uncertainty
        for each, example in zip(estimated, unseen, strict=True)
        if example.arousal is not None
    ]
    assert 0.55 < np.mean(inside) < 0.85
    assert 0.55 < metrics["arousal"]["inside_one_deviation"] < 0.85


def test_collections_are_compared_inside_themselves(rng: np.random.Generator) -> None:
    plain, lifted = _examples(rng, 100), _examples(rng, 100, "b")
    # the same music, told by people who find everything exciting
    lifted = [replace(each, arousal=None if each.arousal is None else each.arousal + 0.8) for each in lifted]
    weights, metrics = _fitted([*plain, *lifted])
    assert metrics["arousal"]["error_unseen"] < 0.35
    assert weights.axes["arousal"].weight.argmax() == 3


def test_the_same_examples_and_seed_give_the_same_weights(rng: np.random.Generator) -> None:
    examples = _examples(rng, 80)
    first, second = (fit_emotion(examples, examples, np.random.default_rng(3)) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)


def test_a_handful_of_words_is_too_few(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="told of 10 pieces"):
        fit_emotion(_examples(rng, 40), _examples(rng, 10), rng)
