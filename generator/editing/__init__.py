"""Written music changed: more of it, other bars, other rows, other chords, another key, a loop; what is not named stays."""
