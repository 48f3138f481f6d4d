from datetime import UTC, datetime

import pytest

from service.compat.listenbrainz.statistics import stretch_of
from service.errors import InvalidRequest

# A Tuesday.
NOW = datetime(2026, 2, 10, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "begins", "ends"),
    [
        ("week", (2026, 2, 2), (2026, 2, 9)),
        ("month", (2026, 1, 1), (2026, 2, 1)),
        ("quarter", (2025, 10, 1), (2026, 1, 1)),
        ("half_yearly", (2025, 7, 1), (2026, 1, 1)),
        ("year", (2025, 1, 1), (2026, 1, 1)),
        ("this_week", (2026, 2, 9), None),
        ("this_month", (2026, 2, 1), None),
        ("this_year", (2026, 1, 1), None),
        ("all_time", (1970, 1, 1), None),
    ],
)
def test_stretches_are_whole_ones_or_go_on_until_now(
    name: str, begins: tuple[int, int, int], ends: tuple[int, int, int] | None
) -> None:
    stretch = stretch_of(name, NOW)
    assert stretch.begins == datetime(*begins, tzinfo=UTC)
    assert stretch.ends == (NOW if ends is None else datetime(*ends, tzinfo=UTC))


@pytest.mark.parametrize("name", ["", "day", "this_", "this_quarter", "this_this_month", "thisyear"])
def test_other_stretches_are_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        stretch_of(name, NOW)
