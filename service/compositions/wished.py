"""A piece by wish: words and what was set by hand, put together and queued."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.compositions.requests import request_composition
from service.compositions.wish_words import understand
from service.compositions.wishes import Wish
from service.errors import InvalidRequest
from service.listening.taste import read_taste
from service.settings import Settings
from service.store.tables import Job, TasteCluster

USUAL_SECONDS = 60.0


@dataclass(frozen=True)
class Asked:
    """What a listener asks for; what is set by hand counts more than what the words say."""

    words: str = ""
    wish: Wish = field(default_factory=Wish)
    cluster_id: str | None = None
    seconds: float | None = None


def request_wished(
    db_session: Session, settings: Settings, user_id: str, asked: Asked, *, seed: int | None = None
) -> Job:
    """Queue a piece for this; raises what `request_composition` raises, and InvalidRequest (``nothing_understood``)."""
    understood = understand(asked.words)
    cluster_id = asked.cluster_id
    if cluster_id is None:
        named = taste_named(db_session, user_id, understood.styles)
        cluster_id = None if named is None else named.id
    if understood.unknown and not understood.heard and asked == Asked(words=asked.words):
        raise InvalidRequest(
            "None of these words says anything about music here: try a mood, a tempo or an instrument.",
            code="nothing_understood",
        )
    return request_composition(
        db_session,
        settings,
        user_id,
        cluster_id=cluster_id,
        seconds=asked.seconds or understood.seconds or USUAL_SECONDS,
        seed=seed,
        wish=asked.wish.over(understood.wish),
    )


def taste_named(db_session: Session, user_id: str, styles: Iterable[str]) -> TasteCluster | None:
    """The largest of the listener's tastes, muted ones left out, that goes by one of these names."""
    wanted = [style.casefold() for style in styles]
    return next(
        (
            cluster
            for cluster in read_taste(db_session, user_id)
            if not cluster.muted
            and any(style in f"{cluster.name or ''} {cluster.words}".casefold() for style in wanted)
        ),
        None,
    )
