"""What the service takes: how soon it is ready, how much memory it holds, how fast lists and streams are answered.

The load generator is a process of its own on the same machine: it shares the cores with what it measures.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import and_, func, or_, select

from service.bench.bench_house import BenchHouse
from service.bench.load_client import Told, Wanted
from service.bench.load_plans import (
    carry_out,
    closed,
    list_of,
    one_by_one,
    percentile,
    plan_of,
    spread,
    stream_of,
)
from service.bench.server_process import MeasuredServer, bare_route_running, service_running
from service.listening.list_revisions import all_lists_changed
from service.operations.job_queue import enqueue
from service.operations.job_requests import train_ranker
from service.store.tables import Job, utc_now

RATE = 100.0
"""Requests a second that are begun, whatever becomes of those before them."""

SKEW = 0.8
"""Listeners are drawn by place to the power of minus this: the first of 10,000 asks some 1,500 times as often as the last."""

RUNNING_STREAMS = 20
STREAM_STARTS_PER_SECOND = 10.0
TRAINING_PART_SECONDS = 2.0
_JOBS_SECONDS = 600.0
ROUNDS = 5


@dataclass(frozen=True)
class Lengths:
    """How long each part is measured."""

    open_seconds: float = 40.0
    closed_seconds: float = 10.0
    stream_starts: int = 200
    cold_lists: int = 60


@dataclass
class Measured:
    """The report, and the raw latencies in milliseconds by what was measured."""

    report: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, list[float]] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, told: Told) -> Told:
        """Keep a run's latencies and how many answers were errors."""
        self.raw[name] = [round(each, 3) for each in told.latencies_ms]
        self.errors[name] = told.errors
        return told

    def to_json(self) -> dict[str, Any]:
        """The report with the errors; everything that was asked is to be answered."""
        return {**self.report, "errors": self.errors}


def measure_service(
    house: BenchHouse, folder: Path, lengths: Lengths, say: Callable[[str], None]
) -> Measured:
    """Measure a prepared store. Logs go to ``folder``. Raises NotPrepared when a server does not start."""
    rng = np.random.default_rng(7)
    measured = Measured()
    say("starting the service")
    with service_running(house.settings, folder / "service.log") as server:
        measured.report["ready_seconds"] = round(server.ready_seconds, 2)
        measured.report["memory_when_ready_mb"] = server.memory_mb()
        say("waiting for the jobs of a first start")
        measured.report["first_jobs_seconds"] = _wait_for_worker(house)
        asked = _measure_lists(measured, server, house, lengths, rng, say)
        say("asking for lists as fast as they come, and for a bare route")
        with bare_route_running(house.settings, folder / "bare_route.log") as bare:
            _measure_rates(measured, server, bare, asked, lengths)
        say("asking for lists while the ranker is trained")
        _measure_beside_training(measured, server, house, asked, lengths)
        say("asking for lists that must be made")
        _measure_made_lists(measured, server, house, lengths, rng)
        say(f"starting streams while {RUNNING_STREAMS} run")
        _measure_streams(measured, server, house, lengths, rng)
        memory = server.memory_mb()
        measured.report["web_memory_mb"] = memory["pss"]
        measured.report["web_memory_rss_mb"] = memory["rss"]
    return measured


def _measure_lists(
    measured: Measured,
    server: MeasuredServer,
    house: BenchHouse,
    lengths: Lengths,
    rng: np.random.Generator,
    say: Callable[[str], None],
) -> list[Wanted]:
    """Lists of everybody, made before, under open load; gives what was asked."""
    everybody = [list_of(token) for token in house.tokens]
    chances = np.arange(1, len(everybody) + 1) ** -SKEW
    drawn = rng.choice(len(everybody), size=round(lengths.open_seconds * RATE), p=chances / chances.sum())
    asked = [everybody[place] for place in drawn]
    those = [everybody[place] for place in np.unique(drawn)]
    say(f"making the lists of the {len(those)} listeners who will ask")
    first = measured.note("first_lists", closed(server, those, None))
    say(f"asking for lists, {RATE:.0f} a second")
    warm = measured.note("warm_lists", carry_out(plan_of("open", server, asked, rate=RATE)))
    measured.report["recommendations"] = {
        "p50_ms": percentile(warm.latencies_ms, 50),
        "p99_ms": percentile(warm.latencies_ms, 99),
        "max_ms": percentile(warm.latencies_ms, 100),
        "n": len(warm.latencies_ms),
        "rate": RATE,
        "skew": SKEW,
        "listeners": len(everybody),
        "listeners_who_asked": len(those),
        "tracks": house.tracks,
        "first_lists": spread(first.latencies_ms),
    }
    return asked


def _measure_rates(
    measured: Measured, server: MeasuredServer, bare: MeasuredServer, asked: list[Wanted], lengths: Lengths
) -> None:
    """How many a second at most, in turns: whatever else the machine does then slows both alike."""
    asked_of = {"warm_lists_closed": (server, asked), "hello_world": (bare, [Wanted("GET", "/")])}
    rates = dict.fromkeys(asked_of, 0.0)
    measured.raw |= {name: [] for name in asked_of}
    measured.errors |= dict.fromkeys(asked_of, 0)
    for _ in range(ROUNDS):
        for name, (which, requests) in asked_of.items():
            told = closed(which, requests, lengths.closed_seconds / ROUNDS)
            measured.raw[name] += [round(each, 3) for each in told.latencies_ms]
            measured.errors[name] += told.errors
            rates[name] += len(told.latencies_ms) / told.seconds / ROUNDS
    measured.report["hello_world_requests_per_second"] = round(rates["hello_world"])
    lists = measured.report["recommendations"]
    lists["requests_per_second"] = round(rates["warm_lists_closed"])
    lists["share_of_hello_world"] = round(rates["warm_lists_closed"] / rates["hello_world"], 3)


def _measure_beside_training(
    measured: Measured, server: MeasuredServer, house: BenchHouse, asked: list[Wanted], lengths: Lengths
) -> None:
    """The same lists at the same rate while the worker trains the ranker on what was played.

    They are asked for in parts; one in which the training ended is not counted, for then all lists rest on something new.
    """
    with house.database.session() as db_session:
        job_id = enqueue(db_session, train_ranker()).id
    _wait_until(lambda: _state_of(house, job_id) != "queued")
    told, each = Told(), round(TRAINING_PART_SECONDS * RATE)
    while told.seconds < lengths.open_seconds:
        start = len(told.latencies_ms) % max(len(asked) - each, 1)
        part = carry_out(plan_of("open", server, asked[start : start + each], rate=RATE))
        if _state_of(house, job_id) != "running":
            break
        told = Told(
            told.latencies_ms + part.latencies_ms, told.statuses + part.statuses, told.seconds + part.seconds
        )
    measured.note("lists_beside_training", told)
    _wait_until(lambda: _state_of(house, job_id) not in ("queued", "running"))
    lists = measured.report["recommendations"]
    lists["beside_training"] = {"n": 0, "training": _state_of(house, job_id)}
    if told.latencies_ms:
        found = spread(told.latencies_ms)
        lists["beside_training"] |= {**found, "times_p99": round(found["p99_ms"] / lists["p99_ms"], 2)}


def _state_of(house: BenchHouse, job_id: str) -> str:
    with house.database.session(read_only=True) as db_session:
        return db_session.get_one(Job, job_id).state


def _measure_made_lists(
    measured: Measured, server: MeasuredServer, house: BenchHouse, lengths: Lengths, rng: np.random.Generator
) -> None:
    """Lists that cannot be taken from the last time: what the warm ones cost before, and after a thumb."""
    lists = measured.report["recommendations"]
    chosen = rng.choice(len(house.tokens), lengths.cold_lists, replace=False)
    _forget_lists(house)
    told = one_by_one(server, [list_of(house.tokens[place]) for place in chosen])
    lists["cold"] = spread(measured.note("cold_lists", told).latencies_ms)
    lists["after_a_thumb"] = spread(_after_thumbs(measured, server, house, lengths, rng))


def _after_thumbs(
    measured: Measured,
    server: MeasuredServer,
    house: BenchHouse,
    lengths: Lengths,
    rng: np.random.Generator,
) -> list[float]:
    """A thumb and then the list, by one listener after the other; the lists' latencies."""
    asked = []
    for place in rng.choice(len(house.tokens), lengths.cold_lists, replace=False):
        token, track = house.tokens[place], house.track_ids[rng.integers(len(house.track_ids))]
        path = f"/api/v1/tracks/{track}/thumb"
        asked += [Wanted("PUT", path, token, json.dumps({"value": "down"})), list_of(token)]
    told = measured.note("thumbs_and_lists", one_by_one(server, asked))
    measured.report["thumb_ms"] = spread(told.latencies_ms[::2])
    return told.latencies_ms[1::2]


def _measure_streams(
    measured: Measured,
    server: MeasuredServer,
    house: BenchHouse,
    lengths: Lengths,
    rng: np.random.Generator,
) -> None:
    tokens = [house.tokens[place] for place in rng.integers(len(house.tokens), size=lengths.stream_starts)]
    files = house.stream_track_ids
    running = [
        stream_of(house.tokens[-number - 1], files[number % len(files)]) for number in range(RUNNING_STREAMS)
    ]
    starts = [stream_of(token, files[number % len(files)]) for number, token in enumerate(tokens)]
    plan = plan_of(
        "streams",
        server,
        starts,
        rate=STREAM_STARTS_PER_SECOND,
        running=running,
        bytes_per_second=house.stream_bytes_per_second,
    )
    told = measured.note("stream_starts", carry_out(plan))
    measured.report["streams"] = {
        "start_p95_ms": percentile(told.latencies_ms, 95),
        "start_p50_ms": percentile(told.latencies_ms, 50),
        "n": len(told.latencies_ms),
        "running": RUNNING_STREAMS,
        "running_at_end": told.running_at_end,
        "running_megabytes": round(told.running_bytes / 1e6, 1),
    }


def _wait_for_worker(house: BenchHouse) -> float:
    """Seconds until nothing is left to do now: what a first start trains and tidies would count as the lists' slowness."""
    is_due = or_(Job.run_after.is_(None), Job.run_after <= utc_now())
    left = select(func.count()).where(or_(Job.state == "running", and_(Job.state == "queued", is_due)))

    def is_idle() -> bool:
        with house.database.session(read_only=True) as db_session:
            return db_session.scalar(left) == 0

    return _wait_until(is_idle)


def _wait_until(is_so: Callable[[], bool]) -> float:
    """Seconds until it is so, or until that has taken too long."""
    begun = time.perf_counter()
    while not is_so() and time.perf_counter() - begun < _JOBS_SECONDS:
        time.sleep(0.5)
    return round(time.perf_counter() - begun, 1)


def _forget_lists(house: BenchHouse) -> None:
    """Everybody's list rests on something new."""
    with house.database.session() as db_session:
        all_lists_changed(db_session)
