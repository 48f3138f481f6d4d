"""Interactions and audio in; embeddings, taste clusters and ranked tracks out."""
