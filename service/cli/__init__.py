"""The command ``homespun``. One file a noun; each is loaded when it is called for."""

import click

from service.cli.data_dir import data_dir_option
from service.cli.lazy_group import LazyGroup

_COMMANDS = {
    "serve": ("service.cli.serve", "Serve pages, API and worker."),
    "demo": ("service.cli.demo", "Show the whole loop on a small library of its own."),
    "models": ("service.cli.models", "Get the encoder's weights ready."),
    "user": ("service.cli.user", "Add people, and let them sign in."),
    "token": ("service.cli.token", "Give programs keys."),
    "app-password": ("service.cli.app_password", "Give apps passwords."),
    "scan": ("service.cli.scan", "Read a folder of music into the library."),
    "history": ("service.cli.history", "Bring in what was heard elsewhere."),
    "elsewhere": ("service.cli.elsewhere", "Work beside another music server."),
    "egress": ("service.cli.egress", "See what left the house."),
    "taste": ("service.cli.taste", "Show a listener's taste."),
    "cluster": ("service.cli.cluster", "Correct a listener's taste."),
    "recommend": ("service.cli.recommend", "List what a listener may like next."),
    "thumb": ("service.cli.thumb", "Say that a track is liked or not."),
    "mute": ("service.cli.mute", "Say what is never to be offered."),
    "sound": ("service.cli.sound", "Show what was heard in a track, and correct it."),
    "compose": ("service.cli.compose", "Compose a track for a listener."),
    "edit": ("service.cli.edit", "Change what was composed."),
    "index": ("service.cli.index", "Rebuild the search index."),
    "jobs": ("service.cli.jobs", "See what is done in the background."),
    "backup": ("service.cli.backup", "Copy the store."),
    "bench": ("service.cli.bench", "Measure this installation."),
    "train": ("service.cli.train", "Train a model."),
    "openapi": ("service.cli.openapi", "Write the OpenAPI document."),
}


@click.group(cls=LazyGroup, lazy_commands=_COMMANDS)
@click.version_option(package_name="homespun", prog_name="homespun")
@data_dir_option
def main() -> None:
    """Learn a listener's taste and compose for it, all on this machine."""
