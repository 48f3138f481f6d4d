import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]

REACH_OUT = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), timeout=5)
print("loopback reached")
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error:
    print(error.strerror)
"""


def test_only_loopback_can_be_reached_inside(require: Callable[[str], None]) -> None:
    require("namespaces")
    answer = subprocess.run(
        ["/bin/sh", "scripts/offline.sh", sys.executable, "-c", REACH_OUT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.splitlines() == [
        "Network interfaces: lo",
        "loopback reached",
        "Network is unreachable",
    ]
