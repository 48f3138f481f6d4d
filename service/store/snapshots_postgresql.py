"""Snapshots of a PostgreSQL store, by PostgreSQL's own tools."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text

from service.errors import NotPrepared, StorageFull
from service.settings import Settings

_COPY = re.compile(rb"^COPY (?:\w+\.)?\"?(\w+)\"? .*FROM stdin;$")


def stop_writers(connection: Connection) -> None:
    """Let nobody but this transaction write to any table until it ends; reading goes on."""
    quote = connection.dialect.identifier_preparer.quote
    tables = ", ".join(quote(name) for name in sorted(inspect(connection).get_table_names()))
    connection.execute(text(f"LOCK TABLE {tables} IN SHARE MODE"))


def dump_postgresql(connection: Connection, dump_file: Path, settings: Settings) -> dict[str, int]:
    """Dump what this connection's transaction sees; gives the row counts read back out of the dump, by table.

    Raises NotPrepared when pg_dump or pg_restore is missing or fails, StorageFull.
    """
    pg_dump = _tool("pg_dump", settings)
    snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
    dump_file.touch(mode=0o600)
    with tempfile.TemporaryDirectory(dir=settings.scratch_dir) as folder:
        where = _connection_string(connection.engine.url, Path(folder) / "passfile")
        _run(
            [pg_dump, f"--dbname={where}", f"--snapshot={snapshot}", "--format=custom", f"--file={dump_file}"]
        )
    return count_dumped_rows(dump_file, settings)


def count_dumped_rows(dump_file: Path, settings: Settings) -> dict[str, int]:
    """The row counts read out of a dump, by table. Raises NotPrepared when pg_restore is missing or fails, StorageFull."""
    pg_restore = _tool("pg_restore", settings)
    with tempfile.TemporaryDirectory(dir=settings.scratch_dir) as folder:
        contents = Path(folder) / "contents.sql"
        _run([pg_restore, "--data-only", f"--file={contents}", str(dump_file)])
        return _count_rows(contents)


def _tool(name: str, settings: Settings) -> str:
    found = shutil.which(
        name, path=None if settings.postgres_bin_dir is None else str(settings.postgres_bin_dir)
    )
    if found is None:
        raise NotPrepared(
            f"The store must be upgraded, and the snapshot before that needs {name}: install PostgreSQL's client "
            "tools or name their folder in HOMESPUN_POSTGRES_BIN_DIR; if you keep backups of your own, set "
            "HOMESPUN_MIGRATE_WITHOUT_SNAPSHOT=1.",
            code="snapshot_tools_missing",
        )
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode == 0:
        return
    said = done.stderr.decode("utf-8", "replace").strip()
    if "No space left on device" in said:
        raise StorageFull("The disk is full; the snapshot before the upgrade could not be taken.")
    last_line = said.splitlines()[-1] if said else f"exit status {done.returncode}"
    raise NotPrepared(f"The snapshot before the upgrade failed: {last_line}", code="snapshot_failed")


def _connection_string(url: URL, passfile: Path) -> str:
    """The database in libpq's words, the password in a file: a command line can be read by everybody."""
    # \ and ' are libpq's escapes inside quotes; : and \ those of a password file.
    words = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database, **url.query}
    if url.password:
        passfile.touch(mode=0o600)
        escaped = str(url.password).replace("\\", "\\\\").replace(":", "\\:")
        passfile.write_text(f"*:*:*:*:{escaped}\n")
        words["passfile"] = str(passfile)
    quoted = (
        (word, str(value).replace("\\", "\\\\").replace("'", "\\'")) for word, value in words.items() if value
    )
    return " ".join(f"{word}='{value}'" for word, value in quoted)


def _count_rows(contents: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    table: str | None = None
    with contents.open("rb") as lines:
        for line in lines:
            if table is not None:
                if line == b"\\.\n":
                    table = None
                else:
                    counts[table] += 1
            elif found := _COPY.match(line.rstrip(b"\n")):
                table = found.group(1).decode()
                counts[table] = 0
    return dict(sorted(counts.items()))
