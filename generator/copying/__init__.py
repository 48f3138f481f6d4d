"""Whether a composition repeats what it was trained on."""
