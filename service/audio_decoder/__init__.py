"""The process that opens audio files nobody vouches for: small, without the store, and held down by limits.

``service.audio`` starts it as ``python -m service.audio_decoder`` and speaks with it over its standard input and
output: a request is one line of JSON, an answer is one line of JSON followed by as many bytes as it announces.
"""
