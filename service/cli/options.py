"""What several commands take, and how they get at the store."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import click

from service.app import App, open_app
from service.cli.data_dir import chosen_data_dir, data_dir_option

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, errors too.")


def with_app(function: Callable[Concatenate[App, _Arguments], _Result]) -> Callable[_Arguments, _Result]:
    """Open the store for the command, which gets the App as its first argument, and close it afterwards."""

    @functools.wraps(function)
    def run(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with open_app(data_dir=chosen_data_dir(click.get_current_context())) as app:
            return function(app, *args, **kwargs)

    return data_dir_option(run)
