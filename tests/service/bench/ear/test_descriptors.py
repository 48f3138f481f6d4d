from pathlib import Path

import numpy as np
import pytest

from service.bench.ear.descriptors import Row, descriptor_accuracy, rendered_rows
from service.bench.ear.heard_store import HeardStore
from tests.generator.corpora import write_tables


def row(domain: str, group: str, bpm: float, key: tuple[int, str], **heard: object) -> Row:
    known = {"known_bpm": 120.0, "known_key": 0, "known_mode": "major", "known_onset_rate": None}
    measured = {"tempo_bpm": bpm, "tempo_confidence": 0.6, "key": key[0], "mode": key[1], "onset_rate": 2.0}
    return {"domain": domain, "group": group} | known | measured | heard


def test_octaves_and_relatives_are_told_apart_from_what_is_right(rng: np.random.Generator) -> None:
    rows = [
        row("rendered bands", "a", 121.0, (0, "major")),
        row("rendered bands", "b", 60.0, (9, "minor")),
        row("rendered others", "c", 80.0, (0, "minor")),
        row("packaged", "d", 126.0, (7, "major")),
    ]
    told = descriptor_accuracy(rows, rng)
    assert (
        told["rendered bands"]["tempo_exact"]["value"] == told["rendered bands"]["key_exact"]["value"] == 0.5
    )
    assert (
        told["rendered bands"]["tempo_or_octave"]["value"]
        == told["rendered bands"]["key_or_relative"]["value"]
        == 1.0
    )
    assert told["rendered"]["n"] == 3
    assert told["rendered"]["tempo_or_octave"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert told["packaged"]["tempo_or_octave"]["value"] == told["packaged"]["key_or_relative"]["value"] == 0.0
    # Wilson: one piece that is wrong does not show that all are.
    assert told["packaged"]["tempo_or_octave"]["high"] > 0.7


def test_tracks_of_one_recipe_are_one_witness(rng: np.random.Generator) -> None:
    alone = [row("packaged", str(n), 120.0 if n % 4 else 90.0, (0, "major")) for n in range(40)]
    together = [each | {"group": str(n % 4)} for n, each in enumerate(alone)]
    first, second = (descriptor_accuracy(rows, rng)["packaged"]["tempo_exact"] for rows in (alone, together))
    assert first["value"] == second["value"] == 0.75
    assert second["high"] - second["low"] > 2 * (first["high"] - first["low"])
    always = [each | {"tempo_bpm": 120.0} for each in together]
    assert descriptor_accuracy(always, rng)["packaged"]["tempo_exact"]["low"] < 0.6


def test_what_nobody_knows_is_not_judged(rng: np.random.Generator) -> None:
    rows = [row("library's tags", "a", 90.0, (0, "major"), known_bpm=None)]
    told = descriptor_accuracy(rows, rng)["library's tags"]
    assert "tempo_exact" not in told
    assert told["key_exact"] == {"n": 1, "value": 1.0, "low": told["key_exact"]["low"], "high": 1.0}


def test_pieces_of_a_corpus_are_rendered_once_and_known_by_their_notes(tmp_path: Path) -> None:
    store = HeardStore(tmp_path / "kept", "ear", "0" * 64)
    corpus = write_tables(tmp_path / "corpus")
    rows = rendered_rows(corpus, 1, 0, store)
    # Of six pieces the last alone is for testing.
    assert [(each["group"], each["known_bpm"], each["known_key"], each["known_mode"]) for each in rows] == [
        ("w5", 120.0, 5, "major")
    ]
    assert rows[0]["known_onset_rate"] > 1.0
    (corpus / "clean_notes.parquet").unlink()
    assert rendered_rows(corpus, 1, 0, store) == rows
