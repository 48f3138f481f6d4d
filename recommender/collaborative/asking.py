"""What a model of plays says to a listener's history: the same for lists as for the training that judges them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.collaborative.model import Affinity, CollaborativeModel
from recommender.interactions import Interactions, count_plays, interaction_weights
from recommender.ranking import CoPlayed


def affinity_of_history(
    model: CollaborativeModel | None, heard: Interactions, now_seconds: int
) -> Affinity | None:
    """The listener's nearness to what the house plays; None where nothing is learnt, or nothing they played is known."""
    if model is None:
        return None
    weights = interaction_weights(count_plays(heard), now_seconds)
    return model.affinity(model.positions_of(heard.track_ids), weights)


def co_played(
    model: CollaborativeModel | None,
    affinity: Affinity | None,
    track_ids: Sequence[str],
    sounds: NDArray[np.float32],
) -> CoPlayed | None:
    """What it makes of these tracks, whose vectors of sound (n, size) stand for those that nobody has played."""
    if model is None or affinity is None:
        return None
    return CoPlayed(model.affinity_of(affinity, track_ids, sounds), model.trust)
