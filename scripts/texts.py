"""Gathers what the pages say into service/web/locale/messages.pot, for translators.

Texts are found in templates, in scripts, and in Python where they are marked, in what errors say and in what jobs report. The
patterns of whole sentences, and what scripts say, are written beside service/http/texts.py, which looks them up.

.venv/bin/python -m scripts.texts
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from service import errors
from service.http.texts import SCRIPTS, SENTENCES

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "service" / "web" / "locale" / "messages.pot"
ROOMS = ("service/web", "service/admin")
SCRIPTS_FOLDER = ROOT / "service" / "web" / "frontend" / "src"
# What they say is for whoever types commands, or for nobody.
_NOT_ON_PAGES = {"cli", "bench", "demo", "serving", "worker", "node_modules"}
# By the name of what is called, which of its arguments is the text.
_CALLS = {"marked": 0, "translated": 0, "report": 1} | {
    name: 0
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.HomespunError)
}
_SAY = re.compile(r'\bsay(Many)?\(\s*("(?:[^"\\]|\\.)*")(?:,\s*("(?:[^"\\]|\\.)*"))?')
_FEWEST_LETTERS = 5
_PLACE = re.compile(r"%\(\w+\)s")
_HEADER = """# What Homespun's pages say. Written by `make texts`.
msgid ""
msgstr ""
"Project-Id-Version: Homespun\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


def catalogue() -> str:
    """The catalogue as it has to be: each text once, with the files it is said in, in the order of the texts."""
    places: dict[tuple[str, str | None], set[str]] = {}
    for place, message in _messages():
        places.setdefault(message, set()).add(place)
    return _HEADER + "".join(_entry(message, places[message]) for message in sorted(places, key=str))


def patterns() -> list[str]:
    """The texts with places of Python's, of which whole sentences are made."""
    found = {text for path in _python_files() for text in _in_python(path.read_text(encoding="utf-8"))}
    return sorted(text for text in found if _PLACE.search(text) and _says_something(text))


def _says_something(text: str) -> bool:
    """Whether it can be told by its own words: nearly anything is made of two values and a colon."""
    return sum(map(str.isalpha, _PLACE.sub("", text))) > _FEWEST_LETTERS


def script_texts() -> list[tuple[str, str | None]]:
    """What scripts say, each with its plural."""
    found = {text for path in _script_files() for text in in_script(path.read_text(encoding="utf-8"))}
    return sorted(found, key=str)


def in_script(source: str) -> Iterator[tuple[str, str | None]]:
    """The texts of a script, ``say("...")`` and ``sayMany("...", "...", count)``, each with its plural."""
    for is_many, one, many in _SAY.findall(source):
        yield json.loads(one), json.loads(many) if is_many else None


def _messages() -> Iterator[tuple[str, tuple[str, str | None]]]:
    for paths, read in (
        (_templates(), _in_template),
        (_python_files(), lambda source: ((text, None) for text in _in_python(source))),
        (_script_files(), in_script),
    ):
        for path in paths:
            for message in read(path.read_text(encoding="utf-8")):
                yield path.relative_to(ROOT).as_posix(), message


def _templates() -> list[Path]:
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.html"))]
    return [path for path in found if "node_modules" not in path.parts]


def _python_files() -> list[Path]:
    return [
        path
        for path in sorted((ROOT / "service").rglob("*.py"))
        if _NOT_ON_PAGES.isdisjoint(path.relative_to(ROOT).parts)
    ]


def _script_files() -> list[Path]:
    return sorted(SCRIPTS_FOLDER.rglob("*.js"))


def _in_template(source: str) -> Iterator[tuple[str, str | None]]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    extract = environment.extract_translations  # type: ignore[attr-defined]  # the extension's
    for _line, _function, message in extract(source):
        if isinstance(message, tuple):
            # A text with values in it has empty places behind it, one with a plural has that.
            one, many = (*(each for each in message if isinstance(each, str)), None)[:2]
            yield str(one), many
        elif message is not None:
            yield message, None


def _in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            for text in node.args[_CALLS[node.func.id] :][:1]:
                yield from _texts_of(text)


def _texts_of(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _texts_of(node.body)
        yield from _texts_of(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield _pattern(node)


def _pattern(node: ast.JoinedStr) -> str:
    """An f-string as a text with places, each of a name of its own."""
    names: list[str] = []
    said = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            said += str(part.value).replace("%", "%%")
        elif isinstance(part, ast.FormattedValue):
            name = _name_of(part.value)
            # What tells them apart goes before, for the name's end tells what it holds.
            names.append(name if name not in names else f"n{len(names) + 1}_{name}")
            said += f"%({names[-1]})s"
    return said


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id.lower().strip("_")
    if isinstance(node, ast.Attribute):
        return node.attr.lower().strip("_")
    return "value"


def _entry(message: tuple[str, str | None], places: set[str]) -> str:
    one, many = message
    lines = [f"#: {place}" for place in sorted(places)]
    if "%(" in one:
        lines.append("#, python-format")
    lines.append(f"msgid {_quoted(one)}")
    if many is None:
        lines.append('msgstr ""')
    else:
        lines += [f"msgid_plural {_quoted(many)}", 'msgstr[0] ""', 'msgstr[1] ""']
    return "\n" + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """As C writes a string, which JSON does too."""
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(catalogue(), encoding="utf-8")
    for path, listed in ((SENTENCES, patterns()), (SCRIPTS, script_texts())):
        path.write_text(json.dumps(listed, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
