import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main


@pytest.mark.slow
def test_the_bench_measures_a_small_service_without_an_error(tmp_path: Path) -> None:
    sizes = ["--tracks", "300", "--listeners", "80", "--seconds", "1"]
    result = CliRunner().invoke(main, ["bench", "service", "--json", "--out", str(tmp_path), *sizes])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert set(told["errors"].values()) == {0}
    assert told["recommendations"]["n"] == 100
    assert told["recommendations"]["p50_ms"] <= told["recommendations"]["p99_ms"]
    assert told["streams"]["running_at_end"] == told["streams"]["running"] == 20
    assert told["web_memory_mb"] > 30
    beside = told["recommendations"]["beside_training"]
    assert beside["training"] == "done"
    assert beside["n"] == 0 or beside["times_p99"] > 0
    raw = json.loads((tmp_path / "latencies_ms.json").read_text(encoding="utf-8"))
    assert len(raw["warm_lists"]) == 100


def test_a_made_up_history_is_read_in_once() -> None:
    result = CliRunner().invoke(main, ["bench", "import", "--json", "--rows", "300"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert 290 <= told["imported"] <= 300
    assert told["imported_again"] == 0
    assert told["cpu_seconds"] > told["cpu_seconds_again"] > 0
