"""What a listener settles for themselves."""

from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.listening.list_revisions import list_changed
from service.store.tables import User

COMPOSED_POLICIES = ("mix", "shelf", "never")
MOST_FRESH_PER_TASTE = 5


def change_preferences(
    db_session: Session,
    user_id: str,
    *,
    composed_policy: str | None = None,
    fresh_per_taste: int | None = None,
    familiar_share: float | None = None,
) -> User:
    """Changes what is given: whether composed music is mixed in, how many unheard pieces a taste has ready, and how much of a
    list is known already, 0-1.

    Raises InvalidRequest (``unknown_policy``, ``fresh_out_of_range``, ``familiar_share_out_of_range``).
    """
    user = db_session.get_one(User, user_id)
    if composed_policy is not None:
        if composed_policy not in COMPOSED_POLICIES:
            raise InvalidRequest("Composed music is mixed in, on a shelf or never.", code="unknown_policy")
        user.composed_policy = composed_policy
        list_changed(db_session, user_id)
    if fresh_per_taste is not None:
        if not 0 <= fresh_per_taste <= MOST_FRESH_PER_TASTE:
            raise InvalidRequest(
                f"Between 0 and {MOST_FRESH_PER_TASTE} fresh pieces are kept for each taste.",
                code="fresh_out_of_range",
            )
        user.fresh_per_taste = fresh_per_taste
    if familiar_share is not None:
        if not 0.0 <= familiar_share <= 1.0:
            raise InvalidRequest(
                "The familiar share of a list lies between 0 and 1.", code="familiar_share_out_of_range"
            )
        user.familiar_share = familiar_share
        list_changed(db_session, user_id)
    db_session.flush()
    return user
