"""``homespun models``: what has been learnt before, and what was learnt here."""

import json
from pathlib import Path

import click

from service.app import App
from service.cli.options import json_option, with_app


@click.group()
def command() -> None:
    """Get the encoder's weights ready, and list models."""


@command.command()
@click.option(
    "--wheel", type=click.Path(path_type=Path), help="The downloaded wheel of musicnn 0.1.0, to work offline."
)
def prepare(wheel: Path | None) -> None:
    """Get and convert the encoder's weights, once: a download of 29 MB, of which 6 MB are kept."""
    from service.operations.encoder_weights import prepare_encoder_weights, weights_path
    from service.settings import load_settings

    # The data folder plays no part here, and an account without a home has no default for it.
    models_dir = load_settings(data_dir=Path.cwd()).models_dir
    fresh = prepare_encoder_weights(models_dir, wheel)
    path = weights_path(models_dir)
    click.echo(
        f"The encoder's weights are ready: {path}" if fresh else f"The encoder's weights are there: {path}"
    )


@command.command("list")
@json_option
@with_app
def list_models(app: App, *, as_json: bool) -> None:
    """List the models that were used here; of each kind one is in use."""
    from sqlalchemy import select

    from service.operations.encoder_weights import weights_are_prepared, weights_path
    from service.store.tables import ModelVersion

    models_dir = app.settings.models_dir
    prepared = weights_are_prepared(models_dir)
    with app.database.session(read_only=True) as db_session:
        versions = db_session.scalars(select(ModelVersion).order_by(ModelVersion.kind, ModelVersion.id)).all()
    if as_json:
        facts = [
            {"kind": each.kind, "name": each.name, "sha256": each.sha256, "in_use": each.promoted}
            for each in versions
        ]
        click.echo(json.dumps({"encoder_weights_prepared": prepared, "models": facts}))
        return
    click.echo(f"encoder's weights: {weights_path(models_dir) if prepared else 'not prepared'}")
    for each in versions:
        click.echo(
            f"{each.kind:<10} {each.name:<20} {each.sha256[:12]}  {'in use' if each.promoted else ''}".rstrip()
        )
