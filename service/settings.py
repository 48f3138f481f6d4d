"""All that is configured. The only reader of the environment."""

import os
import sys
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from service.errors import InvalidRequest


def _free_cpus() -> int:
    """CPUs this process may really run on, which a container or taskset may have made fewer than the machine's."""
    return len(os.sched_getaffinity(0))


class Settings(BaseSettings):
    """Read from ``HOMESPUN_*``; arguments win over the environment."""

    model_config = SettingsConfigDict(
        env_prefix="HOMESPUN_", env_ignore_empty=True, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("homespun"))
    # Kept out of repr because a PostgreSQL URL may carry a password.
    database_url: str | None = Field(default=None, repr=False)
    # Beside the installation rather than in the data folder: shared by all of them, and found without a HOME.
    models_dir: Path = Path(sys.prefix) / "share" / "homespun" / "models"
    # Weights that somebody trained themselves; None: those that Homespun brings along.
    composer_dir: Path | None = None
    # Further encoders, each with vectors and an index of its own. CLAP's weights are a local Hugging Face folder.
    clap_dir: Path | None = None
    vibenet: bool = False
    threads: int = Field(default_factory=_free_cpus, ge=1, le=1024)
    postgres_bin_dir: Path | None = None
    migrate_without_snapshot: bool = False

    host: str = "127.0.0.1"
    # None: the first free port from 8420.
    port: int | None = Field(default=None, ge=1, le=65_535)
    # What listeners type, with the path below which everything is served: https://music.example/homespun
    public_url: str | None = None
    # How many reverse proxies stand in front and may be believed about addresses.
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    web_processes: int = Field(default_factory=lambda: min(2, _free_cpus()), ge=1, le=64)
    # Each stream and each watched job holds one.
    web_threads: int = Field(default=48, ge=4, le=1024)
    # Requests are told of at info.
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    session_days: int = Field(default=30, ge=1, le=400)

    review_policy: Literal["flagged", "all", "none"] = "flagged"
    # How many pieces a listener may ask for in a day; a standing order takes no part of it.
    daily_compositions: int = Field(default=40, ge=0, le=10_000)
    # What standing orders make, and how long it is kept unheard.
    composed_seconds: float = Field(default=90.0, ge=10.0, le=600.0)
    keep_unheard_days: int = Field(default=60, ge=1, le=10_000)
    # Composing for standing orders stops at this size, and the oldest unheard pieces go first.
    composed_megabytes: int = Field(default=4_000, ge=10)
    transcodes_megabytes: int = Field(default=1_000, ge=10)
    # The largest history file that is taken.
    import_megabytes: int = Field(default=500, ge=1, le=10_000)
    # 0: no backups are made by themselves.
    backup_hours: int = Field(default=24, ge=0, le=10_000)
    kept_backups: int = Field(default=7, ge=1, le=1_000)

    @field_validator("data_dir", "models_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        if path.parts[:1] == ("~",):
            path = path.expanduser()
        return path.absolute()

    @field_validator("clap_dir")
    @classmethod
    def _absolute_if_given(cls, path: Path | None) -> Path | None:
        return None if path is None else cls._absolute(path)

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("a public URL looks like https://music.example or https://example.org/music")
        return url.rstrip("/")

    @property
    def url_path(self) -> str:
        """The path below which everything is served: "" or like "/music"."""
        return urlsplit(self.public_url).path if self.public_url else ""

    @property
    def is_https(self) -> bool:
        """Whether listeners reach the service by https."""
        return self.public_url is not None and self.public_url.startswith("https:")

    @property
    def media_dir(self) -> Path:
        """Audio, notes and covers of what was composed."""
        return self.data_dir / "media"

    @property
    def index_dir(self) -> Path:
        """Search indexes: caches that can be rebuilt from rows."""
        return self.data_dir / "index"

    @property
    def learnt_dir(self) -> Path:
        """What was learnt from this house's plays: files that the next training can make again."""
        return self.data_dir / "learnt"

    @property
    def further_encoders(self) -> tuple[str, ...]:
        """Names of the encoders that listen beside the one in use."""
        return (("clap",) if self.clap_dir else ()) + (("vibenet",) if self.vibenet else ())

    @property
    def snapshots_dir(self) -> Path:
        """Copies of the store, taken before migrations."""
        return self.data_dir / "snapshots"

    @property
    def cache_dir(self) -> Path:
        """Transcodes, covers in small and waveforms: made again when they are asked for."""
        return self.data_dir / "cache"

    @property
    def backups_dir(self) -> Path:
        """Copies of the store, made on a schedule or by hand."""
        return self.data_dir / "backups"

    @property
    def uploads_dir(self) -> Path:
        """History files that wait to be read in, each under its import's id."""
        return self.data_dir / "uploads"

    @property
    def scratch_dir(self) -> Path:
        """Files that may be deleted whenever nothing runs."""
        return self.data_dir / "scratch"

    @property
    def database_file(self) -> Path:
        """Where the SQLite store lies when no ``database_url`` is given."""
        return self.data_dir / "homespun.sqlite3"

    @property
    def sqlalchemy_url(self) -> URL:
        """The store's URL; plain ``postgresql://`` is read with psycopg 3.

        Raises InvalidRequest when ``database_url`` is no URL of SQLite or PostgreSQL.
        """
        if self.database_url is None:
            return URL.create("sqlite", database=str(self.database_file))
        try:
            url = make_url(self.database_url)
        except ArgumentError as error:
            raise InvalidRequest(
                "HOMESPUN_DATABASE_URL is not a database URL.", code="bad_database_url"
            ) from error
        if url.drivername in ("postgres", "postgresql"):
            return url.set(drivername="postgresql+psycopg")
        if url.drivername == "postgresql+psycopg" or (url.drivername == "sqlite" and url.database):
            return url
        raise InvalidRequest(
            "HOMESPUN_DATABASE_URL must name an SQLite file or a PostgreSQL database.",
            code="bad_database_url",
        )


def load_settings(**overrides: object) -> Settings:
    """The settings, with overrides that are not None winning over the environment.

    Raises InvalidRequest naming the first setting that cannot be used.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks the values themselves
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InvalidRequest(
            f"The setting {name} cannot be used: {first['msg']}.", code="bad_setting"
        ) from error
    except RuntimeError as error:
        # Path.expanduser and platformdirs raise this for an account without a home directory.
        raise InvalidRequest(
            "This account has no home directory; name a data folder with --data-dir or HOMESPUN_DATA_DIR.",
            code="no_home",
        ) from error


# For the process that a service manager or a web server started, not for those that this one starts.
_NOT_HANDED_ON = ("NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "SCRIPT_NAME")


def environment_for(settings: Settings) -> dict[str, str]:
    """The environment of a process that is to work with these settings: it reads them by `load_settings`.

    The rest is this process's own environment. It is private to the account: a database's URL may hold a password.
    """
    handed_on = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("HOMESPUN_") and name not in _NOT_HANDED_ON
    }
    values = settings.model_dump(exclude_none=True)
    return handed_on | {f"HOMESPUN_{name.upper()}": str(value) for name, value in values.items()}
