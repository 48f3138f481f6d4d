import pickle

import pytest

from service.errors import Cancelled, HomespunError, InvalidRequest, StorageFull


def _all_errors(root: type[HomespunError]) -> list[type[HomespunError]]:
    return [root, *(found for child in root.__subclasses__() for found in _all_errors(child))]


def test_an_error_is_its_sentence() -> None:
    assert str(InvalidRequest("No such thing.")) == "No such thing."


def test_a_finer_code_replaces_the_class_code() -> None:
    assert InvalidRequest("x", code="seconds_out_of_range").code == "seconds_out_of_range"
    assert InvalidRequest("x").code == "invalid_request"


@pytest.mark.parametrize(
    "error", [InvalidRequest("One.", code="finer"), StorageFull("Two."), Cancelled("Three.")]
)
def test_an_error_survives_the_way_between_processes(error: HomespunError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - pickled on the line itself

    assert (type(again), str(again), again.code) == (type(error), str(error), error.code)


def test_every_error_has_a_code_and_an_http_status() -> None:
    for error in _all_errors(HomespunError):
        assert error.code.replace("_", "").isalpha()
        assert 400 <= error.http_status < 600
