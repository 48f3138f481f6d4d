"""What lasts: rows, media, model files."""
