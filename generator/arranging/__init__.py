"""From written notes to what a band plays."""
