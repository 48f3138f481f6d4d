"""Everything that lasts, everything that listens on a port, everything configured."""
