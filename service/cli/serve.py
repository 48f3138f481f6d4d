"""``homespun serve``: the service, until it is told to stop."""

import click

from service.cli.data_dir import chosen_data_dir, data_dir_option


@click.command()
@click.option("--host", metavar="ADDRESS", help="Where to listen (HOMESPUN_HOST; 127.0.0.1).")
@click.option("--port", type=int, help="The port (HOMESPUN_PORT); the first free one from 8420 otherwise.")
@click.option(
    "--public-url",
    metavar="URL",
    help="What listeners type, when a proxy stands in front (HOMESPUN_PUBLIC_URL).",
)
@data_dir_option
@click.pass_context
def command(ctx: click.Context, host: str | None, port: int | None, public_url: str | None) -> None:
    """Serve the pages, the API and the worker, until Ctrl-C or SIGTERM."""
    from service.accounts.setup_code import read_setup_code
    from service.serving.supervisor import serve
    from service.settings import load_settings

    settings = load_settings(data_dir=chosen_data_dir(ctx), host=host, port=port, public_url=public_url)

    def when_ready(url: str) -> None:
        click.echo(f"Homespun: {url}")
        code = read_setup_code(settings)
        if code is not None:
            click.echo(f"Nobody lives here yet. Make the owner's account at {url}/setup with the code {code}")

    serve(settings, when_ready=when_ready)
