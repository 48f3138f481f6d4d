"""The part of Last.fm's API 2.0 by which scrobblers live (https://www.last.fm/api)."""
