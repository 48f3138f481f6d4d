"""How far slow work is, on standard error: a bar with the time left, or plain lines where there is no terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

Report = Callable[[float, str], None]

SECONDS_BETWEEN_LINES = 10.0
# A rate measured over less says little about the time left.
SECONDS_BEFORE_ESTIMATE = 2.0


@contextmanager
def shown_progress(doing: str) -> Iterator[Report]:
    """A ``report(share done, words)`` that shows what it is told."""
    if not sys.stderr.isatty():
        yield _PlainLines(doing).report
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(doing, total=1.0)

        def report(share: float, words: str) -> None:
            progress.update(task, completed=share, description=f"{doing}: {words}")

        yield report


class _PlainLines:
    """One line every ten seconds."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._began = self._last_line = time.monotonic()

    def report(self, share: float, words: str) -> None:
        now = time.monotonic()
        if now - self._last_line < SECONDS_BETWEEN_LINES:
            return
        self._last_line = now
        click.echo(f"{self._doing}: {words}, {share:.0%}{self._time_left(share, words, now)}", err=True)

    def _time_left(self, share: float, words: str, now: float) -> str:
        elapsed = now - self._began
        if share <= 0 or elapsed < SECONDS_BEFORE_ESTIMATE or words.endswith(" left"):
            return ""
        return f", about {elapsed * (1 - share) / share:.0f} s left"
