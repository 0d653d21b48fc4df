"""Answers to people, whatever way they asked."""
