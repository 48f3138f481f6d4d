import json
import subprocess
import sys
from collections.abc import Callable

import pytest


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled_by_three_kills(require: Callable[[str], None]) -> None:
    require("demo")
    require("encoder")
    command = [sys.executable, "-m", "scripts.chaos", "--seed", "3", "--count", "3", "--mean-seconds", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["kills"] == 3
    assert told["writes"] > 10
    assert (told["lost"], told["doubled"]) == (0, 0)
