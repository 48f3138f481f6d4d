"""Encode standard input to standard output, within limits."""

import errno
import json
import os
import sys

import av

from service.audio_decoder.limits import allow_cpu_seconds, hold_down
from service.audio_decoder.opening import open_audio_file
from service.audio_decoder.reading import UnreadableError
from service.audio_encoder.encoding import ENCODINGS, OutputError, encode

# Four hours of music on a slow machine.
CPU_SECONDS = 1_800
# Streams that are playing come first.
NICENESS = 10
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> int:
    """Encode as the arguments say; 0 when the output is whole."""
    format_name, bits_a_second, most_bytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    av.logging.set_level(None)
    os.nice(NICENESS)
    hold_down(most_written_bytes=most_bytes)
    allow_cpu_seconds(CPU_SECONDS)
    try:
        with open_audio_file(sys.stdin.buffer) as audio:
            encode(audio, sys.stdout.buffer, ENCODINGS[format_name], bits_a_second)
    except UnreadableError as error:
        return _failed(error.code, str(error))
    except MemoryError:
        return _failed("decoding_stopped", "Decoding it needs more memory than a track may use.")
    except OutputError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in NO_ROOM:
            return _failed("storage_full", "There is no room for the track in another format.")
        return _failed("encoding_stopped", "What was encoded could not be written.")
    except Exception as error:  # noqa: BLE001  # whatever a hostile file leads to is told in one sentence
        return _failed("encoding_stopped", f"It could not be encoded ({type(error).__name__}).")
    return 0


def _failed(code: str, reason: str) -> int:
    sys.stderr.write(json.dumps({"code": code, "reason": reason}) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
