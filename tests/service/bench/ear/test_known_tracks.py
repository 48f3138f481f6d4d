from collections.abc import Callable

import pytest

from service.bench.ear.known_tracks import Known, known_from_tags, packaged_tracks, parse_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C", (0, "major")),
        ("F#m", (6, "minor")),
        ("Bb minor", (10, "minor")),
        ("E♭ Major", (3, "major")),
        ("Amin", (9, "minor")),
        ("8A", (9, "minor")),
        ("8B", (0, "major")),
        ("9B", (7, "major")),
        ("1d", (0, "major")),
        ("2m", (4, "minor")),
        ("H moll", (None, None)),
        ("o", (None, None)),
        ("", (None, None)),
    ],
)
def test_keys_are_read_as_people_and_programs_write_them(
    text: str, key: tuple[int | None, str | None]
) -> None:
    assert parse_key(text) == key


def test_a_tag_that_says_no_tempo_is_no_truth() -> None:
    assert known_from_tags("127,5", None) == Known(127.5)
    assert (
        known_from_tags("0", "x") == known_from_tags("fast", None) == known_from_tags(None, None) == Known()
    )


def test_the_packaged_tracks_tell_their_tempo_key_and_mood(require: Callable[[str], None]) -> None:
    require("demo")
    tracks = {track.path.stem: track for track in packaged_tracks()}
    assert len(tracks) == 28
    assert tracks["nostalgic_electronic_2"].known == Known(84.0, 10, "minor")
    assert tracks["nostalgic_electronic_2"].mood == "nostalgic"
    assert tracks["nostalgic_electronic_2"].is_electronic
    assert all(track.known.bpm and track.known.mode for track in tracks.values())
