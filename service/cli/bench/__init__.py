"""``homespun bench``: measure this installation on this machine. One file a bench; each is loaded when it is called for."""

import click

from service.cli.lazy_group import LazyGroup

_COMMANDS = {
    "thumbs": ("service.cli.bench.thumbs", "What is learnt from thumbs, and what one does to a list."),
    "service": ("service.cli.bench.service", "Lists, streams, memory and start, on made-up data."),
    "import": ("service.cli.bench.history_import", "How long a listening history takes to be read in."),
    "library": ("service.cli.bench.library", "How fast a folder of music is listened to."),
    "ear": ("service.cli.bench.ear", "What is heard in it, against what is known."),
    "generator": (
        "service.cli.bench.generator",
        "What is composed, against real music and what was asked for.",
    ),
    "recommender": ("service.cli.bench.recommender", "The ranker beside others, on public data."),
}


@click.group(cls=LazyGroup, lazy_commands=_COMMANDS)
def command() -> None:
    """Measure this installation on this machine."""
