import json
import sqlite3
from pathlib import Path

from click.testing import CliRunner

from service.cli import main


def test_a_backup_is_a_whole_store(tmp_path: Path) -> None:
    run = CliRunner()
    run.invoke(main, ["--data-dir", str(tmp_path), "user", "add", "ann"])
    done = run.invoke(main, ["--data-dir", str(tmp_path), "backup", "--json"])
    copy = tmp_path / "backups" / json.loads(done.stdout)["name"]
    with sqlite3.connect(copy) as store:
        assert store.execute("SELECT name FROM user_account").fetchall() == [("ann",)]
    store.close()
