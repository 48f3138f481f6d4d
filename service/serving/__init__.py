"""One supervised service: the web server and a worker, restarted when they die, stopped together."""
