"""All that is configured. The only reader of the environment."""

import os
import sys
from pathlib import Path

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
    threads: int = Field(default_factory=_free_cpus, ge=1, le=1024)
    postgres_bin_dir: Path | None = None
    migrate_without_snapshot: bool = False

    @field_validator("data_dir", "models_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        if path.parts[:1] == ("~",):
            path = path.expanduser()
        return path.absolute()

    @property
    def media_dir(self) -> Path:
        """Audio, notes and covers of what was composed."""
        return self.data_dir / "media"

    @property
    def index_dir(self) -> Path:
        """Search indexes: caches that can be rebuilt from rows."""
        return self.data_dir / "index"

    @property
    def snapshots_dir(self) -> Path:
        """Copies of the store, taken before migrations."""
        return self.data_dir / "snapshots"

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
