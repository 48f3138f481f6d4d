"""What was heard and what was thought of it: listens, thumbs, history files, taste."""
