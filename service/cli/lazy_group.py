"""A click group that loads a command's module when that command runs."""

import errno
import importlib
import io
import json
import sys
from typing import Any

import click

from service.errors import HomespunError, StorageFull

_INTERRUPTED = 130  # what shells give a command that Ctrl-C ended


class LazyGroup(click.Group):
    """``lazy_commands`` maps a command to its module, whose ``command`` is loaded when asked for, and one line of help.

    Errors a person can understand end the program with one sentence and status 1; with ``--json`` they are
    ``{"error": {"code", "message"}}`` on standard output.
    """

    def __init__(self, *args: Any, lazy_commands: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy_commands = lazy_commands

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        """The commands, in the order a newcomer needs them."""
        return list(self.lazy_commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Load a command."""
        if cmd_name not in self.lazy_commands:
            return None
        command: click.Command = importlib.import_module(self.lazy_commands[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.lazy_commands.items()])

    def main(self, args: Any = None, *rest: Any, **kwargs: Any) -> Any:
        """Run the program: the one place where errors become words."""
        arguments = list(sys.argv[1:] if args is None else args)
        operands = arguments.index("--") if "--" in arguments else len(arguments)
        as_json = "--json" in arguments[:operands]
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # Names of files need not be text; printing them must not fail.
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().main(arguments, *rest, **kwargs)
        except HomespunError as error:
            _say(error, as_json=as_json)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _say(StorageFull("The disk is full."), as_json=as_json)
        sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Ctrl-C ends it with a word."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped. What was finished is kept.", err=True)
            ctx.exit(_INTERRUPTED)


def _say(error: HomespunError, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": {"code": error.code, "message": str(error)}}))
    else:
        click.echo(f"error: {error} [{error.code}]", err=True)
