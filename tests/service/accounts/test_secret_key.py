from concurrent.futures import ThreadPoolExecutor

import pytest

from service.accounts.secret_key import load_secret_key
from service.errors import CorruptArtifact, InvalidRequest
from service.settings import Settings


def test_the_key_is_made_once_and_nobody_else_may_read_it(sqlite_settings: Settings) -> None:
    key = load_secret_key(sqlite_settings)

    assert len(key) == 32
    assert load_secret_key(sqlite_settings) == key
    file = sqlite_settings.data_dir / "secret-key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in sqlite_settings.data_dir.iterdir()] == ["secret-key"]


def test_all_who_ask_at_once_get_the_same_key(sqlite_settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(load_secret_key, [sqlite_settings] * 8))

    assert len(keys) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o660])
def test_a_key_that_others_may_read_is_refused(sqlite_settings: Settings, mode: int) -> None:
    load_secret_key(sqlite_settings)
    file = sqlite_settings.data_dir / "secret-key"
    file.chmod(mode)

    with pytest.raises(InvalidRequest, match="chmod 600") as refusal:
        load_secret_key(sqlite_settings)
    assert refusal.value.code == "secret_key_exposed"


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_what_is_no_key_is_refused(sqlite_settings: Settings, content: bytes) -> None:
    load_secret_key(sqlite_settings)
    (sqlite_settings.data_dir / "secret-key").write_bytes(content)

    with pytest.raises(CorruptArtifact):
        load_secret_key(sqlite_settings)
