"""SIGKILL for a part of the running service."""

import random
import signal
from contextlib import suppress

import psutil

TARGETS = ("worker", "worker's child", "web process", "web server", "everything")


def kill_one(supervisor_pid: int, target: str, rng: random.Random) -> bool:
    """Kill it; False when no such process runs just now."""
    supervisor = psutil.Process(supervisor_pid)
    family = supervisor.children(recursive=True)
    victims = [supervisor, *family] if target == "everything" else _called(target, family, rng)
    for victim in victims:
        with suppress(psutil.NoSuchProcess):
            victim.send_signal(signal.SIGKILL)
    return bool(victims)


def everything_gone(processes: list[psutil.Process], patience_seconds: float = 20.0) -> bool:
    """Whether all of these end within a while."""
    _, alive = psutil.wait_procs(processes, timeout=patience_seconds)
    return not alive


def family_of(pid: int) -> list[psutil.Process]:
    """The process and all it started; nothing once it is gone."""
    try:
        supervisor = psutil.Process(pid)
        return [supervisor, *supervisor.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _called(target: str, family: list[psutil.Process], rng: random.Random) -> list[psutil.Process]:
    heads = {
        "worker": _by_command(family, "service.worker"),
        "web server": _by_command(family, "service.serving.web_server"),
    }
    if target in heads:
        return heads[target]
    below = heads["worker"] if target == "worker's child" else heads["web server"]
    children = [child for head in below for child in _children(head)]
    return [rng.choice(children)] if children else []


def _by_command(family: list[psutil.Process], module: str) -> list[psutil.Process]:
    """The process that runs this module and was not started by another that does: children keep their command line."""
    found = {process.pid: process for process in family if module in _command(process)}
    return [process for process in found.values() if _parent(process) not in found]


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


def _parent(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return 0
