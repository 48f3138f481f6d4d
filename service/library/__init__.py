"""The listener's own files: scanned, identified, described."""
