"""MIDI files, written and read."""
