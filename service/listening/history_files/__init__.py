"""History files that other services export: one parser a format, and the row all of them give."""
