"""The worker: takes jobs up and has them done in a process of its own."""
