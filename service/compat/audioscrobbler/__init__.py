"""AudioScrobbler 1.2, the submission protocol that older scrobblers and players speak."""
