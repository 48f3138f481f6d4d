"""``homespun models``: what has been learnt before, and what was learnt here."""

import json
from pathlib import Path

import click

from service.app import App
from service.cli.options import json_option, with_app


@click.group()
def command() -> None:
    """Get the encoder's weights ready, list models, change the ranker, and add further encoders."""


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

    from service.library.further_encoders import FURTHER_ENCODERS, further_index_dir
    from service.library.published_index import published_in
    from service.operations.encoder_weights import weights_are_prepared, weights_path
    from service.store.tables import ModelVersion

    models_dir = app.settings.models_dir
    prepared = weights_are_prepared(models_dir)
    with app.database.session(read_only=True) as db_session:
        versions = db_session.scalars(select(ModelVersion).order_by(ModelVersion.kind, ModelVersion.id)).all()
    further = {}
    for name in FURTHER_ENCODERS:
        published = published_in(further_index_dir(app.settings, name))
        further[name] = {
            "turned_on": name in app.settings.further_encoders,
            "tracks": published.tracks if published else 0,
        }
    if as_json:
        facts = [
            {
                "id": each.id,
                "kind": each.kind,
                "name": each.name,
                "sha256": each.sha256,
                "in_use": each.promoted,
                "created_at": each.created_at.isoformat(),
                "metrics": each.metrics,
            }
            for each in versions
        ]
        click.echo(
            json.dumps({"encoder_weights_prepared": prepared, "models": facts, "further_encoders": further})
        )
        return
    click.echo(f"encoder's weights: {weights_path(models_dir) if prepared else 'not prepared'}")
    for each in versions:
        click.echo(
            f"{each.kind:<10} {each.name:<20} {each.sha256[:12]}  {'in use' if each.promoted else ''}".rstrip()
        )
    for name, state in further.items():
        heard = f"{state['tracks']} tracks to be found" if state["tracks"] else "nothing heard"
        click.echo(
            f"further encoder {name}: {'turned on' if state['turned_on'] else 'not turned on'}, {heard}"
        )


@command.command("promote")
@click.argument("version")
@json_option
@with_app
def promote_model(app: App, version: str, *, as_json: bool) -> None:
    """Rank everybody's list by the ranker VERSION, an id or the beginning of its checksum."""
    from service.operations.model_versions import find_version
    from service.radio.ranker_in_use import use_ranker

    with app.database.session() as db_session:
        found = find_version(db_session, version)
        use_ranker(db_session, found)
        facts = {"kind": found.kind, "name": found.name, "sha256": found.sha256, "in_use": True}
    _say_in_use(facts, as_json=as_json)


@command.command("rollback")
@json_option
@with_app
def roll_back(app: App, *, as_json: bool) -> None:
    """Rank lists again by the ranker that was in use before the present one."""
    from service.operations.model_versions import previous
    from service.radio.ranker_in_use import use_ranker

    with app.database.session() as db_session:
        found = previous(db_session, "ranker")
        use_ranker(db_session, found)
        facts = {"kind": found.kind, "name": found.name, "sha256": found.sha256, "in_use": True}
    _say_in_use(facts, as_json=as_json)


def _say_in_use(facts: dict[str, object], *, as_json: bool) -> None:
    words = f"The {facts['kind']} {facts['name']} {str(facts['sha256'])[:12]} is in use."
    click.echo(json.dumps(facts) if as_json else words)


@command.command("add-encoder")
@click.argument("name", type=click.Choice(["clap", "vibenet"]))
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    help="CLAP's folder: config.json, preprocessor_config.json and model.safetensors, got from Hugging Face by you.",
)
@json_option
@with_app
def add_encoder(app: App, name: str, weights: Path | None, *, as_json: bool) -> None:
    """Listen to all tracks with a further encoder, the most played first, for "more like this" by its ear.

    What lists and tastes rest on stays as it is. Can be stopped at any time and run again: what was heard is not heard
    twice.
    """
    from service.cli.progress import shown_progress
    from service.errors import InvalidRequest
    from service.jobs import embed_further, index_further
    from service.operations import job_requests
    from service.operations.job_queue import run_inline

    if weights is not None and name != "clap":
        raise InvalidRequest("Only CLAP takes a folder of weights.", code="no_weights_wanted")
    folder = weights.absolute() if weights else app.settings.clap_dir
    settings = app.settings.model_copy(
        update={"vibenet": True} if name == "vibenet" else {"clap_dir": folder}
    )
    request = job_requests.embed_further(name, at_most=None)
    with shown_progress("Listening") as report:
        heard = run_inline(app.database, settings, embed_further, request.payload, report)
    payload = job_requests.index_further(heard["encoder_id"]).payload
    index = run_inline(app.database, settings, index_further, payload, lambda _fraction, _text: None)
    if as_json:
        click.echo(json.dumps({**heard, "index": index}))
        return
    click.echo(f"{name} listened to {heard['embedded']} tracks; its index holds {index['tracks']}.")
    for failure in heard["failed"]:
        click.echo(
            f"Could not listen to {failure['track_id']}: {failure['reason']} ({failure['code']})", err=True
        )
    if name not in app.settings.further_encoders:
        setting = f"HOMESPUN_CLAP_DIR={folder}" if name == "clap" else "HOMESPUN_VIBENET=true"
        click.echo(f"Set {setting} where `homespun serve` runs, and it hears what is new as well.")
