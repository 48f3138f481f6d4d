"""The pieces that are composed for the demo's listeners."""

from service.demo.folder import COMPOSED_SECONDS
from service.operations import job_requests
from service.operations.job_requests import JobRequest

SEED = 1


def piece(
    user_id: str, cluster_id: str | None = None, number: int = 0, *, review_first: bool = False
) -> JobRequest:
    """A piece for this taste, or the listener's largest; `number` tells one piece of the demo from another."""
    return job_requests.compose_music(
        user_id,
        cluster_id=cluster_id,
        seconds=COMPOSED_SECONDS,
        seed=SEED + number,
        occasion="standing",
        review_first=review_first,
    )
