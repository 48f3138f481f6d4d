"""What is asked of a service that is measured, and asking for it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from service.bench.load_client import Plan, Told, Wanted
from service.bench.server_process import HOST, MeasuredServer

CLOSED_CONNECTIONS = 8
PLACES = 20
"""Of a list."""


def list_of(token: str) -> Wanted:
    """A listener's list."""
    return Wanted("GET", f"/api/v1/recommendations?limit={PLACES}", token)


def stream_of(token: str, track_id: str) -> Wanted:
    """A track as a stream."""
    return Wanted("GET", f"/api/v1/tracks/{track_id}/stream", token)


def plan_of(kind: str, server: MeasuredServer, requests: Sequence[Wanted], **values: Any) -> Plan:
    """A plan for this server; see `Plan` for its kinds."""
    return Plan(kind, HOST, server.port, list(requests), **values)


def closed(server: MeasuredServer, requests: Sequence[Wanted], seconds: float | None) -> Told:
    """As fast as answers come, for a time, or each request once when None is given."""
    values = {"seconds": seconds, "connections": CLOSED_CONNECTIONS}
    return carry_out(plan_of("closed", server, requests, **values))


def one_by_one(server: MeasuredServer, requests: Sequence[Wanted]) -> Told:
    """Each request once, on one connection."""
    return carry_out(plan_of("closed", server, requests, seconds=None, connections=1))


def carry_out(plan: Plan) -> Told:
    """Carry it out in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "service.bench.load_client"],
        input=plan.to_json(),
        capture_output=True,
        text=True,
        check=True,
    )
    return Told(**json.loads(done.stdout))


def percentile(latencies_ms: Sequence[float], percent: float) -> float:
    """A percentile in milliseconds, to a hundredth."""
    return round(float(np.percentile(latencies_ms, percent)), 2)


def spread(latencies_ms: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and how many there were."""
    return {
        "p50_ms": percentile(latencies_ms, 50),
        "p99_ms": percentile(latencies_ms, 99),
        "n": len(latencies_ms),
    }
