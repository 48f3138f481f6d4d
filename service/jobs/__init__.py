"""Slow work, one file a job: load_inputs, compute, store_result."""
