"""The bench of the recommender: the ranker that is shipped beside others, on public data and in one run."""
