"""Benches: what the service does under load, measured the same way each time."""
