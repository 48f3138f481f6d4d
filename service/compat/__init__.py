"""Doors for apps and scrobblers that people have already: each speaks a protocol that was there before."""
