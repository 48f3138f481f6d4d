"""``--data-dir``, before or after the command's name; the later one wins."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_Function = TypeVar("_Function", bound=Callable[..., Any])
_KEY = "homespun.data_dir"


def _remember(ctx: click.Context, _option: click.Parameter, data_dir: Path | None) -> None:
    if data_dir is not None:
        ctx.meta[_KEY] = data_dir


def data_dir_option(function: _Function) -> _Function:
    """Let the command take ``--data-dir``; read it with ``chosen_data_dir``."""
    option = click.option(
        "--data-dir",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_remember,
        help="Where everything is kept (HOMESPUN_DATA_DIR).",
    )
    return option(function)


def chosen_data_dir(ctx: click.Context) -> Path | None:
    """What ``--data-dir`` said, if it was given."""
    chosen: Path | None = ctx.meta.get(_KEY)
    return chosen
