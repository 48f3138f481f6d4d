import subprocess
import sys

from service.accounts.api_tokens import SECRET_PREFIX
from service.accounts.secrets_kept_hashed import new_secret

# In a process of its own: gunicorn's loggers are the whole process's.
SCRIPT = """
import logging, sys
from datetime import timedelta
from types import SimpleNamespace
from gunicorn.config import Config
from service.http.authentication import USER_ID_IN_ENVIRON
from service.serving.request_log import RequestLog

secret = sys.argv[1]
config = Config()
config.set("accesslog", "-")
log = RequestLog(config)
log.access(
    SimpleNamespace(status="200 OK", sent=12, headers=[("X-Request-Id", "4f2a")]),
    SimpleNamespace(),
    {
        "REQUEST_METHOD": "GET",
        "RAW_URI": f"/api/v1/{secret}\\n?u=ada&p=hunter2",
        "REMOTE_ADDR": "192.0.2.1",
        "HTTP_AUTHORIZATION": f"Bearer {secret}",
        USER_ID_IN_ENVIRON: "01J0000000000000000000000A",
    },
    timedelta(milliseconds=3),
)
logging.getLogger("service.http.problems").error("failed with %s", secret)
log.error_log.error("Error handling request /?t=%s", secret)
"""


def test_a_request_is_one_line_and_no_line_holds_queries_names_or_secrets() -> None:
    secret = new_secret(SECRET_PREFIX)
    command = [sys.executable, "-c", SCRIPT, secret]
    told = subprocess.run(command, capture_output=True, text=True, check=True)

    request, failure, error = (line.partition("] ")[2] for line in told.stderr.splitlines())
    assert request == (
        "GET /api/v1/[left out]\\n 200 12 bytes 3 ms by 01J0000000000000000000000A from 192.0.2.1 id 4f2a"
    )
    assert failure == "failed with [left out]"
    assert error == "Error handling request /?[left out]"
    assert told.stdout == ""
