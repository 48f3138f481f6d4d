"""``homespun sound``: what was heard in a track, and what a listener says of its emotion."""

import json
from dataclasses import asdict

import click

from service.accounts.people import find_user
from service.app import App
from service.cli.options import json_option, with_app
from service.errors import NotFound
from service.listening.emotions import correct_emotion, own_emotion
from service.listening.naming import find_track
from service.listening.sound import HeardEmotion, Sound, heard_in
from service.store.tables import Track

_BARELY, _CLEARLY = 0.33, 0.67


@click.group()
def command() -> None:
    """Show what was heard in a track, and correct it."""


@command.command("show")
@click.argument("track")
@click.option("--user", "name", help="Whose word on its emotion counts.")
@json_option
@with_app
def show_command(app: App, track: str, name: str | None, *, as_json: bool) -> None:
    """Show what was heard in TRACK, an id; with --user an id or a title."""
    with app.database.session(read_only=True) as db_session:
        user_id = None if name is None else find_user(db_session, name).id
        found = db_session.get(Track, track) if user_id is None else find_track(db_session, user_id, track)
        if found is None:
            raise NotFound(f"There is no track {track!r}.", code="unknown_track")
        sound, title = heard_in(db_session, found, user_id), found.title or found.id
    if as_json:
        click.echo(json.dumps({"title": title} | asdict(sound), ensure_ascii=False, indent=1))
    else:
        _print(title, sound)


@command.command("correct")
@click.argument("track")
@click.option("--user", "name", required=True, help="Whose word it is.")
@click.option("--valence", type=float, help="How pleasant it sounds, -1 to 1.")
@click.option("--arousal", type=float, help="How excited it sounds, -1 to 1.")
@click.option("--clear", is_flag=True, help="Take back what was said of it.")
@json_option
@with_app
def correct_command(
    app: App,
    track: str,
    name: str,
    valence: float | None,
    arousal: float | None,
    *,
    clear: bool,
    as_json: bool,
) -> None:
    """Say what the emotion of TRACK is, an id or a title; what is not given stays as it was said."""
    if clear == (valence is not None or arousal is not None):
        raise click.UsageError("Give --valence, --arousal or both; or --clear alone.")
    with app.database.session() as db_session:
        user = find_user(db_session, name)
        found = find_track(db_session, user.id, track)
        if not clear:
            before = own_emotion(db_session, user.id, found.id) or (None, None)
            valence = before[0] if valence is None else valence
            arousal = before[1] if arousal is None else arousal
        changed = correct_emotion(db_session, user.id, found.id, valence=valence, arousal=arousal)
        title = found.title or found.id
    said = {"valence": valence, "arousal": arousal}
    if as_json:
        facts = {"user": name, "track_id": found.id, "title": title, **said, "changed": changed}
        click.echo(json.dumps(facts, ensure_ascii=False))
    elif not changed:
        click.echo(f"Nothing changed: what {name} says of {title} was so already.")
    elif clear:
        click.echo(f"What {name} said of {title} is taken back.")
    else:
        words = ", ".join(f"{axis} {value:+.2f}" for axis, value in said.items() if value is not None)
        click.echo(f"{name} says of {title}: {words}.")


def _print(title: str, sound: Sound) -> None:
    click.echo(f"{title}: {', '.join(sound.words) or 'nothing certain'}")
    if not sound.is_music:
        click.echo("   no music: kept out of tastes and lists")
    click.echo(
        f"   {sound.tempo_bpm:.0f} bpm ({_sure(sound.tempo_confidence)}), "
        f"{sound.key} ({_sure(sound.key_clarity)}), {sound.onset_rate:.1f} notes a second"
    )
    click.echo(
        f"   {sound.loudness_lufs:.1f} LUFS, range {sound.loudness_range_lu:.1f} LU, "
        f"brightness {sound.brightness_hz:.0f} Hz"
    )
    click.echo(
        f"   beat {sound.beat_strength:.0%}, percussion {sound.percussive_share:.0%}, "
        f"roughness {sound.roughness:.0%}, somebody sings {sound.voice:.0%}"
    )
    _print_emotion(sound.emotion)
    for warned in sound.warnings:
        click.echo(f"   {warned.sentence}")
    click.echo(f"   heard by {sound.encoder}")


def _print_emotion(emotion: HeardEmotion) -> None:
    click.echo(
        f"   valence {emotion.valence:+.2f} (give or take {emotion.valence_uncertainty:.2f}), "
        f"arousal {emotion.arousal:+.2f} (give or take {emotion.arousal_uncertainty:.2f})"
    )
    if emotion.own is not None:
        estimated = emotion.estimated
        click.echo(
            f"   by their own word; estimated: valence {estimated.valence:+.2f}, arousal {estimated.arousal:+.2f}"
        )


def _sure(confidence: float) -> str:
    if confidence < _BARELY:
        return "unsure"
    return "fairly sure" if confidence < _CLEARLY else "sure"
