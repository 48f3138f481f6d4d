# ruff: noqa: N818 - named for what went wrong, as the sentence says it
"""The errors a person may meet: one clear sentence each, a stable code, and the HTTP status they become.

HomespunError            500 internal
├── InvalidRequest       400 invalid_request
├── Unauthenticated      401 not_signed_in
├── Forbidden            403 forbidden
├── NotFound             404 not_found
├── Conflict             409 conflict
│   ├── Cancelled        409 cancelled
│   ├── LostLease        409 lost_lease
│   └── StoreTooNew      409 store_too_new
├── TooLarge             413 too_large
├── TooManyRequests      429 too_many_requests
├── CorruptArtifact      500 corrupt_artifact
├── Unreachable          502 unreachable
├── NotPrepared          503 not_prepared
└── StorageFull          507 storage_full
"""


class HomespunError(Exception):
    """The root. ``str(error)`` is one sentence for the person; ``code`` never changes once published.

    ``code=`` gives a finer code than the class's own, such as ``seconds_out_of_range``.
    """

    code: str = "internal"
    http_status: int = 500

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        if code is not None:
            self.code = code


class InvalidRequest(HomespunError):
    """What was asked for cannot be done as asked."""

    code = "invalid_request"
    http_status = 400


class Unauthenticated(HomespunError):
    """Nobody is signed in, or what they showed is not good (any more)."""

    code = "not_signed_in"
    http_status = 401


class Forbidden(HomespunError):
    """Whoever asks is known, and may not do this."""

    code = "forbidden"
    http_status = 403


class NotFound(HomespunError):
    """What was named does not exist."""

    code = "not_found"
    http_status = 404


class Conflict(HomespunError):
    """What was asked for does not fit the present state."""

    code = "conflict"
    http_status = 409


class Cancelled(Conflict):
    """The work was called off by the person who asked for it."""

    code = "cancelled"


class LostLease(Conflict):
    """Another worker has taken the job up since; nothing of this one's is stored any more."""

    code = "lost_lease"


class StoreTooNew(Conflict):
    """The store was written by a newer version of Homespun than this one."""

    code = "store_too_new"


class TooLarge(HomespunError):
    """More was sent than is taken."""

    code = "too_large"
    http_status = 413


class TooManyRequests(HomespunError):
    """Asked too often; ``retry_after_seconds`` says when it is worth trying again."""

    code = "too_many_requests"
    http_status = 429

    def __init__(self, sentence: str, *, retry_after_seconds: int, code: str | None = None) -> None:
        super().__init__(sentence, code=code)
        self.retry_after_seconds = retry_after_seconds


class CorruptArtifact(HomespunError):
    """A stored file is not what was written: its checksum or its shape is wrong."""

    code = "corrupt_artifact"


class Unreachable(HomespunError):
    """Another server did not answer, or not in the way it has to."""

    code = "unreachable"
    http_status = 502


class NotPrepared(HomespunError):
    """Something must be set up first, and the sentence says how."""

    code = "not_prepared"
    http_status = 503


class StorageFull(HomespunError):
    """The disk is full; nothing half written was left behind."""

    code = "storage_full"
    http_status = 507
