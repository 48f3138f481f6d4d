import pytest

from service.jobs.listening_progress import ListeningProgress, in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "about a minute left"),
        (29 * 60, "about 29 min left"),
        (79 * 60, "about 1 h 20 min left"),
        (2 * 3600, "about 2 h left"),
        (54.4 * 3600, "about 54 h left"),
    ],
)
def test_time_is_told_as_people_say_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_the_words_tell_of_the_whole_library_and_the_share_of_the_job() -> None:
    told: list[tuple[float, str]] = []
    progress = ListeningProgress(
        lambda share, words: told.append((share, words)), tracks=10, left=4_870, present=5_210
    )
    for _ in range(10):
        progress.heard_one()
        progress.tell()
    assert told[0] == (0.0, "listened to 330 of 5,210 tracks")
    assert told[-1] == (1.0, "listened to 340 of 5,210 tracks, about a minute left")
