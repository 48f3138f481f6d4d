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
    raw = json.loads((tmp_path / "latencies_ms.json").read_text(encoding="utf-8"))
    assert len(raw["warm_lists"]) == 100
