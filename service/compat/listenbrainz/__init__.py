"""The ListenBrainz API, as its submitting clients know it (https://listenbrainz.readthedocs.io/en/latest/users/api/)."""
