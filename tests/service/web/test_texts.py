import json
import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from apiflask import APIFlask

from scripts.texts import CATALOGUE, ROOMS, ROOT, SCRIPTS_FOLDER, catalogue, in_script, patterns, script_texts
from service.http.texts import LOCALE_FOLDER, SCRIPTS, SENTENCES, said
from service.listening.moods_over_time import MOODS
from service.web.taste_facts import MOOD_WORDS
from tests.browsers import open_browser
from tests.service.api.served import served
from tests.service.clients import browser_of
from tests.service.two_tastes import house_of_two_tastes

# Units, entities and the names of keys are the same in every language.
SAME_EVERYWHERE = {"Homespun", "larr", "rarr", "uarr", "darr", "hellip", "Alt", "bpm", "kbit"}


def _mo_file(entries: dict[str, str]) -> bytes:
    """A catalogue as `msgfmt` writes it: two tables of lengths and offsets, then the texts."""
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items())
    tables, content = [], b""
    begin = 28 + 16 * len(pairs)
    for side in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[side]), begin + len(content)))
            content += pair[side] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + b"".join(tables) + content


@pytest.fixture
def german(web_app: APIFlask, tmp_path: Path) -> APIFlask:
    """The application with a small German catalogue."""
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    entries = {
        "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n",
        "Library": "Bücherei & Musik",
        "“%(name)s” is not offered any more.": "„%(name)s“ kommt nicht mehr.",
        "There is already a listener called %(name)s.": "%(name)s wohnt hier schon.",
        "Name or password is wrong.": "Name oder Passwort stimmt nicht.",
        "New to you: %(near_words)s.": "Dir neu: %(near_words)s.",
        "it is near %(anchor)s in %(where_words)s": "es liegt nahe bei %(anchor)s, %(where_words)s",
        "what you play": "was du spielst",
        "You are back.": "Du bist zurück.",
        "%(count)s track comes after this.\0%(count)s tracks come after this.": "%(count)s Stück folgt.\0%(count)s Stücke folgen.",
    }
    (folder / "messages.mo").write_bytes(_mo_file(entries))
    web_app.config[LOCALE_FOLDER] = tmp_path
    return web_app


def test_the_catalogue_holds_what_the_pages_say() -> None:
    assert CATALOGUE.read_text(encoding="utf-8") == catalogue(), "run `make texts`"


def test_the_catalogue_has_each_text_once() -> None:
    found = re.findall(r"^msgid (.+)$", catalogue(), flags=re.MULTILINE)
    assert len(found) == len(set(found)) > 100
    assert '"Take all of it back"' in found
    assert '"much less"' in found
    assert MOOD_WORDS == MOODS


def test_every_text_between_two_tags_and_for_the_ear_is_marked() -> None:
    unmarked = []
    for room in ROOMS:
        for path in sorted((ROOT / room / "templates").rglob("*.html")):
            said = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "|", path.read_text("utf-8"), flags=re.DOTALL)
            plain = re.sub(r"<[^>]*>", "|", said)
            heard = re.findall(r'[^:](?:aria-label|title|alt)="([^"]*)"', said)
            words = re.findall(r"[A-Za-z]{3,}", " ".join([plain, *heard]))
            unmarked += [f"{path.name}: {word}" for word in words if word not in SAME_EVERYWHERE]
    assert unmarked == []


def test_a_page_is_said_in_the_language_that_the_browser_asks_for(german: APIFlask) -> None:
    browser = browser_of(german, "ada")
    page = browser.get("/library", headers={"Accept-Language": "de-CH, de;q=0.9, en;q=0.5"}).text
    assert '<html lang="de">' in page
    assert "Bücherei &amp; Musik" in page or "Bücherei & Musik" in page
    # What the catalogue does not know is said in English.
    assert "Nothing here yet" in page

    for asked in ("en", "fr", "", "*"):
        page = browser.get("/library", headers={"Accept-Language": asked}).text
        assert '<h1 class="page-title">Library</h1>' in page


def test_a_note_is_said_in_that_language_too(german: APIFlask) -> None:
    browser = browser_of(german, "ada")
    asking = {"Accept-Language": "de"}
    told = {"scope": "artist", "name": "100 % <b>Noise</b> %s"}
    assert browser.post("/taste/mutes", data=told, headers=asking).status_code == 303
    assert (
        "„100 % &lt;b&gt;Noise&lt;/b&gt; %s“ kommt nicht mehr." in browser.get("/taste", headers=asking).text
    )


def test_an_error_is_said_in_that_language_with_what_stood_in_it(german: APIFlask) -> None:
    owner = browser_of(german, "ada", owner=True)
    asking = {"Accept-Language": "de"}
    owner.post("/admin/listeners", data={"name": "Library"}, headers=asking)
    answer = owner.post("/admin/listeners", data={"name": "Library"}, headers=asking, follow_redirects=True)
    # A name is no text of ours, whatever it looks like.
    assert "Library wohnt hier schon." in answer.text
    # What is kept in a cookie stays English until it is shown.
    assert (
        "wohnt hier"
        not in owner.post("/admin/listeners", data={"name": "Library"}, follow_redirects=True).text
    )


def test_a_refusal_of_the_interface_is_said_in_that_language_and_its_code_stays(german: APIFlask) -> None:
    told = {"name": "nobody", "password": "wrong"}
    client = german.test_client()
    answer = client.post("/api/v1/sessions", json=told, headers={"Accept-Language": "de"}).json
    assert (answer["detail"], answer["code"]) == ("Name oder Passwort stimmt nicht.", "wrong_password")
    assert client.post("/api/v1/sessions", json=told).json["detail"] == "Name or password is wrong."


def test_a_reason_is_said_part_by_part(german: APIFlask) -> None:
    with german.test_request_context(headers={"Accept-Language": "de"}):
        assert (
            said("New to you: it is near “What you play” by Ada in what you play.")
            == "Dir neu: es liegt nahe bei “What you play” by Ada, was du spielst."
        )
        assert said("Nobody knows this.") == "Nobody knows this."
    with german.test_request_context(headers={"Accept-Language": "en"}):
        assert said("Name or password is wrong.") == "Name or password is wrong."


def test_reasons_and_errors_are_among_the_patterns() -> None:
    listed = json.loads(SENTENCES.read_text(encoding="utf-8"))
    assert listed == patterns(), "run `make texts`"
    assert "You have played it %(times_words)s: %(near_words)s." in listed
    assert "There is already a listener called %(name)s." in listed
    for text in listed:
        assert text % {name: "x" for name in re.findall(r"%\((\w+)\)s", text)}


def test_all_that_scripts_say_is_written_where_it_is_said() -> None:
    listed = [tuple(each) for each in json.loads(SCRIPTS.read_text(encoding="utf-8"))]
    assert listed == script_texts(), "run `make texts`"
    for path in SCRIPTS_FOLDER.rglob("*.js"):
        if path.name != "texts.js":
            source = path.read_text(encoding="utf-8")
            assert len(list(in_script(source))) == len(re.findall(r"\bsay(?:Many)?\(", source)), path.name


def test_scripts_are_told_their_texts_where_the_page_is_not_english(german: APIFlask) -> None:
    browser = browser_of(german, "ada")
    found = re.search(
        r'<script type="application/json" id="script-texts">(.+?)</script>',
        browser.get("/library", headers={"Accept-Language": "de"}).text,
    )
    assert found is not None
    told = json.loads(found[1])
    assert told["texts"]["You are back."] == ["Du bist zurück."]
    assert told["texts"]["%(count)s track comes after this."] == [
        "%(count)s Stück folgt.",
        "%(count)s Stücke folgen.",
    ]
    assert told["forms"][:4] == [1, 0, 1, 1]
    assert "script-texts" not in browser.get("/library", headers={"Accept-Language": "en"}).text


@pytest.mark.slow
def test_a_script_says_it_in_that_language(
    german: APIFlask, require: Callable[[str], None], rng: np.random.Generator
) -> None:
    require("browser")
    secret = house_of_two_tastes(german, rng)
    with served(german) as api, open_browser() as browser:
        address = api.removesuffix("/api/v1")
        context = browser.new_context(locale="de")
        context.add_cookies([{"name": "homespun_session", "value": secret, "url": address}])
        page = context.new_page()
        page.goto(address)
        plays = page.locator("#list [data-play]")
        plays.first.click()
        page.get_by_role("button", name="Queue", exact=True).click()
        page.get_by_text(f"{plays.count() - 1} Stücke folgen.").wait_for()
        page.locator(".queue-row [data-part=jump]").nth(plays.count() - 2).click()
        page.get_by_text("1 Stück folgt.").wait_for()
        # Said by the browser itself, it would not be told on a machine that has loopback only.
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.locator(".toast", has_text="Du bist zurück.").wait_for(state="attached")
        context.close()
