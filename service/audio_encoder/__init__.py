"""The process that re-encodes a track: it opens nothing, reads its standard input and writes its standard output.

``service.library.transcodes`` starts it as ``python -m service.audio_encoder FORMAT BITS_A_SECOND MOST_BYTES`` with the
track as its input and the file that is to hold the result as its output. Exit code 0 says that the result is whole;
else its standard error holds one line of JSON with code and reason.
"""
