"""The load generator: a process of its own with one event loop, reading a plan from standard input.

It speaks just enough HTTP/1.1 for keep-alive and bodies of a known length, so that little of the machine goes to asking.
"""

import asyncio
import itertools
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

_CHUNK = 65_536


@dataclass(frozen=True)
class Wanted:
    """One request: its line and headers as they are sent, and its body."""

    method: str
    path: str
    token: str | None = None
    body: str | None = None


@dataclass(frozen=True)
class Plan:
    """What is asked of which server.

    "open": the requests start ``1 / rate`` seconds apart whatever the answers do, and latencies count from when each
    should have started. "closed": ``connections`` ask one after the other for ``seconds``, or until each request was
    made once when that is None. "streams": ``running``
    streams are read at ``bytes_per_second`` each while the requests are started at ``rate``, each on a connection of its
    own and given up at its first bytes.
    """

    kind: str
    host: str
    port: int
    requests: list[Wanted]
    rate: float = 0.0
    connections: int = 1
    seconds: float | None = None
    running: list[Wanted] = field(default_factory=list)
    bytes_per_second: float = 0.0

    def to_json(self) -> str:
        """As the process reads it."""
        return json.dumps(asdict(self))


@dataclass
class Told:
    """What came of a plan: a latency in milliseconds and a status each (0: no answer); seconds it took in all."""

    latencies_ms: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    seconds: float = 0.0
    running_bytes: int = 0
    running_at_end: int = 0

    @property
    def errors(self) -> int:
        """Answers that were none, or not 2xx."""
        return sum(not 200 <= status < 300 for status in self.statuses)


class Connection:
    """One kept-alive connection."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, sent: bytes) -> int:
        """The status of the answer, which is read to its end; 0 when the connection broke."""
        try:
            status, length = await self.begin(sent)
            assert self._reader is not None  # noqa: S101 - begin opened it
            if length:
                await self._reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            self.close()
            return 0
        return status

    async def begin(self, sent: bytes) -> tuple[int, int]:
        """Status and length of the body, which is left to be read."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address, limit=2 * _CHUNK)
        self._writer.write(sent)
        head = await self._reader.readuntil(b"\r\n\r\n")
        return int(head[9:12]), _length(head)

    async def read_some(self) -> bytes:
        """The next bytes of the body."""
        if self._reader is None:
            return b""
        return await self._reader.read(_CHUNK // 2)

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def as_sent(wanted: Wanted, host: str) -> bytes:
    """The request's bytes."""
    body = (wanted.body or "").encode()
    lines = [f"{wanted.method} {wanted.path} HTTP/1.1", f"Host: {host}", "Accept: application/json"]
    if wanted.token is not None:
        lines.append(f"Authorization: Bearer {wanted.token}")
    if wanted.body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


def _length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"content-length:")
    if start < 0:
        return 0
    return int(lowered[start + 15 : lowered.index(b"\r", start)])


async def _open_loop(plan: Plan) -> Told:
    idle: list[Connection] = []
    told = Told([0.0] * len(plan.requests), [0] * len(plan.requests))
    begun = time.perf_counter() + 0.2

    async def one(place: int, sent: bytes) -> None:
        connection = idle.pop() if idle else Connection(plan.host, plan.port)
        told.statuses[place] = await connection.ask(sent)
        told.latencies_ms[place] = (time.perf_counter() - begun - place / plan.rate) * 1_000
        idle.append(connection)

    asked = []
    for place, sent in enumerate([as_sent(each, plan.host) for each in plan.requests]):
        # The loop's own timers are as coarse as a millisecond; what is late counts as the server's lateness.
        await asyncio.sleep(max(begun + place / plan.rate - time.perf_counter(), 0.0))
        asked.append(asyncio.create_task(one(place, sent)))
    await asyncio.gather(*asked)
    told.seconds = time.perf_counter() - begun
    for connection in idle:
        connection.close()
    return told


async def _closed_loop(plan: Plan) -> Told:
    told = Told()
    sent = [as_sent(each, plan.host) for each in plan.requests]
    next_one = iter(sent) if plan.seconds is None else itertools.cycle(sent)
    begun = time.perf_counter()
    end = float("inf") if plan.seconds is None else begun + plan.seconds

    async def one() -> None:
        connection = Connection(plan.host, plan.port)
        while (asked_at := time.perf_counter()) < end and (asked := next(next_one, None)) is not None:
            told.statuses.append(await connection.ask(asked))
            told.latencies_ms.append((time.perf_counter() - asked_at) * 1_000)
        connection.close()

    await asyncio.gather(*(one() for _ in range(plan.connections)))
    told.seconds = time.perf_counter() - begun
    return told


async def _streams(plan: Plan) -> Told:
    told = Told()
    stopped = asyncio.Event()
    running = [asyncio.create_task(_listen(each, plan, told, stopped)) for each in plan.running]
    await asyncio.sleep(1.0)
    begun = time.perf_counter()
    for place, wanted in enumerate(plan.requests):
        await asyncio.sleep(max(begun + place / plan.rate - time.perf_counter(), 0.0))
        connection = Connection(plan.host, plan.port)
        asked_at = time.perf_counter()
        try:
            status, _ = await connection.begin(as_sent(wanted, plan.host))
            first = await connection.read_some()
        except (OSError, asyncio.IncompleteReadError, ValueError):
            status, first = 0, b""
        told.latencies_ms.append((time.perf_counter() - asked_at) * 1_000)
        told.statuses.append(status if first else 0)
        connection.close()
    told.running_at_end = sum(not task.done() for task in running)
    stopped.set()
    told.seconds = time.perf_counter() - begun
    await asyncio.gather(*running)
    return told


async def _listen(wanted: Wanted, plan: Plan, told: Told, stopped: asyncio.Event) -> None:
    """One listener: reads as fast as the music plays, until told to stop."""
    connection = Connection(plan.host, plan.port)
    status, _ = await connection.begin(as_sent(wanted, plan.host))
    if status not in (200, 206):
        told.statuses.append(status)
        return
    begun, taken = time.perf_counter(), 0
    while not stopped.is_set():
        some = await connection.read_some()
        if not some:
            break
        taken += len(some)
        told.running_bytes += len(some)
        await asyncio.sleep(max(begun + taken / plan.bytes_per_second - time.perf_counter(), 0.0))
    connection.close()


def carry_out(plan: dict[str, Any]) -> Told:
    """Do what a plan, as plain JSON, says."""
    loops = {"open": _open_loop, "closed": _closed_loop, "streams": _streams}
    lists = {name: [Wanted(**each) for each in plan[name]] for name in ("requests", "running")}
    read = Plan(**(plan | lists))
    return asyncio.run(loops[read.kind](read))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(carry_out(json.load(sys.stdin)))))
