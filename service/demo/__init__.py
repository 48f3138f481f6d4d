"""A library, two listeners and music composed for them, made by the real jobs in a data folder of its own."""
