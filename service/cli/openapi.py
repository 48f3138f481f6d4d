"""``homespun openapi``: what the REST interface says of itself."""

import tempfile
from pathlib import Path

import click


@click.command()
def command() -> None:
    """Write the OpenAPI document of the REST interface to standard output."""
    from service.api.openapi import openapi_text
    from service.settings import load_settings
    from service.store.database import open_database
    from service.wsgi import create_web_app

    # It does not depend on anybody's data, so nobody's is opened.
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            data_dir=Path(folder) / "data", database_url=f"sqlite:///{folder}/empty.sqlite3"
        )
        database = open_database(settings)
        try:
            text = openapi_text(create_web_app(settings, database))
        finally:
            database.close()
    click.echo(text, nl=False)
