import json
from pathlib import Path

import numpy as np
from PIL import Image

from scripts.plot_benchmarks import filled, write_ear
from service.bench.ear.bars import bars_of
from service.bench.ear.descriptors import descriptor_accuracy
from service.bench.ear.emotions import emotion_ranks
from service.bench.ear.outcome import Outcome
from service.bench.ear.tables import in_words
from tests.service.bench.ear.reports import (
    retrieval_report,
    rows_of_descriptors,
    rows_of_moods,
    rows_of_pairs,
)

PAGE = "# Benchmarks\n\n<!-- ear:retrieval -->\nof last week\n<!-- /ear:retrieval -->\n\nwords\n\n<!-- ear:pairs -->\n<!-- /ear:pairs -->\n"


def outcome_of(rng: np.random.Generator) -> Outcome:
    moods, descriptors, pairs = rows_of_moods(rng), rows_of_descriptors(rng), rows_of_pairs(rng)
    report = {
        "config": {"encoder": {"name": "ear", "sha256": "0" * 64}},
        "library": {
            "tracks": 36,
            "albums": 12,
            "sources": 3,
            "failed": {},
            "left_out": {},
            "cpu_seconds_a_track": 1.5,
        },
        "retrieval": retrieval_report(rng),
        "descriptors": descriptor_accuracy(descriptors, rng),
        "emotion": emotion_ranks(moods, rng),
    }
    report["bars"] = bars_of(report)
    return Outcome(report, {"descriptors": descriptors, "emotion": moods, "pairs": pairs})


def test_tables_and_plots_come_from_what_a_bench_left(tmp_path: Path, rng: np.random.Generator) -> None:
    out, docs = tmp_path / "out", tmp_path / "docs"
    docs.mkdir()
    (docs / "benchmarks.md").write_text(PAGE, encoding="utf-8")
    outcome_of(rng).write(out)
    write_ear(out, docs)
    page = (docs / "benchmarks.md").read_text(encoding="utf-8")
    assert "of last week" not in page
    assert "| embedding | 1.000 [1.000, 1.000] |" in page
    assert "Not measured in this run." in page
    assert "words" in page
    plots = sorted(docs.glob("ear-*.png"))
    assert [plot.name for plot in plots] == [
        "ear-descriptors.png",
        "ear-emotion.png",
        "ear-pairs.png",
        "ear-retrieval.png",
    ]
    for plot in plots:
        assert plot.stat().st_size < 300_000
        with Image.open(plot) as image:
            assert np.ptp(np.asarray(image.convert("L"))) > 100
    # Written again, nothing changes.
    write_ear(out, docs)
    assert (docs / "benchmarks.md").read_text(encoding="utf-8") == page


def test_the_report_is_told_in_words_with_every_bar(rng: np.random.Generator) -> None:
    report = json.loads(json.dumps(outcome_of(rng).report))
    told = in_words(report)
    assert (
        "Style retrieval, other albums only: 36 queries of 12 groups, 0 without a right answer left out"
        in told
    )
    assert "labels dealt anew" in told
    assert told.count("yes") + told.count("no\n") >= 4


def test_only_what_stands_between_the_markers_of_that_bench_changes() -> None:
    page = filled(PAGE, "library", lambda _: "new")
    assert page == PAGE
    assert filled(PAGE, "ear", lambda name: f"new {name}").count("new ") == 2
