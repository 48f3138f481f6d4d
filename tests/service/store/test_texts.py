import pytest

from service.store.texts import is_name, is_one_line


@pytest.mark.parametrize("text", ["kitchen", "a b", "夜", "👩‍👩‍👧", "x" * 20])
def test_what_people_call_things_is_a_name(text: str) -> None:
    assert is_name(text, 20)


@pytest.mark.parametrize(
    "text", ["", " ", " a", "a ", "a\u3000", "a\nb", "a\x00", "\ud800", "x" * 21, "a\u2028b", "a\n"]
)
def test_what_is_blank_too_long_or_no_line_is_no_name(text: str) -> None:
    assert not is_name(text, 20)


def test_one_line_may_be_empty_and_has_no_control_characters() -> None:
    assert is_one_line("")
    assert is_one_line(" a ")
    assert not is_one_line("a\tb")
    assert not is_one_line("\udc80")
