import json
from pathlib import Path

from PIL import Image

from generator.networks import ANCHORS_FILE
from generator.pipeline import Composer
from generator.taste.anchors import AnchorTable
from scripts.plot_benchmarks import write_generator
from service.bench.ear.outcome import Outcome
from service.bench.generator.pieces import compose_pieces, requests_for
from tests.service.bench.generator.bench_things import bench_weights, small_cluster

RUNG = {"value": 1.0, "low": 0.5, "high": 1.5}


def report_of() -> dict[str, object]:
    clashes = {
        "rungs": {"real": RUNG, "markov": {"value": 9.0, "low": 8.0, "high": 10.0}},
        "kept": 1.0,
        "admitted": True,
    }
    return {
        "config": {"quick": False},
        "bars": [{"bar": "weights, MB", "most": 40.0, "aim": None, "value": 31.0, "n": 1, "reached": True}],
        "quality": {"ladder": {"clashes": clashes}, "clashes": {"value": 3.0}},
    }


def test_a_page_without_the_section_gets_it_with_tables_and_pictures(tmp_path: Path) -> None:
    docs, out = tmp_path / "docs", tmp_path / "out"
    docs.mkdir()
    (docs / "benchmarks.md").write_text("# Benchmarks\n\nOther benches.\n", encoding="utf-8")
    weights = bench_weights(tmp_path / "weights")
    anchors = AnchorTable.load(weights / ANCHORS_FILE)
    requests = requests_for([small_cluster("waltzes", 0)], anchors, each=1, seconds=3.0, seed=0)
    compose_pieces(requests, Composer.load(weights, threads=1), out / "pieces", lambda _share, _words: None)
    kept = out / "pieces" / f"{requests[0].name}.json"
    told = json.loads(kept.read_text(encoding="utf-8"))
    # Such poor notes would not pass, and what does not pass is not shown.
    kept.write_text(json.dumps({**told, "passed": True}), encoding="utf-8")
    Outcome(report_of()).write(out)
    (out / "stable_audio_3_small.json").write_text("{}", encoding="utf-8")
    write_generator(out, docs)
    page = (docs / "benchmarks.md").read_text(encoding="utf-8")
    assert page.startswith("# Benchmarks\n\nOther benches.\n\n## What is composed")
    assert "| weights, MB | <= 40 |  | 31.000 | 1 | yes |" in page
    assert f"| {requests[0].name} | waltzes | {told['seed']} |" in page
    with Image.open(docs / "generator-piece-01.png") as picture:
        assert picture.mode == "P"
        assert len(picture.getcolors() or []) > 10
    assert (docs / "generator-ladder.png").stat().st_size > 1_000
    assert (docs / "benchmarks" / "stable_audio_3_small.json").is_file()
    write_generator(out, docs)
    assert (docs / "benchmarks.md").read_text(encoding="utf-8") == page
