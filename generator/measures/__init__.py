"""Judging written notes: pure functions of `Notes`, used by the bench and by screening alike."""
