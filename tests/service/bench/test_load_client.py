import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from service.bench.load_client import Plan, Wanted, carry_out

SLOW_SECONDS = 0.3


class _Answers(http.server.BaseHTTPRequestHandler):
    """/slow takes its time, /gone is not there, everything else is answered at once."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(SLOW_SECONDS)
        body = b"hello" * 20_000 if self.path == "/sound" else b"hello"
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return None


@contextmanager
def answering() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_open_load_does_not_wait_for_slow_answers() -> None:
    with answering() as port:
        asked = [Wanted("GET", "/slow")] * 20
        told = carry_out(asdict(Plan("open", "127.0.0.1", port, asked, rate=100.0)))
    assert told.statuses == [200] * 20
    # One after the other they would take six seconds.
    assert told.seconds < 2.0
    assert all(SLOW_SECONDS * 1_000 <= latency < 1_500 for latency in told.latencies_ms)


def test_closed_load_asks_everything_once_or_until_the_time_is_over() -> None:
    with answering() as port:
        asked = [Wanted("GET", "/")] * 9 + [Wanted("GET", "/gone")]
        once = carry_out(asdict(Plan("closed", "127.0.0.1", port, asked, connections=3)))
        timed = carry_out(asdict(Plan("closed", "127.0.0.1", port, asked, connections=3, seconds=0.3)))
    assert sorted(once.statuses) == [200] * 9 + [404]
    assert once.errors == 1
    assert len(timed.statuses) > 10


def test_streams_run_at_the_speed_of_music_while_others_start() -> None:
    with answering() as port:
        running = [Wanted("GET", "/sound")] * 2
        plan = Plan(
            "streams",
            "127.0.0.1",
            port,
            [Wanted("GET", "/sound")] * 5,
            rate=20.0,
            running=running,
            bytes_per_second=40_000.0,
        )
        told = carry_out(asdict(plan))
    assert told.statuses == [200] * 5
    assert told.running_at_end == 2
    assert told.running_bytes < 200_000


def test_a_server_that_is_not_there_is_an_error_and_no_latency_is_made_up() -> None:
    with answering() as port:
        pass
    told = carry_out(asdict(Plan("open", "127.0.0.1", port, [Wanted("GET", "/")], rate=10.0)))
    assert told.statuses == [0]
    assert told.errors == 1
