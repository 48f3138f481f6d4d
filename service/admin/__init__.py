"""Where owners look after the house."""
