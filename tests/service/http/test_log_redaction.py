import logging
from io import StringIO

import pytest

from service.accounts.api_tokens import SECRET_PREFIX as TOKEN_PREFIX
from service.accounts.app_passwords import SECRET_PREFIX as APP_PREFIX
from service.accounts.login_sessions import SECRET_PREFIX as SESSION_PREFIX
from service.accounts.secrets_kept_hashed import new_secret
from service.http.log_redaction import SecretsLeftOut, redacted


@pytest.mark.parametrize("prefix", [TOKEN_PREFIX, SESSION_PREFIX, APP_PREFIX])
def test_our_secrets_are_left_out_wherever_they_stand(prefix: str) -> None:
    secret = new_secret(prefix)

    for line in (secret, f"Cookie: homespun_session={secret}; x=1", f"GET /api/v1/{secret}", f"'{secret}'"):
        assert secret[len(prefix) :] not in redacted(line)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("GET /rest/ping?u=ada&p=hunter2 200", "GET /rest/ping?[left out] 200"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [left out]"),
        ("authorization: basic YWRh", "authorization: basic [left out]"),
        ('{"password": "hunter2"}', '{"password": "[left out]"}'),
        ("name=ada&password=hunter2", "name=ada&password=[left out]"),
        ("which one?", "which one?"),
        ("GET /api/v1/tracks 200 3 ms", "GET /api/v1/tracks 200 3 ms"),
    ],
)
def test_queries_and_credentials_are_left_out_and_nothing_else(line: str, left: str) -> None:
    assert redacted(line) == left


def test_arguments_and_tracebacks_are_no_way_around() -> None:
    written, secret = StringIO(), new_secret(TOKEN_PREFIX)
    handler = logging.StreamHandler(written)
    handler.addFilter(SecretsLeftOut())
    log = logging.getLogger("test_log_redaction")
    log.addHandler(handler)

    try:
        raise ValueError(f"no such token: {secret}")
    except ValueError:
        log.exception("asked with %s", secret)

    assert secret not in written.getvalue()
    assert "ValueError: no such token: [left out]" in written.getvalue()
    assert "asked with [left out]" in written.getvalue()
