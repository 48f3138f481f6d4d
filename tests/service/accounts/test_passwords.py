import pytest
from argon2 import PasswordHasher, extract_parameters

from service.accounts.passwords import _NOBODYS_HASH, hash_password, is_outdated, is_password, rehash
from service.errors import InvalidRequest


def test_a_password_is_known_again_and_another_is_not() -> None:
    kept = hash_password("correct horse", name="ada")

    assert "correct" not in kept
    assert is_password("correct horse", kept)
    assert not is_password("Correct horse", kept)


def test_two_people_with_one_password_have_different_hashes() -> None:
    assert hash_password("correct horse", name="ada") != hash_password("correct horse", name="bea")


@pytest.mark.parametrize("password", ["", "x", "seven77", "x" * 1_025, "Adelaide", "ADELAIDE"])
def test_short_and_endless_passwords_and_names_are_refused(password: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        hash_password(password, name="adelaide")

    assert refusal.value.code == "bad_password"


@pytest.mark.parametrize(
    "password", ["eight888", "x" * 1_024, "pässwörter", "\0" * 8, "\ud800" * 8, "音楽音楽音楽音楽"]
)
def test_any_characters_will_do(password: str) -> None:
    assert is_password(password, hash_password(password, name="ada"))


def test_the_same_password_from_another_keyboard_is_the_same() -> None:
    assert is_password("cafe\u0301 noir", hash_password("caf\u00e9 noir", name="ada"))


@pytest.mark.parametrize("password", ["", "correct horse", "x" * 100_000])
def test_nobody_has_any_password(password: str) -> None:
    assert not is_password(password, None)


def test_what_is_compared_for_nobody_costs_what_it_costs_for_somebody() -> None:
    somebodys = hash_password("correct horse", name="ada")

    assert extract_parameters(_NOBODYS_HASH) == extract_parameters(somebodys)


@pytest.mark.parametrize("kept", ["", "plain", "$argon2id$v=19$m=1$x"])
def test_what_is_no_hash_lets_nobody_in(kept: str) -> None:
    assert not is_password("plain", kept)


def test_hashes_with_other_costs_are_outdated() -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")

    assert is_outdated(cheap)
    assert not is_outdated(rehash("correct horse"))
