"""The service as it runs, asked everything that its own OpenAPI document allows, and much that it does not."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from apiflask import APIFlask

from tests.service.access_house import House
from tests.service.api.served import furnished_house, served


class Served(NamedTuple):
    house: House
    url: str
    folder: Path


@pytest.fixture
def service(web_app: APIFlask, tmp_path: Path) -> Iterator[Served]:
    house = furnished_house(web_app, tmp_path / "music")
    with served(web_app) as url:
        yield Served(house, url, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "phases", "examples"),
    [("ada", "examples,fuzzing,stateful", 4), ("rosa", "examples,coverage", 4)],
    ids=["a listener", "the owner"],
)
def test_the_service_is_what_its_document_says(service: Served, who: str, phases: str, examples: int) -> None:
    settings = service.folder / "schemathesis.toml"
    settings.write_text(_ids_to_use(service.house.ids))

    run = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            "--config-file",
            settings,
            "run",
            f"{service.url}/openapi.json",
            f"--header=Authorization: Bearer {service.house.secrets[who]}",
            f"--phases={phases}",
            f"--max-examples={examples}",
            "--generation-deterministic",
            "--no-shrink",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        cwd=service.folder,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-6_000:] + run.stderr[-2_000:]
    assert "Tested: " in run.stdout


def _ids_to_use(ids: dict[str, str]) -> str:
    """Of the ids in paths most are those of something that is there."""
    names = sorted(name for name in ids if name.endswith("_id") and name not in ("held_id", "user_id"))
    values = {name: [ids[name]] for name in names}
    values["composition_id"].append(ids["held_id"])
    dictionaries = [f"[dictionaries.{name}]\nvalues = {values[name]}" for name in names]
    bindings = [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.8 }}' for name in names]
    return "\n".join([*dictionaries, "[parameters]", *bindings, _NO_SCHEMA_TELLS, ""])


# What a file must hold, which time it is, how time zones are called and what somebody's password is, no schema can say:
# refusing them is right.
_NO_SCHEMA_TELLS = """
[[operations]]
include-path-regex = "^/(imports|listens$)"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "5xx"]

[[operations]]
include-path-regex = "^/me/password"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "429", "5xx"]
"""
