"""Files that are sent with a form, while they arrive."""

import tempfile
from typing import IO, Any, cast

from flask import Request

from service.settings import Settings

_IN_MEMORY_BYTES = 500_000


def request_class_for(settings: Settings) -> type[Request]:
    """Requests that put what is too large for memory in the data folder, not in the system's, which may lie in memory."""
    folder = str(settings.scratch_dir)

    class ReceivingRequest(Request):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._received: list[IO[bytes]] = []

        def _get_file_stream(self, *_told: Any, **_more: Any) -> IO[bytes]:
            kept = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES, dir=folder)  # noqa: SIM115  # closed with the request
            self._received.append(cast("IO[bytes]", kept))
            return self._received[-1]

        def close(self) -> None:
            super().close()
            # Also those of a form that broke off, which Werkzeug forgets.
            for kept in self._received:
                kept.close()

    return ReceivingRequest
