"""Parts of reports whose figures are known by how they were made."""

from typing import Any

import numpy as np

from service.bench.ear.emotions import WORDS
from service.bench.ear.retrieval import Question, compare

CORRECTIONS = ("none", "half, hubs")


def retrieval_report(rng: np.random.Generator) -> dict[str, Any]:
    """An embedding that is the style, beside one that knows nothing; twelve albums of three tracks."""
    labels = np.repeat(["waltz", "march", "reel"], 12)
    albums = np.repeat(np.arange(12), 3).astype(str)
    question = Question(labels, albums)
    vectors = {
        "embedding": (labels[:, None] == np.unique(labels)[None, :]).astype(float),
        "musicnn_raw_200": rng.standard_normal((36, 8)),
    }
    figures = compare(question, vectors, ours="embedding", bar="musicnn_raw_200", rng=rng)
    return {"labels_from": "folders", "without_a_style": 0, "album_disjoint": figures}


def rows_of_descriptors(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Bands whose tempo and key are always right, and tracks whose tempo is half of what is known."""
    rows = []
    for number in range(20):
        bpm = float(rng.uniform(80, 160))
        domain = ("rendered bands", "packaged")[number % 2]
        rows.append(
            {
                "path": str(number),
                "group": str(number),
                "domain": domain,
                "known_bpm": bpm,
                "known_key": number % 12,
                "known_mode": "major",
                "known_onset_rate": 4.0 + number if domain != "packaged" else None,
                "tempo_bpm": bpm if domain != "packaged" else bpm / 2,
                "tempo_confidence": 0.7,
                "key": number % 12,
                "mode": "major",
                "onset_rate": 3.0 + number,
            }
        )
    return rows


def rows_of_moods(rng: np.random.Generator) -> list[dict[str, Any]]:
    """An arousal that follows the words and a valence of chance."""
    return [
        {
            "path": f"{mood}_{number}",
            "group": f"{mood}_{number % 2}",
            "judge": "packaged",
            "mood": mood,
            "known_valence": WORDS[mood][0],
            "known_arousal": WORDS[mood][1],
            "valence": float(rng.uniform(-1, 1)),
            "arousal": WORDS[mood][1] + 0.01 * number,
            "valence_uncertainty": 0.6,
            "arousal_uncertainty": 0.3,
            "loudness_lufs": float(rng.uniform(-20, -8)),
        }
        for mood in ("calm", "tender", "nostalgic", "happy", "energetic")
        for number in range(4)
    ]


def rows_of_pairs(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Ranks that the correction makes better."""
    return [
        {
            "track": str(number),
            "ranks": {
                f"transcribed: {name}": int(rng.integers(1, 60 // (1 + 5 * place)))
                for place, name in enumerate(CORRECTIONS)
            },
        }
        for number in range(30)
    ]
