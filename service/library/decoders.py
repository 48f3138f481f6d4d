"""The decoders of this process, for whoever wants to look at a track now: started when first needed."""

import atexit
from functools import cache

from service.audio import DecoderPool

# A page of covers asks for many at once; more decoders would only take the processor from streams.
DECODERS = 2


@cache
def decoders() -> DecoderPool:
    """The pool all threads of this process share; its processes end with this one."""
    pool = DecoderPool(DECODERS)
    atexit.register(pool.close)
    return pool
