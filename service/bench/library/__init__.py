"""The bench of listening: how fast a folder of music is heard, at what cost of processor time and memory."""
