"""Answers about customers and segments as Block Kit."""
