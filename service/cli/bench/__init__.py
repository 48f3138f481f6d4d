"""``homespun bench``: measure this installation on this machine. One file a bench; each is loaded when it is called for."""

import click

from service.cli.lazy_group import LazyGroup

_COMMANDS = {
    "service": ("service.cli.bench.service", "Lists, streams, memory and start, on made-up data."),
    "library": ("service.cli.bench.library", "How fast a folder of music is listened to."),
    "ear": ("service.cli.bench.ear", "What is heard in it, against what is known."),
    "generator": (
        "service.cli.bench.generator",
        "What is composed, against real music and what was asked for.",
    ),
}


@click.group(cls=LazyGroup, lazy_commands=_COMMANDS)
def command() -> None:
    """Measure this installation on this machine."""
