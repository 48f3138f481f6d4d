import os
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[2] / "scripts" / "install.sh"
PYTHON_WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1 ;; esac'


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for PATH with what any system has, 9 GB of disk, and no Python."""
    folder = tmp_path / "bin of a system"
    folder.mkdir()
    for name in ("sh", "awk"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    program(folder, "df", "echo Filesystem; echo disk 9999999 1 9000000 1% /")
    return folder


def install(programs: Path, clone: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which("sh") or "sh", INSTALL, ".venv"],
        env={"PATH": os.fspath(programs), "LANG": "C"},
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_python_it_says_so_in_one_line(programs: Path, tmp_path: Path) -> None:
    answer = install(programs, tmp_path)
    assert answer.returncode == 1
    assert answer.stderr == "Missing: Python 3.11 or newer (on Debian and Ubuntu: apt-get install python3).\n"


def test_a_python_that_is_too_old_counts_as_none(programs: Path, tmp_path: Path) -> None:
    program(programs, "python3", "exit 1")
    assert "Missing: Python 3.11" in install(programs, tmp_path).stderr


def test_a_newer_python_is_found_beside_an_old_one(programs: Path, tmp_path: Path) -> None:
    program(programs, "python3", "exit 1")
    program(programs, "python3.12", PYTHON_WITHOUT_VENV)
    assert install(programs, tmp_path).stderr.startswith("Missing: python3-venv")


def test_everything_that_is_missing_is_named_at_once(programs: Path, tmp_path: Path) -> None:
    program(programs, "python3", PYTHON_WITHOUT_VENV)
    program(programs, "df", "echo Filesystem; echo disk 9999999 1 1000000 1% /")
    answer = install(programs, tmp_path)
    assert answer.returncode == 1
    assert [line.split(" (")[0] for line in answer.stderr.splitlines()] == [
        "Missing: python3-venv",
        "Missing: 5 GB of free disk in this folder.",
    ]
    assert not (tmp_path / ".venv").exists()
