"""Sentences for people that are made far from the page that shows them."""


def marked(text: str) -> str:
    """The text itself, which is translated where it is shown, by what it says in English.

    ``make texts`` gathers it from the call. Of a text with values (``marked(f"{name} may come in again.")``) the values' own names
    stand in the catalogue; where such a name ends in ``words``, the value is a text of the catalogue, too.
    """
    return text
