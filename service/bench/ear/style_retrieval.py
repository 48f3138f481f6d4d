"""The styles of a library, found by each representation: nothing of the own album may answer, nor of the own source."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from service.bench.ear.heard_store import HeardTrack
from service.bench.ear.labels import Labelling
from service.bench.ear.representations import BAR, OURS, representations
from service.bench.ear.retrieval import Question, compare, cosines, nearest

NEIGHBOURS = 10


def measure_retrieval(
    heard: Sequence[HeardTrack], labelling: Labelling, rng: np.random.Generator
) -> dict[str, Any]:
    """Figures album-disjoint and source-disjoint (the harder ones), of the tracks whose style is told."""
    told: dict[str, Any] = {
        "labels_from": labelling.kind,
        "without_a_style": sum(style is None for style in labelling.styles),
    }
    if labelling.style_count < 2:
        told["not_measured"] = (
            "The library tells of fewer than two styles: sort it into folders by style, tag it with genres, or give "
            "--styles FILE (CSV: path, style)."
        )
        return told
    places = [place for place, style in enumerate(labelling.styles) if style is not None]
    vectors = {name: values[places] for name, values in representations(heard).items()}
    styles = [labelling.styles[place] or "" for place in places]
    for name, groups in (("album_disjoint", labelling.albums), ("source_disjoint", labelling.sources)):
        if name == "source_disjoint" and labelling.sources_tell_styles:
            told[name] = {"not_measured": "A style is a folder here, so no other folder holds a track of it."}
            continue
        question = Question.of(styles, [groups[place] for place in places])
        told[name] = compare(question, vectors, ours=OURS, bar=BAR, rng=rng)
    return told


def neighbours(heard: Sequence[HeardTrack], labelling: Labelling) -> list[list[int]]:
    """The places of the ten tracks nearest to each by the embedding, of any style, none of its own album."""
    question = Question.of([style or "" for style in labelling.styles], labelling.albums)
    return nearest(
        question, cosines(np.stack([each.vector for each in heard]).astype(np.float64)), NEIGHBOURS
    )
