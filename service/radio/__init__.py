"""Choosing what a listener hears next."""
