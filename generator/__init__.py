"""A conditioning and a seed in; newly composed music out."""
