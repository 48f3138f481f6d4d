"""The demo's own data folder: never one that holds anything else."""

from pathlib import Path

import platformdirs
from sqlalchemy import URL

from service.errors import Conflict
from service.settings import Settings, load_settings
from service.store.media import write_atomically

COMPOSED_SECONDS = 45.0
"""How long the demo's pieces are, so that the first is soon done."""

MARKER = "made-by-homespun-demo.txt"
_SENTENCE = "This folder was made by `homespun demo` and holds nothing else; it may be deleted at any time.\n"


def claim_demo_folder(data_dir: Path | None) -> Settings:
    """Return settings for the demo in `data_dir`, by default ``homespun-demo`` beside the real data folder.

    HOMESPUN_DATA_DIR and HOMESPUN_DATABASE_URL name real data and are passed over. Raises Conflict
    (``not_a_demo_folder``) where the folder holds anything that no demo put there, and what `load_settings` raises.
    """
    data_dir = load_settings(data_dir=data_dir or platformdirs.user_data_path("homespun-demo")).data_dir
    if not (data_dir / MARKER).exists():
        _refuse_foreign(data_dir)
        write_atomically(data_dir / MARKER, _SENTENCE.encode())
    url = URL.create("sqlite", database=str(data_dir / "homespun.sqlite3"))
    return load_settings(
        data_dir=data_dir,
        database_url=url.render_as_string(hide_password=False),
        composed_seconds=COMPOSED_SECONDS,
    )


def package_folder(settings: Settings) -> Path:
    """Where the package's tracks are laid out."""
    return music_folder(settings) / "immich-memories"


def scores_folder(settings: Settings) -> Path:
    """Where the rendered scores go."""
    return music_folder(settings) / "scores"


def music_folder(settings: Settings) -> Path:
    """The folder that the demo scans."""
    return settings.data_dir / "demo" / "music"


def histories_folder(settings: Settings) -> Path:
    """Where the listeners' history files lie."""
    return settings.data_dir / "demo" / "histories"


def passwords_file(settings: Settings) -> Path:
    """Where the listeners' passwords are kept."""
    return settings.data_dir / "demo" / "passwords.json"


def _refuse_foreign(data_dir: Path) -> None:
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise Conflict(
            f"{data_dir} holds something that is not the demo's; choose an empty folder with --data-dir.",
            code="not_a_demo_folder",
        )
