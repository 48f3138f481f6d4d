"""What holds for the project as a whole."""

import ast
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import pytest_socket

from service.settings import Settings

ROOT = Path(__file__).parent.parent
PACKAGES = ("service", "recommender", "generator", "migrations")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Libraries that take seconds or hundreds of megabytes to import, and where importing them is the point.
HEAVY = {"torch", "diffusers", "transformers", "sklearn", "faiss", "implicit", "music21"}
HEAVY_ROOMS = (
    "recommender/",
    "generator/",
    "service/bench/",
    "service/jobs/",
    "service/demo/",
    "service/library/",
    "service/radio/",
)


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imported_at_the_top(path: Path) -> set[str]:
    """First parts of the modules a file imports when it is itself imported."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def modules_loaded_by(statement: str) -> set[str]:
    """First parts of all modules in a fresh interpreter after the statement."""
    answer = subprocess.run(
        [sys.executable, "-c", f"import sys\n{statement}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return {name.split(".")[0] for name in answer.stdout.split()}


def test_the_command_homespun_is_installed_and_answers() -> None:
    assert PYPROJECT["project"]["scripts"] == {"homespun": "service.cli:main"}
    answer = subprocess.run(
        [Path(sys.executable).parent / "homespun", "--help"], capture_output=True, text=True, check=True
    )
    for command in ("scan", "compose", "recommend", "demo"):
        assert command in answer.stdout


def test_help_answers_without_a_heavy_library() -> None:
    assert not HEAVY & modules_loaded_by("import service.cli")


def test_the_rooms_below_the_jobs_load_no_network_library() -> None:
    loaded = modules_loaded_by("import service.store, service.settings, service.audio, service.errors")
    assert not HEAVY & loaded


def test_neither_the_web_server_nor_its_supervisor_loads_a_network_library(tmp_path: Path) -> None:
    # The index is searched where requests are answered.
    heavy = HEAVY - {"faiss"}
    web = (
        "from pathlib import Path\n"
        "from service.settings import load_settings\n"
        "from service.store.database import open_database\n"
        "from service.serving.web_server import create_web_app\n"
        f"settings = load_settings(data_dir=Path({str(tmp_path)!r}))\n"
        "create_web_app(settings, open_database(settings))"
    )
    assert not heavy & modules_loaded_by(web)
    supervisor = "import service.serving.supervisor, service.demo.following, service.demo.sign_in"
    assert not heavy & modules_loaded_by(supervisor)


def test_heavy_libraries_are_imported_only_where_the_work_is_done() -> None:
    strays = {
        str(path.relative_to(ROOT)): sorted(HEAVY & imported_at_the_top(path))
        for path in sources()
        if HEAVY & imported_at_the_top(path) and not str(path.relative_to(ROOT)).startswith(HEAVY_ROOMS)
    }
    assert not strays


# What can send something to another machine, and the files that may import it; the rest is held by import-linter.
SENDING = {"urllib.request", "http.client", "socket", "asyncio", "requests", "httpx", "urllib3", "aiohttp"}
MAY_SEND = {
    "service/egress/opening.py": "the only way out",
    "service/serving/listening_socket.py": "where the service listens",
    "service/serving/supervisor.py": "whether the service's own port answers",
    "service/bench/server_process.py": "the same, of a server that is measured",
    "service/bench/load_client.py": "asks the server that is measured",
}


def test_nothing_but_the_way_out_can_send_to_other_machines() -> None:
    found = {
        str(path.relative_to(ROOT)): sorted(SENDING & imported_anywhere(path))
        for path in sources()
        if SENDING & imported_anywhere(path)
    }
    assert found.keys() == MAY_SEND.keys()


def imported_anywhere(path: Path) -> set[str]:
    """Modules that a file names in its imports, wherever they stand, each with the packages it lies in."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {".".join(name.split(".")[:parts]) for name in found for parts in range(1, name.count(".") + 2)}


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_the_suite_itself_cannot_reach_beyond_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
    with pytest.raises(pytest_socket.SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=5)


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [
        f"HOMESPUN_{name.upper()}"
        for name in Settings.model_fields
        if f"`HOMESPUN_{name.upper()}`" not in readme
    ]
    assert not missing


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {name.lower() for name in re.findall(r"`HOMESPUN_([A-Z_]+)`", readme)}
    assert named <= set(Settings.model_fields)


def test_every_make_target_that_the_guides_name_exists() -> None:
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    for guide in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"`make ([a-z-]+)", (ROOT / guide).read_text(encoding="utf-8")))
        assert named <= targets, guide


def test_constraints_pin_names_and_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert "torch==2.13.0" in lines
    assert not [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line)]


def test_every_dependency_that_make_installs_is_pinned() -> None:
    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    pinned = {plain(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    extras = PYPROJECT["project"]["optional-dependencies"]
    wanted = [*PYPROJECT["project"]["dependencies"], *extras["demo"], *extras["postgres"], *extras["dev"]]
    names = {plain(re.split(r"[<>=!~\[ ;]", line)[0]) for line in wanted}
    assert not names - pinned


@pytest.mark.parametrize("path", ["service", "recommender", "generator"])
def test_tests_mirror_the_source_tree(path: str) -> None:
    """tests/service/store/test_x.py stands for something in service/store/."""
    for test in (ROOT / "tests" / path).rglob("test_*.py"):
        room = ROOT / test.parent.relative_to(ROOT / "tests")
        assert room.is_dir(), f"{test.relative_to(ROOT)} mirrors no folder"


def test_no_file_is_called_after_nothing() -> None:
    empty_names = {"utils", "util", "helpers", "helper", "common", "misc", "core", "manager"}
    assert not [
        str(path) for path in sources() if path.stem in empty_names or path.parent.name in empty_names
    ]


def test_every_silenced_rule_gives_its_reason() -> None:
    bare = re.compile(
        r"#\s*(noqa:\s*[A-Z0-9, ]+|type:\s*ignore\[[a-z-, ]+\]|nosec)\s*$|#\s*noqa\s*$|#\s*type:\s*ignore\s*$"
    )
    files = [*sources(), *sorted((ROOT / "tests").rglob("*.py"))]
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if bare.search(line)
    ]
    assert not silent


def test_the_wheel_takes_every_file_that_is_no_python() -> None:
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]["*"]
    left_behind = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and path.suffix not in {".py", ".pyc"}
        # what the pages' bundle is made from; the bundle itself goes along
        and "frontend" not in path.relative_to(ROOT).parts
        and not any(path.match(pattern) for pattern in patterns)
    ]
    assert not left_behind
