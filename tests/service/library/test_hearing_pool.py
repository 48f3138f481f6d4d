from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from service.library.hearing import Heard
from service.library.hearing_pool import Failed, HearingPool, UnheardTrack
from service.settings import load_settings
from tests.audio_files import melody, write_audio


def test_a_killed_process_costs_its_track_and_is_replaced(
    tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("encoder")
    path = write_audio(tmp_path / "a.wav", melody(3.5, sample_rate=16_000, channels=1), 16_000)
    tracks = [UnheardTrack(name, str(path), name, 3.5, 1) for name in "abcde"]
    found: dict[str, Heard | Failed] = {}
    killed: list[psutil.Process] = []
    with HearingPool(1, load_settings().models_dir) as pool:
        for answer in pool.answers(tracks):
            if answer is None:
                continue
            found[answer[0].track_id] = answer[1]
            if not killed:
                listener = psutil.Process(*pool.process_ids)
                killed = [listener, *listener.children()]
                listener.kill()
        assert pool.process_ids != [killed[0].pid]
        killed += [psutil.Process(*pool.process_ids)]
    assert sorted(found) == list("abcde")
    failed = [each.code for each in found.values() if isinstance(each, Failed)]
    assert failed == ["listening_stopped"]
    assert psutil.wait_procs(killed, timeout=10)[1] == []


def test_processes_that_do_not_start_are_an_error(tmp_path: Path) -> None:
    with (
        HearingPool(1, tmp_path) as pool,
        pytest.raises(RuntimeError, match="does not start"),
    ):
        list(pool.answers([UnheardTrack("a", "a", "a", 3.5, 1)]))
