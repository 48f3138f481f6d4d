"""What the worker and the process that does its jobs say to each other."""

from dataclasses import dataclass

from service.operations.leases import Failure, Wish


@dataclass(frozen=True)
class Stop:
    """To the doing process: end the job at the next report, because it was called off or has to stand aside."""

    why: Wish


@dataclass(frozen=True)
class Progress:
    """From the doing process: the share done, 0 to 1, and a few words."""

    share: float
    words: str


@dataclass(frozen=True)
class Ended:
    """From the doing process: the attempt is over. None for a job whose row says done; the lease may be lost too."""

    failure: Failure | None = None
    stood_aside: bool = False
