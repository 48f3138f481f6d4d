from pathlib import Path

import pytest
from apiflask import APIFlask
from flask import jsonify, request, url_for

from service.http.authentication import public
from service.settings import load_settings
from tests.service.http.small_app import small_app

FORGED = {"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


def _with_mirror(app: APIFlask) -> APIFlask:
    def mirror() -> object:
        return jsonify(
            address=request.remote_addr,
            scheme=request.scheme,
            host=request.host,
            own=url_for("mirror"),
        )

    app.add_url_rule("/mirror", "mirror", public(mirror))
    return app


def test_nothing_a_proxy_says_is_believed_unless_somebody_says_so(app: APIFlask) -> None:
    told = _with_mirror(app).test_client().get("/mirror", headers=FORGED).json

    assert told == {"address": "127.0.0.1", "scheme": "http", "host": "localhost", "own": "/mirror"}


def test_one_trusted_proxy_is_believed_about_the_last_hop_only(tmp_path: Path) -> None:
    with small_app(load_settings(data_dir=tmp_path, trusted_proxies=1)) as app:
        headers = {"X-Forwarded-For": "6.6.6.6, 10.9.8.7", "X-Forwarded-Proto": "https"}
        told = _with_mirror(app).test_client().get("/mirror", headers=headers).json

    assert (told["address"], told["scheme"]) == ("10.9.8.7", "https")


@pytest.mark.parametrize("path", ["/music/mirror", "/mirror"])
def test_below_a_path_it_answers_and_makes_addresses_whether_or_not_a_proxy_takes_it_off(
    tmp_path: Path, path: str
) -> None:
    with small_app(load_settings(data_dir=tmp_path, public_url="http://example.org/music")) as app:
        told = _with_mirror(app).test_client().get(path).json

    assert told["own"] == "/music/mirror"


def test_another_path_that_begins_alike_is_not_ours(tmp_path: Path) -> None:
    with small_app(load_settings(data_dir=tmp_path, public_url="http://example.org/music")) as app:
        assert _with_mirror(app).test_client().get("/musical/mirror").status_code == 404


def test_a_stranger_is_sent_to_sign_in_below_the_path(tmp_path: Path) -> None:
    with small_app(load_settings(data_dir=tmp_path, public_url="http://example.org/music")) as app:
        location = app.test_client().get("/music/player").location

    assert location == "/music/sign-in?next=/player"


def test_an_address_with_a_nul_is_nowhere(app: APIFlask) -> None:
    app.add_url_rule("/echo/<name>", "echo", public(lambda name: name))

    assert app.test_client().get("/echo/ada").text == "ada"
    assert app.test_client().get("/echo/a%00da").status_code == 404
