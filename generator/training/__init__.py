"""Fitting the generator's networks: one loop, one file a network."""
