"""What leaves the house, and the only way out."""
