"""``docs/clients.md``: which client can do what, as the tests find it. ``--write-clients-page`` writes it."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
_BEGIN, _END = "<!-- found by tests/acceptance -->", "<!-- end -->"


class ClientsPage:
    """What was found, by feature and client; both stay in the order in which they came."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, str]] = {}

    def record(self, client: str, feature: str, outcome: str = "yes") -> None:
        """The client can do this, or what is to be said of it."""
        self._found.setdefault(feature, {})[client] = outcome

    def table(self) -> dict[str, dict[str, str]]:
        """Feature -> client -> outcome."""
        return self._found

    def write(self, path: Path) -> None:
        """Puts the table into the page, between its marks; what was not tried this time stays as it is there."""
        text = path.read_text(encoding="utf-8")
        before, after = text.split(_BEGIN)[0], text.split(_END)[1]
        merged = {feature: dict(row) for feature, row in read_table(text).items()}
        for feature, row in self._found.items():
            merged.setdefault(feature, {}).update(row)
        path.write_text(f"{before}{_BEGIN}\n\n{_rendered(merged)}\n\n{_END}{after}", encoding="utf-8")


def read_table(text: str) -> dict[str, dict[str, str]]:
    """The table of a page."""
    lines = [line for line in text.split(_BEGIN)[1].split(_END)[0].splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    if len(rows) < 2:
        return {}
    (_, *clients), _, *rest = rows
    return {
        feature: {client: cell for client, cell in zip(clients, cells, strict=True) if cell}
        for feature, *cells in rest
    }


def _rendered(table: dict[str, dict[str, str]]) -> str:
    clients = list(dict.fromkeys(client for row in table.values() for client in row))
    lines = [["", *clients], ["---"] * (len(clients) + 1)]
    lines += [[feature, *(row.get(client, "") for client in clients)] for feature, row in table.items()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
