"""From what a band plays to finished sound."""
