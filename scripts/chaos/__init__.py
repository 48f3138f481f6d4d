"""A day of listening on a service that is killed again and again: `python -m scripts.chaos --seed 1 --count 30`."""
