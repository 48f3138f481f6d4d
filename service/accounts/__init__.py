"""Who listens, and how they prove it."""
