"""Beside another Subsonic server: what was heard there is learnt from, and what is made here can be heard there."""
