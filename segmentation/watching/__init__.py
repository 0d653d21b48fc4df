"""Watching tables: when a check is due, what it counts, and what of that is worth telling."""
