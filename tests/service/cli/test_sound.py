import json
from typing import Any

import numpy as np
import pytest

from service.cli import main
from service.settings import Settings
from service.store.database import open_database
from tests.service.small_library import add_listener, add_sounding_tracks


class House:
    """ada's store with one piano track, and the command on it."""

    def __init__(self, settings: Settings, track_id: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.data_dir, self.track_id, self._capsys = settings.data_dir, track_id, capsys

    def run(self, *arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--data-dir", str(self.data_dir), "sound", *arguments])
        return int(ended.value.code or 0), self._capsys.readouterr().out

    def json(self, *arguments: str) -> Any:
        code, out = self.run(*arguments, "--json")
        assert code == 0
        return json.loads(out)


@pytest.fixture
def house(web_settings: Settings, rng: np.random.Generator, capsys: pytest.CaptureFixture[str]) -> House:
    database = open_database(web_settings)
    add_listener(database, "ada")
    with database.session() as db_session:
        track_id = add_sounding_tracks(db_session, "piano", 1, rng)[0].id
    database.close()
    return House(web_settings, track_id, capsys)


def test_what_was_heard_is_shown_and_its_emotion_corrected(house: House) -> None:
    before = house.json("show", house.track_id)
    assert (before["key"], before["words"], before["emotion"]["own"]) == ("C major", ["piano"], None)
    assert house.json("correct", "piano 0", "--user", "ada", "--valence", "0.5")["changed"]
    assert house.json("correct", "piano 0", "--user", "ada", "--arousal", "0.7")["valence"] == 0.5
    corrected = house.json("show", "piano 0", "--user", "ada")["emotion"]
    assert (corrected["valence"], corrected["arousal"], corrected["estimated"]["arousal"]) == (0.5, 0.7, -0.6)
    assert house.json("correct", house.track_id, "--user", "ada", "--clear")["changed"]
    assert house.json("show", house.track_id, "--user", "ada") == before


def test_the_command_speaks_plainly(house: House) -> None:
    said = house.run("correct", "piano 0", "--user", "ada", "--arousal", "0.7")
    assert said == (0, "ada says of piano 0: arousal +0.70.\n")
    assert "Nothing changed" in house.run("correct", "piano 0", "--user", "ada", "--arousal", "0.7")[1]
    code, shown = house.run("show", "piano 0", "--user", "ada")
    assert code == 0
    assert shown.startswith("piano 0: piano\n   100 bpm (sure), C major (sure)")
    assert "arousal +0.70 (give or take 0.00)" in shown
    assert "by their own word; estimated: valence +0.20, arousal -0.60" in shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "no such id"), "unknown_track"),
        (("show", "piano 0", "--user", "nobody"), "no_such_listener"),
        (("correct", "no such title", "--user", "ada", "--clear"), "unknown_track"),
        (("correct", "piano 0", "--user", "ada", "--valence", "nan"), "emotion_out_of_range"),
        (("correct", "piano 0", "--user", "ada", "--arousal", "-1.5"), "emotion_out_of_range"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_stable_code(
    arguments: tuple[str, ...], code: str, house: House
) -> None:
    status, out = house.run(*arguments, "--json")
    assert (status, json.loads(out)["error"]["code"]) == (1, code)


@pytest.mark.parametrize("wishes", [[], ["--clear", "--valence", "0.5"]])
def test_a_correction_says_something_or_takes_it_back(wishes: list[str], house: House) -> None:
    assert house.run("correct", "piano 0", "--user", "ada", *wishes)[0] == 2
