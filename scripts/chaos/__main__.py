"""Kill parts of the service at random moments of a day, and see that nothing acknowledged is lost or doubled.

Ends with one JSON line on standard output, ``{"kills", "writes", "lost", "doubled"}``, and status 1 if anything was.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.chaos.caller import Caller
from scripts.chaos.comparing import Verdict, compare_with_answers, compare_with_store
from scripts.chaos.day import Listener, Reviewer
from scripts.chaos.house import PEOPLE, House, Service, move_in
from scripts.chaos.killing import TARGETS, family_of, kill_one
from scripts.chaos.ledger import Ledger

_JOBS_SECONDS = 420.0
_LONGEST_WAIT = 3.0


def main() -> int:
    """Run the day; 0 when all was well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=30, help="how many kills")
    parser.add_argument("--mean-seconds", type=float, default=4.0, help="between two kills")
    parser.add_argument("--keep", type=Path, help="a new folder to work in and to leave behind")
    given = parser.parse_args()
    if given.keep is not None:
        given.keep.mkdir(parents=True)
        return _run_day(given.keep, given.seed, given.count, given.mean_seconds)
    with tempfile.TemporaryDirectory(prefix="homespun-chaos-") as folder:
        return _run_day(Path(folder), given.seed, given.count, given.mean_seconds)


def _run_day(folder: Path, seed: int, count: int, mean_seconds: float) -> int:
    _say("moving in")
    house = move_in(folder / "data")
    ledger = Ledger(folder / "ledger.jsonl")
    service = Service(house.settings, folder / "service.log")
    service.start()
    callers = {name: Caller(service.port, token, ledger) for name, token in house.tokens.items()}
    clients = _clients(house, callers, ledger, seed, count)
    problems: list[str] = []
    try:
        for client in clients:
            client.start()
        kills = _kill(service, count, mean_seconds, random.Random(seed))  # noqa: S311 - chance, not a secret
        time.sleep(mean_seconds)
        *listeners, reviewer = clients
        problems += _end_day(listeners)
        problems += _wait_for_jobs(callers, ledger)
        problems += _end_day([reviewer])
        verdict = Verdict()
        compare_with_answers(verdict, ledger, callers)
    finally:
        status = service.stop()
    if status != 0:
        problems.append(f"the service ended with status {status} when it was asked to stop")
    stored = compare_with_store(ledger, house.settings)
    lost, doubled = verdict.lost + stored.lost, verdict.doubled + stored.doubled
    for sentence in [
        *problems,
        *(f"lost: {each}" for each in lost),
        *(f"doubled: {each}" for each in doubled),
    ]:
        _say(sentence)
    _say(_by_kind(ledger))
    ledger.close()
    told = {"kills": kills, "writes": len(ledger.entries), "lost": len(lost), "doubled": len(doubled)}
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if lost or doubled or problems else 0


def _clients(
    house: House, callers: dict[str, Caller], ledger: Ledger, seed: int, count: int
) -> Sequence[Listener | Reviewer]:
    pieces_each = max(1, count // 5)
    listeners = [
        Listener(name, callers[name], ledger, house.tracks, seed * 100 + number, pieces_each)
        for number, name in enumerate(PEOPLE)
    ]
    return [*listeners, Reviewer(PEOPLE[0], callers[PEOPLE[0]], ledger, seed)]


def _kill(service: Service, count: int, mean_seconds: float, rng: random.Random) -> int:
    kills = 0
    targets: list[str] = []
    while kills < count:
        time.sleep(min(rng.expovariate(1 / mean_seconds), _LONGEST_WAIT * mean_seconds))
        targets = targets or rng.sample(TARGETS, len(TARGETS))
        target = targets.pop()
        family = family_of(service.pid)
        if not kill_one(service.pid, target, rng):
            continue
        kills += 1
        _say(f"killed {kills} of {count}: {target}")
        if target == "everything":
            service.start_again(family)
    return kills


def _end_day(clients: Sequence[Listener | Reviewer]) -> list[str]:
    for client in clients:
        client.stop()
    problems = []
    for client in clients:
        client.join(300.0)
        if client.is_alive() or client.failed is not None:
            problems.append(f"{client.name} could not go on: {client.failed!r}")
    return problems


def _wait_for_jobs(callers: dict[str, Caller], ledger: Ledger) -> list[str]:
    _say("waiting for what was asked for")
    give_up_at = time.monotonic() + _JOBS_SECONDS
    waiting = {entry.what["job_id"]: callers[entry.listener] for entry in ledger.of("composition")}
    while waiting and time.monotonic() < give_up_at:
        waiting = {
            job_id: caller
            for job_id, caller in waiting.items()
            if caller.insist("GET", f"/jobs/{job_id}")["state"] in ("queued", "running")
        }
        time.sleep(0.5)
    return [f"job {job_id} did not end" for job_id in waiting]


def _by_kind(ledger: Ledger) -> str:
    kinds = ("listen", "play", "thumb", "composition", "decision")
    counted = ", ".join(f"{len(ledger.of(kind))} {kind}s" for kind in kinds)
    return f"{counted}; {ledger.retries} requests asked again"


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
