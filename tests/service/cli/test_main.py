import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.cli.lazy_group import LazyGroup

RUN = [sys.executable, "-c", "from service.cli import main; main(prog_name='homespun')"]


def test_help_lists_every_command_without_loading_any() -> None:
    code = (
        "import sys\n"
        "from service.cli import main\n"
        "try:\n main(['--help'], prog_name='homespun')\n"
        "finally:\n print([m for m in ('sqlalchemy', 'numpy', 'torch', 'service.cli.user') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.rstrip().endswith("[]")
    assert isinstance(main, LazyGroup)
    for name in main.lazy_commands:
        assert f"\n  {name} " in done.stdout


def test_an_error_is_one_sentence_with_its_code(tmp_path: Path) -> None:
    run = CliRunner()
    run.invoke(main, ["--data-dir", str(tmp_path), "user", "add", "ann"])
    again = run.invoke(main, ["--data-dir", str(tmp_path), "user", "add", "ann"])

    assert again.exit_code == 1
    assert again.stdout == ""
    assert again.stderr == "error: There is already a listener called ann. [name_taken]\n"


def test_with_json_an_error_is_json_too(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["user", "add", "a\nb", "--json", "--data-dir", str(tmp_path)])

    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["code"] == "bad_name"
    assert done.stderr == ""


def test_a_listener_called_json_is_no_option(tmp_path: Path) -> None:
    run = CliRunner()
    arguments = ["--data-dir", str(tmp_path), "user", "add", "--", "--json"]
    run.invoke(main, arguments)
    again = run.invoke(main, arguments)

    assert again.stderr.endswith("[name_taken]\n")


def test_the_data_folder_may_be_named_before_or_after_the_command(tmp_path: Path) -> None:
    run = CliRunner()
    run.invoke(main, ["--data-dir", str(tmp_path / "one"), "user", "add", "ann"])
    run.invoke(main, ["user", "add", "ann", "--data-dir", str(tmp_path / "two")])
    run.invoke(
        main,
        ["--data-dir", str(tmp_path / "four"), "user", "add", "ann", "--data-dir", str(tmp_path / "three")],
    )

    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["one", "three", "two"]


def test_a_data_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = CliRunner().invoke(main, ["user", "add", "ann", "--data-dir", str(tmp_path / "file")])

    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.endswith("[data_dir_not_a_folder]\n")


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(main, ["conquer"]).exit_code == 2


def test_bytes_that_are_no_text_get_an_answer_not_a_crash(tmp_path: Path) -> None:
    command = [*RUN, "--data-dir", str(tmp_path), "user", "add", os.fsdecode(b"a\xff"), "--json"]
    done = subprocess.run(command, env={"LANG": "C", "PYTHONPATH": "."}, capture_output=True, check=False)

    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "bad_name"


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_ctrl_c_says_so(tmp_path: Path) -> None:
    # Another process holds the store's lock, so that the command is certain to be waiting when Ctrl-C comes.
    hold = (
        f"import sys\nfrom filelock import FileLock\nwith FileLock({str(tmp_path / 'opening.lock')!r}):\n"
        " print('held', flush=True)\n sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        command = subprocess.Popen(
            [*RUN, "--data-dir", str(tmp_path), "user", "add", "ann"],
            stderr=subprocess.PIPE,
            # a suite that was itself started in the background ignores Ctrl-C, and its children with it
            preexec_fn=_heed_ctrl_c,  # noqa: PLW1509  # only sets a signal
        )
        while not (tmp_path / "scratch").is_dir():
            time.sleep(0.02)
        time.sleep(0.3)
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=20)
        holder.communicate(timeout=20)

    assert said == b"Stopped. What was finished is kept.\n"
    assert command.returncode == 130


@pytest.mark.parametrize("name", ["--help", "--version"])
def test_the_program_introduces_itself(name: str) -> None:
    assert CliRunner().invoke(main, [name]).exit_code == 0
