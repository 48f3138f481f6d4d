from pathlib import Path

from service.bench.generator.bars import bars_of, figure_at
from service.bench.generator.outcome import PartResult, PartStore, merged
from service.bench.generator.tables import in_markdown, in_words


def test_a_bar_is_reached_from_its_own_side() -> None:
    report = {
        "quality": {
            "auc": {"value": 0.8, "low": 0.7, "high": 0.9, "n": 240},
            "auc_controls": {"markov": {"value": 0.99}, "row_swapped": {"value": 0.85}},
        },
        "memory_mb": {"value": 1300.0, "n": 1},
        "style": {"fixed_instruments_p": 0.002},
    }
    reached = {each["bar"]: each["reached"] for each in bars_of(report)}
    assert reached == {
        "composed told from real, AUC": True,
        "the same of its weakest control, AUC": False,
        "style with one instrumentation and tempo, p": True,
        "memory of one composition, MB": False,
    }


def test_what_real_works_share_is_the_bar_of_copying() -> None:
    (bar,) = bars_of({"copying": {"ours": {"value": 9.0}, "real_p95": {"value": 12.0}}})
    assert (bar["most"], bar["value"], bar["reached"]) == (12.0, 9.0, True)


def test_a_figure_that_was_not_measured_is_none() -> None:
    assert figure_at({"speed": {}}, ("speed", "vs_stable_audio_3_small")) is None
    assert figure_at({"codec": {"noise_loss": {"value": None}}}, ("codec", "noise_loss")) is None


def test_reports_of_several_parts_become_one() -> None:
    reports = [{"speed": {"a": {"value": 1}}}, {"speed": {"b": 2}, "codec": {}}]
    assert merged(reports) == {"speed": {"a": {"value": 1}, "b": 2}, "codec": {}}


def test_a_part_is_kept_for_its_own_key(tmp_path: Path) -> None:
    PartStore(tmp_path, "one").put("codec", PartResult({"codec": {"n": 1}}, {"codec": [{"row": "lead"}]}))
    found = PartStore(tmp_path, "one").get("codec")
    assert found is not None
    assert (found.report, found.rows) == ({"codec": {"n": 1}}, {"codec": [{"row": "lead"}]})
    assert PartStore(tmp_path, "two").get("codec") is None
    assert PartStore(tmp_path, "one").get("speed") is None


def test_tables_tell_bars_with_their_intervals() -> None:
    report = {
        "memory_mb": {"value": 1300.0, "low": None, "n": 1},
        "pieces": {"n": 4, "clusters": 2, "seconds_each": 30.0, "passed": 3},
    }
    report["bars"] = bars_of(report)
    assert "| memory of one composition, MB | <= 1200 |  | 1300.000 | 1 | no |" in in_markdown(report, "bars")
    assert "| 4 | 2 | 30.0 | 3 |" in in_markdown(report, "pieces")
    assert in_markdown(report, "style") == "Not measured in this run."
    assert "memory of one composition, MB" in in_words(report)
