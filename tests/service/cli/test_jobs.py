import json
from pathlib import Path

from click.testing import CliRunner, Result

from service.app import open_app
from service.cli import main
from service.operations.job_queue import enqueue
from service.operations.job_requests import rebuild_index


def _homespun(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(data_dir), "jobs", *arguments])


def test_a_job_is_listed_called_off_and_queued_again(tmp_path: Path) -> None:
    assert _homespun(tmp_path, "list").stdout == "There are none.\n"
    with open_app(data_dir=tmp_path) as app, app.database.session() as db_session:
        job_id = enqueue(db_session, rebuild_index()).id

    assert _homespun(tmp_path, "list").stdout == f"{job_id}  queued     rebuild_index\n"
    assert _homespun(tmp_path, "cancel", job_id).exit_code == 0
    (job,) = json.loads(_homespun(tmp_path, "list", "--state", "cancelled", "--json").stdout)
    assert (job["id"], job["kind"], job["error_code"]) == (job_id, "rebuild_index", "cancelled")
    assert _homespun(tmp_path, "retry", job_id).stdout == f"Queued: {job_id}\n"
    assert _homespun(tmp_path, "retry", job_id).exit_code == 1


def test_a_job_is_paused_and_goes_on(tmp_path: Path) -> None:
    with open_app(data_dir=tmp_path) as app, app.database.session() as db_session:
        job_id = enqueue(db_session, rebuild_index()).id

    assert f"jobs resume {job_id}" in _homespun(tmp_path, "pause", job_id).stdout
    (job,) = json.loads(_homespun(tmp_path, "list", "--state", "paused", "--json").stdout)
    assert (job["id"], job["state"], job["seconds_left"]) == (job_id, "paused", None)
    assert _homespun(tmp_path, "list", "--state", "queued").stdout == "There are none.\n"
    assert _homespun(tmp_path, "resume", job_id).stdout == "It goes on.\n"
    assert _homespun(tmp_path, "list").stdout == f"{job_id}  queued     rebuild_index\n"


def test_a_job_that_does_not_exist_is_told_in_one_sentence(tmp_path: Path) -> None:
    refused = _homespun(tmp_path, "cancel", "nonsense")
    assert (refused.exit_code, refused.stderr) == (1, "error: There is no such job. [unknown_job]\n")
