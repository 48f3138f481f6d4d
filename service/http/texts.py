"""What is said to people, in the language that a browser asks for where there is a catalogue of it; English otherwise.

Texts are written in English where they are said: ``_("...")`` in templates, ``translated`` and ``marked`` in Python, ``say``
in scripts, and the sentences of errors where they are raised. Sentences that come as a whole, from an error or from the store, are
known again by their pattern (`said`). ``make texts`` gathers all of them into ``locale/messages.pot`` below ``service/web``.
"""

import gettext
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, current_app, g, has_request_context, request

ENGLISH = "en"
LOCALE_FOLDER = "LOCALE_FOLDER"
"""The key of the application's configuration under which the folder of catalogues stands."""

SENTENCES = Path(__file__).with_name("sentences.json")
"""The patterns that are looked for in whole sentences, written by `make texts`."""

SCRIPTS = Path(__file__).with_name("scripts.json")
"""What scripts say: each text and its plural, or null, written by `make texts`."""

_DOMAIN = "messages"
_NOTHING = gettext.NullTranslations()
_PLACE = re.compile(r"%\((\w+)\)s")
# Values of these are sentences or parts of such themselves.
_WORDS = "words"
# From there on forms repeat by hundreds in every language's rule.
_COUNTS = 200


def translated(text: str, **values: str) -> str:
    """The text in the language of the request, with values in place of ``%(name)s``."""
    found = _catalogue().gettext(text)
    return found % values if values else found


def said(sentence: str) -> str:
    """A whole English sentence in the language of the request, or as it is where the catalogue does not know it.

    What stood in the places of its pattern is put into the translation; where a place's name ends in ``words`` it is said
    in that language, too.
    """
    return tongue().said(sentence)


class Tongue(NamedTuple):
    """A language, for what is said of a request after it: a stream goes on when its request is over."""

    code: str
    folder: Path | None

    def said(self, sentence: str) -> str:
        """As `said` says it."""
        if self.code == ENGLISH or self.folder is None or not sentence:
            return sentence
        return _said(self.folder, self.code, sentence)


def tongue() -> Tongue:
    """That of the request."""
    code = language()
    return Tongue(code, None if code == ENGLISH else current_app.config[LOCALE_FOLDER])


def language() -> str:
    """The code of the language in which the request is answered."""
    folder = current_app.config.get(LOCALE_FOLDER) if has_request_context() else None
    if folder is None:
        return ENGLISH
    if "language" not in g:
        known = _languages(folder)
        g.language = request.accept_languages.best_match([ENGLISH, *known]) or ENGLISH
    return str(g.language)


def script_texts() -> dict[str, Any] | None:
    """What scripts say: the texts' forms by their English, and which form stands for which count. None: it is English."""
    code = language()
    return None if code == ENGLISH else _script_texts(current_app.config[LOCALE_FOLDER], code)


def translate_templates(app: Flask, folder: Path) -> None:
    """Have ``_("...")`` and ``... | said`` in templates say it in the language of the request, by the catalogues in ``folder``."""
    app.config[LOCALE_FOLDER] = folder
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install: Any = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]  # the extension's
    install(
        lambda text: _catalogue().gettext(text),
        lambda one, many, count: _catalogue().ngettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.filters["said"] = said


@cache
def _languages(folder: Path) -> tuple[str, ...]:
    """The codes of those that there are catalogues of, which `msgfmt` made of a translator's file."""
    return tuple(sorted(path.parts[-3] for path in folder.glob(f"*/LC_MESSAGES/{_DOMAIN}.mo")))


def _catalogue() -> gettext.NullTranslations:
    code = language()
    return _NOTHING if code == ENGLISH else _opened(current_app.config[LOCALE_FOLDER], code)


@cache
def _opened(folder: Path, code: str) -> gettext.NullTranslations:
    return gettext.translation(_DOMAIN, folder, [code])


@cache
def _script_texts(folder: Path, code: str) -> dict[str, Any]:
    catalogue = _opened(folder, code)
    forms = [_plural(catalogue, count) for count in range(_COUNTS)]
    texts = {}
    for one, many in _listed(SCRIPTS):
        if many is None:
            texts[one] = [catalogue.gettext(one)]
        else:
            texts[one] = [catalogue.ngettext(one, many, forms.index(form)) for form in sorted(set(forms))]
    return {"texts": texts, "forms": forms}


def _plural(catalogue: gettext.NullTranslations, count: int) -> int:
    # The rule is the catalogue's own, which the standard library keeps under this name.
    rule = getattr(catalogue, "plural", None)
    return int(rule(count)) if rule is not None else int(count != 1)


@lru_cache(maxsize=4_096)
def _said(folder: Path, code: str, sentence: str) -> str:
    catalogue = _opened(folder, code)
    whole = catalogue.gettext(sentence)
    if whole != sentence:
        return whole
    for pattern, text in _patterns(folder, code):
        found = pattern.fullmatch(sentence)
        if found is not None:
            return catalogue.gettext(text) % _values(folder, code, found.groupdict())
    return sentence


def _values(folder: Path, code: str, found: Mapping[str, str]) -> dict[str, str]:
    return {
        name: _said(folder, code, value) if name.endswith(_WORDS) else value for name, value in found.items()
    }


@cache
def _patterns(folder: Path, code: str) -> list[tuple[re.Pattern[str], str]]:
    """Those that this catalogue knows, the one with most letters of its own first."""
    catalogue = _opened(folder, code)
    known = [text for text in _listed(SENTENCES) if catalogue.gettext(text) != text]
    known.sort(key=lambda text: -len(_PLACE.sub("", text)))
    return [(_pattern(text), text) for text in known]


def _pattern(text: str) -> re.Pattern[str]:
    """Matches what the text says with something in its places; a percent sign is written twice in it."""
    parts = _PLACE.split(text)
    # Text and names of places take turns.
    return re.compile(
        "".join(
            f"(?P<{part}>.*)" if place % 2 else re.escape(part.replace("%%", "%"))
            for place, part in enumerate(parts)
        ),
        re.DOTALL,
    )


def _listed(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
