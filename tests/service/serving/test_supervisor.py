import http.client
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.service.serving.conftest import HOMESPUN, Serve, Served
from tests.service.serving.processes import descendants, is_alive, wait_until

WEB, WORKER = "service.serving.web_server", "service.worker"
READY_SECONDS = 20.0
"""Three seconds on a machine that does nothing else."""

STOPPED_SECONDS = 8.0
"""Half of that, likewise."""


def test_what_dies_is_started_again_and_at_the_end_nothing_is_left(serve: Serve, tmp_path: Path) -> None:
    begun = time.monotonic()
    served = serve()
    assert time.monotonic() - begun < READY_SECONDS
    assert served.status() == 200

    for module in (WEB, WORKER):
        wait_until(lambda module=module: served.child(module) is not None)
        killed = served.child(module)
        assert killed is not None
        beneath = descendants(killed)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda module=module, killed=killed: served.child(module) not in (None, killed))
        wait_until(lambda beneath=beneath: not any(map(is_alive, beneath)))
    # On the same port, which nobody else could take meanwhile.
    assert served.status() == 200
    assert any("The web server ended (SIGKILL)" in line for line in served.said)

    # One of the web server's own processes, too.
    master = served.child(WEB)
    assert master is not None
    wait_until(lambda: bool(descendants(master)))
    os.kill(descendants(master)[0], signal.SIGKILL)
    wait_until(lambda: served.status() == 200)

    family = [served.process.pid, *descendants(served.process.pid)]
    assert len(family) >= 4
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=20) == 0
    assert not any(map(is_alive, family[1:]))
    assert not (tmp_path / "data" / "gunicorn.ctl").exists()


def test_a_second_copy_is_refused_and_a_killed_one_leaves_neither_processes_nor_its_lock(
    serve: Serve, tmp_path: Path
) -> None:
    served = serve()
    second = _refused(tmp_path / "data")
    assert second.returncode == 1
    assert "[already_running]" in second.stderr
    assert str(tmp_path / "data") in second.stderr

    family = descendants(served.process.pid)
    served.process.kill()
    served.process.wait()
    wait_until(lambda: not any(map(is_alive, family)))
    assert serve().status() == 200


def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = _refused(tmp_path / "data", "--port", str(port))
    assert refused.returncode == 1
    assert re.search(rf"^error: Port {port} .*\[port_taken\]$", refused.stderr, flags=re.MULTILINE)


def test_it_is_served_below_the_path_of_its_public_url_where_the_first_run_asks_for_its_code(
    serve: Serve,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/music"
    served = serve("--port", str(port), "--public-url", url)
    assert served.url == url
    wait_until(lambda: any("/setup" in line for line in served.said))
    told = next(line for line in served.said if "/setup" in line)
    assert re.search(rf"{url}/setup .*\b[a-z0-9]{{4}}-[a-z0-9]{{4}}-[a-z0-9]{{4}}$", told)
    assert served.status("/music/api/v1/readyz") == http.HTTPStatus.OK
    assert served.status("/music/setup") == http.HTTPStatus.OK


def test_a_line_a_request_tells_no_query_and_a_request_that_never_ends_does_not_hold_up_the_end(
    serve: Serve, request_lines: Callable[[Served], list[str]]
) -> None:
    served = serve()
    assert served.status("/api/v1/server?token=hunter2") == http.HTTPStatus.BAD_REQUEST
    served.status("/api/v1/server%0a2026-01-01?token=hunter2")
    assert served.status("/" + "a" * 9_000) == http.HTTPStatus.REQUEST_URI_TOO_LONG
    wait_until(lambda: sum("/api/v1/server" in line for line in request_lines(served)) == 2)
    line = next(line for line in request_lines(served) if "/api/v1/server " in line)
    told = r"GET /api/v1/server 400 \d+ bytes \d+ ms by - from 127\.0\.0\.1 id [0-9a-f]{16}$"
    assert re.search(told, line)
    assert not any("hunter2" in line for line in served.said)

    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.2)
        begun = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(timeout=20) == 0
        assert time.monotonic() - begun < STOPPED_SECONDS


def _refused(data_dir: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [HOMESPUN, "serve", "--data-dir", data_dir, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
