"""The demo's two listeners: what they put on, when, and what they cannot be bothered with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mood:
    """One of a listener's habits.

    `slugs` are the tracks it draws from, the dearest first; `hours` (UTC) when it begins, `share` of the listener's
    sittings, `skip_chance` of a single track.
    """

    slugs: tuple[str, ...]
    hours: tuple[int, ...]
    share: float
    skip_chance: float


@dataclass(frozen=True)
class Listener:
    """A name, habits, and the tracks that got a thumb."""

    name: str
    moods: tuple[Mood, ...]
    thumbs_up: tuple[str, ...]
    thumbs_down: tuple[str, ...]


EVENING = Listener(
    name="evening",
    moods=(
        Mood(
            slugs=(
                "tender_acoustic_1",
                "calm_acoustic_1",
                "nostalgic_acoustic_1",
                "calm_acoustic_s411",
                "nostalgic_acoustic_s411",
                "tender_acoustic_s411",
                "tender_electronic_1",
                "calm_electronic_s411",
            ),
            hours=(18, 19, 20, 21),
            share=0.50,
            skip_chance=0.06,
        ),
        Mood(
            slugs=(
                "josquin-mille-regretz",
                "corelli-grave",
                "beach-prayer",
                "weber-concertino-adagio",
                "lusitano-allor-che-ignuda",
                "liliuokalani-aloha-oe",
                "foster-jeanie",
            ),
            hours=(20, 21, 22),
            share=0.38,
            skip_chance=0.05,
        ),
        Mood(
            slugs=("happy_acoustic_1", "energetic_electronic_2", "happy_electronic_1", "luca-gloria"),
            hours=(17, 18),
            share=0.12,
            skip_chance=0.55,
        ),
    ),
    thumbs_up=("tender_acoustic_1", "josquin-mille-regretz", "corelli-grave"),
    thumbs_down=("energetic_electronic_2",),
)

MORNING = Listener(
    name="morning",
    moods=(
        Mood(
            slugs=(
                "energetic_electronic_2",
                "happy_electronic_1",
                "energetic_acoustic_1",
                "happy_electronic_s411",
                "energetic_electronic_s411",
                "happy_acoustic_1",
                "energetic_acoustic_s522",
            ),
            hours=(5, 6, 7, 8),
            share=0.52,
            skip_chance=0.06,
        ),
        Mood(
            slugs=(
                "clara-schumann-polonaise-1",
                "weber-concertino-finale",
                "clara-schumann-polonaise-3",
                "josquin-petite-camusette",
                "clara-schumann-polonaise-4",
                "johnson-lift-every-voice",
                "luca-gloria",
            ),
            hours=(8, 9, 10),
            share=0.36,
            skip_chance=0.08,
        ),
        Mood(
            slugs=("calm_acoustic_1", "nostalgic_electronic_2", "beach-prayer", "happy_acoustic_2"),
            hours=(11, 12),
            share=0.12,
            skip_chance=0.50,
        ),
    ),
    thumbs_up=("happy_electronic_1", "clara-schumann-polonaise-1"),
    thumbs_down=("nostalgic_electronic_2",),
)

LISTENERS = (EVENING, MORNING)
