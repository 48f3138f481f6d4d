import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from service.serving.kept_running import FIRST_PAUSE_SECONDS, KeptRunning
from service.settings import environment_for, load_settings
from tests.service.serving.processes import is_alive, wait_until


def _kept(code: str, *arguments: str | Path) -> KeptRunning:
    command: Sequence[str] = [sys.executable, "-c", code, *map(str, arguments)]
    return KeptRunning("program", command, environment_for(load_settings()))


# Writes its number into a file of its own, and one of a child's, and sleeps.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen(["sleep", "600"])
with open(sys.argv[1] + "/" + str(time.monotonic_ns()), "w") as file:
    print(os.getpid(), child.pid, file=file)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    # Who was killed is gone a moment later.
    for family in _families(tmp_path):
        wait_until(lambda family=family: not any(map(is_alive, family)))


def _families(folder: Path) -> list[list[int]]:
    """The numbers that each start wrote down, in order."""
    texts = [path.read_text(encoding="ascii") for path in sorted(folder.iterdir())]
    return [[int(pid) for pid in text.split()] for text in texts if text.endswith("\n")]


def test_a_program_that_was_killed_is_started_again_and_what_it_left_behind_is_ended(folder: Path) -> None:
    program = _kept(FAMILY, folder)
    program.look_after()
    wait_until(lambda: len(_families(folder)) == 1)
    first, child = _families(folder)[0]

    os.kill(first, signal.SIGKILL)
    told: list[str] = []

    def restarted() -> bool:
        told.extend(filter(None, [program.look_after()]))
        return len(_families(folder)) == 2

    wait_until(restarted)
    assert not is_alive(child)
    assert told == ["The program ended (SIGKILL); it is started again in 0.2 s."]
    program.kill()
    wait_until(lambda: not program.is_running())


def test_the_pauses_grow_while_a_program_ends_soon() -> None:
    program = _kept("raise SystemExit(7)")
    told: list[str] = []

    def ended_thrice() -> bool:
        told.extend(filter(None, [program.look_after()]))
        return len(told) == 3

    begun = time.monotonic()
    wait_until(ended_thrice)
    assert time.monotonic() - begun >= 3 * FIRST_PAUSE_SECONDS
    assert program.ended_soon == 3
    assert ["status 7" in line for line in told] == [True] * 3
    assert [line.split()[-2] for line in told] == ["0.2", "0.4", "0.8"]


def test_a_program_that_is_asked_to_stop_stops() -> None:
    program = _kept("import time; time.sleep(600)")
    program.look_after()
    assert program.is_running()
    program.ask_to_stop()
    wait_until(lambda: not program.is_running())


def test_a_program_ends_with_its_supervisor_however_that_ends(folder: Path) -> None:
    code = (
        "import sys, time; from service.serving.kept_running import KeptRunning\n"
        "from service.settings import environment_for, load_settings\n"
        f"command = [sys.executable, '-c', {FAMILY!r}, sys.argv[1]]\n"
        "KeptRunning('program', command, environment_for(load_settings())).look_after(); time.sleep(600)"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code, str(folder)])
    wait_until(lambda: len(_families(folder)) == 1)
    program, child = _families(folder)[0]
    supervisor.kill()
    supervisor.wait()
    wait_until(lambda: not is_alive(program))
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: not is_alive(child))
