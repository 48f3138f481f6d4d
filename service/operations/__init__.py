"""Running the house: jobs, model versions."""
